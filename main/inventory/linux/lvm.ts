import type { VolumeGroup } from "../../../common/domain/facts.ts";
import { type Capture, textOrNull } from "../capture.ts";
import { parseSize, sizeBytes } from "../sizes.ts";
import { mapperNameOfVolume } from "../storage/device-names.ts";
import type { DeviceStatement } from "../storage/statement.ts";
import { wordTable } from "../../../common/word-table.ts";
import { type Row, rowsOf } from "./lvm-rows.ts";

export interface LvmReport {
  readonly statements: readonly DeviceStatement[];
  readonly groups: readonly VolumeGroup[];
}

const defaultUnit = /^\d+(\.\d+)?$/;

/**
 * pvs, vgs, lvs, pvdisplay, vgdisplay, lvdisplay, pvscan, vgscan, lvscan and `lvm fullreport`: tables with and without
 * headings, `--nameprefixes`, `--reportformat json`, `-c`. `args` are the command's, which tell the columns where the
 * output does not.
 */
export function parseLvm(capture: Capture, tool: string, args: readonly string[]): LvmReport {
  const rows = rowsOf(capture, tool, args);
  const unit = unitOf(args);
  const statements: DeviceStatement[] = [];
  const groups = new Map<string, VolumeGroup>();
  for (const row of rows) {
    const device = physicalVolume(row, unit);
    if (device) statements.push(device);
    statements.push(...logicalVolume(row, unit));
    const group = volumeGroup(row, unit);
    if (group) groups.set(group.name, groups.get(group.name) ?? group);
  }
  return { statements, groups: [...groups.values()] };
}

function physicalVolume(row: Row, unit: string | null): DeviceStatement | null {
  const name = row.fields.get("pv_name");
  if (name === undefined || !name.startsWith("/dev/")) return null;
  // `pvs -a` lists every block device; those that are no physical volumes have neither format nor UUID.
  const format = textOrNull(row.fields.get("pv_fmt"));
  const uuid = textOrNull(row.fields.get("pv_uuid"));
  const attributes = textOrNull(row.fields.get("pv_attr"));
  const isMember =
    format !== null ||
    uuid !== null ||
    textOrNull(row.fields.get("vg_name")) !== null ||
    (attributes !== null && /^[au]/.test(attributes));
  if (!isMember) return null;
  const deviceSize = row.fields.get("dev_size");
  return {
    name,
    claim: {
      content: { type: "LVM2_member", uuid },
      volumeGroup: textOrNull(row.fields.get("vg_name")),
      size: deviceSize === undefined ? null : parseSize(withUnit(deviceSize, unit)),
      state: attributes,
    },
    evidence: row.evidence,
  };
}

function logicalVolume(row: Row, unit: string | null): readonly DeviceStatement[] {
  const rawName = textOrNull(row.fields.get("lv_name"));
  const group = textOrNull(row.fields.get("vg_name"));
  if (rawName === null || group === null) return [];
  // `[pool_tmeta]` in brackets is a hidden volume, which is no device of the admin's.
  const volume = rawName.replace(/^\[(.*)\]$/, "$1");
  const isHidden = rawName !== volume;
  const attributes = textOrNull(row.fields.get("lv_attr"));
  const parents = (row.fields.get("devices") ?? "").split(",").flatMap((part) => {
    const match = /^(\/dev\/[^()]+)\(\d+\)$/.exec(part.trim());
    return match ? [match[1] ?? ""] : [];
  });
  const statements: DeviceStatement[] = parents.map((name) => ({
    name,
    claim: { content: { type: "LVM2_member" }, volumeGroup: group },
    evidence: row.evidence,
  }));
  if (isHidden) return statements;
  const sizeText = row.fields.get("lv_size");
  statements.push({
    name: `/dev/mapper/${mapperNameOfVolume(group, volume)}`,
    claim: {
      kind: "lvm",
      aliases: [`/dev/${group}/${volume}`],
      parents,
      volumeGroup: group,
      layout: textOrNull(row.fields.get("segtype")) ?? layoutOf(attributes),
      state: attributes,
      size: sizeText === undefined ? null : parseSize(withUnit(sizeText, unit)),
    },
    evidence: row.evidence,
  });
  return statements;
}

/** First character of lv_attr, as lvs(8) lists them. */
function layoutOf(attributes: string | null): string | null {
  const kinds = wordTable<string>({
    s: "snapshot",
    S: "snapshot",
    V: "thin",
    t: "thin-pool",
    m: "mirror",
    M: "mirror",
    r: "raid",
    R: "raid",
    C: "cache",
    v: "virtual",
    p: "pvmove",
    "-": "linear",
    o: "linear",
  });
  return attributes === null ? null : (kinds[attributes[0] ?? ""] ?? null);
}

function volumeGroup(row: Row, unit: string | null): VolumeGroup | null {
  const name = textOrNull(row.fields.get("vg_name"));
  if (name === null) return null;
  const extents = (key: string): number | null => {
    const count = Number(row.fields.get(key));
    const size = sizeBytes(withUnit(row.fields.get("vg_extent_size"), unit));
    return row.fields.has(key) && Number.isFinite(count) && size !== null ? count * size : null;
  };
  return {
    name,
    uuid: textOrNull(row.fields.get("vg_uuid")),
    sizeBytes: sizeBytes(withUnit(row.fields.get("vg_size"), unit)) ?? extents("vg_extent_count"),
    freeBytes: sizeBytes(withUnit(row.fields.get("vg_free"), unit)) ?? extents("vg_free_count"),
    attributes: textOrNull(row.fields.get("vg_attr")),
    evidence: [row.evidence],
  };
}

/** `--nosuffix` sizes count in what `--units` says; LVM's upper-case units are powers of 1000. */
function unitOf(args: readonly string[]): string | null {
  for (const [index, arg] of args.entries()) {
    const value =
      /^--units?=(.+)$/.exec(arg)?.[1] ??
      (arg === "--units" || arg === "--unit" ? args[index + 1] : undefined);
    if (value !== undefined) return value;
  }
  return null;
}

function withUnit(text: string | undefined, unit: string | null): string {
  const trimmed = text?.trim() ?? "";
  if (!defaultUnit.test(trimmed) || unit === null || /^b$/i.test(unit))
    return trimmed.replace(/^(\d+)B$/, "$1");
  const power = "kmgtpe".indexOf(unit[0]?.toLowerCase() ?? "") + 1;
  if (power === 0) return trimmed;
  const base = /^[A-Z]/.test(unit) ? 1000 : 1024;
  return String(Math.round(Number(trimmed) * base ** power));
}
