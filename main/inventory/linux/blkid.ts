import { type Capture, type Line, countOrNull, evidenceOf, linesOf, textOrNull } from "../capture.ts";
import { devicePath, splitPartitionName } from "../storage/device-names.ts";
import {
  isDynamicType,
  normalizePartitionType,
  partitionRole,
  partitionTableKind,
  partitionTypeName,
} from "../storage/partition-types.ts";
import type { DeviceStatement } from "../storage/statement.ts";
import { unescapeHex } from "./lsblk-table.ts";

/**
 * blkid in its forms: `/dev/sda1: UUID="…" TYPE="ext4"`, `-o export` (DEVNAME=), `-o udev` (ID_FS_…), `-p`, `-i`;
 * `blkid -o list`. `args` name the devices for forms that do not.
 */
export function parseBlkid(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  const named = args.filter((arg) => arg.startsWith("/dev/") && arg !== "/dev/null");
  let block: { fields: Map<string, string>; line: Line } | null = null;
  let blockIndex = 0;
  const isList = /^device\s+fs_type\s/m.test(capture.text);
  const flush = (): void => {
    if (!block) return;
    const device = block.fields.get("DEVNAME") ?? named[blockIndex];
    if (device !== undefined) statements.push(...fromFields(device, block.fields, capture, block.line));
    block = null;
    blockIndex++;
  };
  for (const line of linesOf(capture)) {
    const single = /^(\/dev\/[^:]+(?::\d+)?[^:]*):\s+(.*)$/.exec(line.text);
    if (single) {
      const fields = new Map<string, string>();
      for (const match of (single[2] ?? "").matchAll(/([A-Z][A-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g))
        fields.set(match[1] ?? "", unescapeHex(match[2] ?? ""));
      if (fields.size > 0) statements.push(...fromFields(single[1] ?? "", fields, capture, line));
      continue;
    }
    const listed = isList ? /^(\/dev\/\S+)\s+([A-Za-z][\w-]*)\s/.exec(line.text) : null;
    if (listed) {
      statements.push({
        name: listed[1] ?? "",
        claim: { content: { type: listed[2] ?? "" } },
        evidence: evidenceOf(capture, line),
      });
      continue;
    }
    const pair = /^(DEVNAME|ID_[A-Z0-9_]+|[A-Z][A-Z0-9_]*)=(.*)$/.exec(line.text.trim());
    if (!pair) {
      if (line.text.trim() === "") flush();
      continue;
    }
    if (pair[1] === "DEVNAME") flush();
    block ??= { fields: new Map(), line };
    block.fields.set(pair[1] ?? "", unescapeHex(pair[2] ?? "").replace(/^"(.*)"$/, "$1"));
    if (/^(ID_FS_)?TYPE$/.test(pair[1] ?? "")) block.line = line;
  }
  flush();
  return statements;
}

/** udevadm info: blocks of `P:`, `N:`, `S:` and `E: KEY=value`; `--query=property` gives bare KEY=value. */
export function parseUdevadm(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  const blocks: { fields: Map<string, string>; line: Line; links: string[]; name: string | null }[] = [];
  let current: (typeof blocks)[number] | null = null;
  for (const line of linesOf(capture)) {
    const match = /^([A-Z]): (.*)$/.exec(line.text) ?? /^()([A-Z][A-Z0-9_]*=.*)$/.exec(line.text);
    if (!match) {
      current = null;
      continue;
    }
    const [, tag = "", value = ""] = match;
    if (tag === "P" || current === null) {
      current = { fields: new Map(), line, links: [], name: null };
      blocks.push(current);
    }
    if (tag === "N") current.name = value;
    else if (tag === "S") current.links.push(value);
    else if (tag === "E" || tag === "") {
      const at = value.indexOf("=");
      current.fields.set(value.slice(0, at), value.slice(at + 1));
      if (value.startsWith("ID_FS_TYPE=")) current.line = line;
    }
  }
  const named = args.filter((arg) => arg.startsWith("/dev/"));
  blocks.forEach(({ fields, line, links, name }, index) => {
    if (fields.has("SUBSYSTEM") && fields.get("SUBSYSTEM") !== "block") return;
    const device = fields.get("DEVNAME") ?? name ?? named[index];
    if (device === undefined) return;
    const mapperName = fields.get("DM_NAME");
    const known = mapperName === undefined ? devicePath(device) : `/dev/mapper/${mapperName}`;
    const isPartition = fields.get("DEVTYPE") === "partition";
    const group = fields.get("DM_VG_NAME");
    const volume = fields.get("DM_LV_NAME");
    statements.push(...fromFields(known, fields, capture, line));
    statements.push({
      name: known,
      claim: {
        kind: isPartition ? "partition" : null,
        aliases: [
          devicePath(device),
          ...links.filter((link) => /^(mapper|md)\//.test(link)).map(devicePath),
          ...(group && volume ? [`/dev/${group}/${volume}`] : []),
        ],
        majorMinor:
          fields.has("MAJOR") && fields.has("MINOR") ? `${fields.get("MAJOR")}:${fields.get("MINOR")}` : null,
        model: isPartition ? null : textOrNull(fields.get("ID_MODEL")),
        serial: isPartition ? null : textOrNull(fields.get("ID_SERIAL_SHORT") ?? fields.get("ID_SERIAL")),
        transport: textOrNull(fields.get("ID_BUS")),
        volumeGroup: textOrNull(group),
        ...(fields.get("DM_MULTIPATH_DEVICE_PATH") === "1" ? { content: { type: "mpath_member" } } : {}),
      },
      evidence: null,
    });
  });
  return statements;
}

/** From the union of blkid's and udev's names for the same facts. */
function fromFields(
  device: string,
  fields: ReadonlyMap<string, string>,
  capture: Capture,
  line: Line,
): readonly DeviceStatement[] {
  const field = (...keys: readonly string[]): string | null => {
    for (const key of keys) {
      const value = textOrNull(fields.get(key));
      if (value !== null) return value;
    }
    return null;
  };
  const path = devicePath(device);
  const scheme = partitionTableKind(field("PART_ENTRY_SCHEME", "ID_PART_ENTRY_SCHEME"));
  const ownTable = partitionTableKind(field("PTTYPE", "ID_PART_TABLE_TYPE"));
  const type = normalizePartitionType(field("PART_ENTRY_TYPE", "ID_PART_ENTRY_TYPE"));
  const number = countOrNull(field("PART_ENTRY_NUMBER", "ID_PART_ENTRY_NUMBER"));
  const isPartition =
    scheme !== null ||
    type !== null ||
    splitPartitionName(path) !== null ||
    field("PARTUUID", "PART_ENTRY_UUID") !== null;
  const content = field("TYPE", "ID_FS_TYPE");
  const start = countOrNull(field("PART_ENTRY_OFFSET", "ID_PART_ENTRY_OFFSET"));
  const sectors = countOrNull(field("PART_ENTRY_SIZE", "ID_PART_ENTRY_SIZE"));
  const ambivalent = field("AMBIVALENT", "ID_FS_AMBIVALENT");
  const statements: DeviceStatement[] = [];
  statements.push({
    name: path,
    claim: {
      // A filesystem's boot sector may pass for a partition table: only whole disks have one.
      partitionTable: isPartition ? null : ownTable,
      ...(content !== null
        ? {
            content: {
              type: content,
              version: field("VERSION", "ID_FS_VERSION"),
              label: decodeLabel(field("LABEL", "ID_FS_LABEL")),
              uuid: field("UUID", "ID_FS_UUID"),
            },
          }
        : {}),
      ...(content === null && ambivalent !== null
        ? { content: { type: "ambivalent", label: ambivalent } }
        : {}),
      logicalSectorBytes: countOrNull(field("LOGICAL_SECTOR_SIZE", "ID_IOLIMIT_LOGICAL_SECTOR_SIZE")),
      ...(sectors !== null && sectors > 2 ? { size: { bytes: sectors * 512, isExact: true } } : {}),
      ...(isDynamicType(type) ? { isDynamic: true } : {}),
      ...(isPartition
        ? {
            partition: {
              number,
              type,
              typeName: partitionTypeName(type),
              role: partitionRole(scheme, type, number),
              startBytes: start === null ? null : start * 512,
              label: field("PARTLABEL", "PART_ENTRY_NAME", "ID_PART_ENTRY_NAME"),
              uuid: field("PARTUUID", "PART_ENTRY_UUID", "ID_PART_ENTRY_UUID"),
              isActive: field("PART_ENTRY_FLAGS", "ID_PART_ENTRY_FLAGS") === "0x80" ? true : null,
            },
          }
        : {}),
    },
    evidence: evidenceOf(capture, line),
  });
  const disk = splitPartitionName(path)?.disk;
  if (scheme !== null && disk !== undefined)
    statements.push({ name: disk, claim: { partitionTable: scheme }, evidence: evidenceOf(capture, line) });
  return statements;
}

function decodeLabel(label: string | null): string | null {
  return label === null ? null : unescapeHex(label);
}
