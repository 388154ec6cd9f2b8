import type { BlockDeviceKind, ContentFacts, Evidence, UsageFacts } from "../../../common/domain/facts.ts";
import {
  type Capture,
  countOrNull,
  evidenceOf,
  jsonIn,
  linesOf,
  objectOf,
  objectsIn,
  textOrNull,
} from "../capture.ts";
import { parseSize } from "../sizes.ts";
import type { DeviceClaim } from "../storage/device-draft.ts";
import { devicePath, kindFromMapperUuid, kindFromName, volumeOfMapperName } from "../storage/device-names.ts";
import {
  isDynamicType,
  isExtendedType,
  normalizePartitionType,
  partitionRole,
  partitionTableKind,
  partitionTypeName,
} from "../storage/partition-types.ts";
import type { DeviceStatement } from "../storage/statement.ts";
import { parseLsblkPairs, parseLsblkTable } from "./lsblk-table.ts";

const maxDepth = 24;

/**
 * Any output of lsblk(8): the tables with any columns, `-P`, `-r`, `-l`, `-J` with or without children, of every
 * version since util-linux 2.19. Usage messages and errors give nothing.
 */
export function parseLsblk(capture: Capture): readonly DeviceStatement[] {
  const json = objectOf(jsonIn(capture.text));
  if (json) return fromJson(capture, json["blockdevices"]);
  const rows = /^\s*[A-Z][A-Z0-9:_%-]*="/m.test(capture.text)
    ? parseLsblkPairs(capture)
    : parseLsblkTable(capture);
  return rows.flatMap((row) => {
    const parent = row.parent === null ? null : (rows[row.parent] ?? null);
    const statement = statementOf(
      row.fields,
      row.mountPoints,
      parent ? nameOf(parent.fields) : null,
      evidenceOf(capture, row.line),
    );
    return statement ? [statement] : [];
  });
}

function fromJson(capture: Capture, list: unknown): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  const names = lineFinder(capture);
  const visit = (devices: unknown, parent: string | null, depth: number): void => {
    if (depth > maxDepth) return;
    for (const device of objectsIn(devices)) {
      const fields: Record<string, string> = {};
      for (const [key, value] of Object.entries(device)) {
        if (typeof value === "string") fields[key.toLowerCase()] = value;
        else if (typeof value === "number" || typeof value === "boolean")
          fields[key.toLowerCase()] = String(value);
      }
      const list = device["mountpoints"];
      const mountPoints = Array.isArray(list)
        ? (list as readonly unknown[]).filter((point): point is string => typeof point === "string")
        : fields["mountpoint"] !== undefined
          ? [fields["mountpoint"]]
          : [];
      const name = nameOf(fields);
      if (name === null) continue;
      const statement = statementOf(
        fields,
        mountPoints,
        parent,
        names(fields["name"] ?? fields["kname"] ?? ""),
      );
      if (statement) statements.push(statement);
      visit(device["children"], name, depth + 1);
    }
  };
  visit(list, null, 0);
  return statements;
}

/** JSON has no lines of its own; the line that holds `"name":"sda1"` is found once for all. */
function lineFinder(capture: Capture): (name: string) => Evidence {
  const byName = new Map<string, Evidence>();
  for (const line of linesOf(capture)) {
    const match = /"k?name"\s*:\s*"([^"]+)"/.exec(line.text);
    if (match && !byName.has(match[1] ?? "")) byName.set(match[1] ?? "", evidenceOf(capture, line));
  }
  return (name) => byName.get(name) ?? { source: capture.source, line: null, text: name };
}

/** lsblk names logical volumes `vg-lv` (and `vg-lv (dm-0)` before 2.23), everything else by its kernel name. */
function nameOf(fields: Readonly<Record<string, string>>): string | null {
  const name =
    textOrNull(fields["name"])?.replace(/\s+\(dm-\d+\)$/, "") ??
    textOrNull(fields["path"]) ??
    textOrNull(fields["kname"]);
  if (name === null) return null;
  const type = fields["type"] ?? "";
  const kernelName = devicePath(fields["kname"] ?? name);
  const isMapped = /\/dm-\d+$/.test(kernelName) && !/^(\/dev\/)?dm-\d+$/.test(name);
  const looksMapped =
    /^(lvm|crypt|mpath|dm|dmraid|linear|striped|snapshot|vdo)$/.test(type) &&
    !/^(\/dev\/)?dm-\d+$/.test(name);
  // lsblk -f has no TYPE: a name that is no kernel's is device-mapper's.
  const isForeign =
    type === "" &&
    fields["devtype"] === undefined &&
    kindFromName(devicePath(name)) === null &&
    !/^(\/dev\/)?dm-\d+$/.test(name);
  const isMapperPartition =
    type === "part" && kindFromName(devicePath(name)) === null && !name.includes("/") && !/^dm-/.test(name);
  return (isMapped || looksMapped || isMapperPartition || isForeign) && !name.includes("/")
    ? `/dev/mapper/${name}`
    : devicePath(name);
}

function statementOf(
  fields: Readonly<Record<string, string>>,
  mountPoints: readonly string[],
  treeParent: string | null,
  evidence: Evidence,
): DeviceStatement | null {
  const name = nameOf(fields);
  if (name === null || !/^\/dev\/[\x21-\x7e\u00a0-\uffff][^\u0000]*$/.test(name)) return null;
  const field = (key: string): string | null => textOrNull(fields[key]);
  const tableName = field("pttype");
  const ownTable = partitionTableKind(tableName);
  const type = normalizePartitionType(field("parttype"));
  const kind = kindOf(fields, name);
  const isPartition = kind === "partition";
  const aliases: string[] = [];
  const kernelName = field("kname");
  if (kernelName !== null) aliases.push(kernelName);
  const path = field("path");
  if (path !== null) aliases.push(path);
  const parents: string[] = [];
  if (treeParent !== null) parents.push(treeParent);
  const kernelParent = field("pkname");
  if (kernelParent !== null && treeParent === null) parents.push(kernelParent);
  const sizeText = field("size");
  const number = countOrNull(field("partn"));
  const claim: DeviceClaim = {
    kind,
    aliases,
    parents: parents.filter((parent) => devicePath(parent) !== name),
    majorMinor: field("maj:min"),
    size: sizeText === null ? null : parseSize(sizeText),
    mountPoints: mountPoints.filter((point) => point.startsWith("/")),
    partitionTable: isPartition ? null : ownTable,
    content: contentOf(fields, mountPoints),
    usage: usageOf(fields),
    model: field("model"),
    serial: field("serial"),
    transport: field("tran"),
    layout: /^raid|^linear$|^striped$|^vdo$/.test(fields["type"] ?? "") ? field("type") : null,
    logicalSectorBytes: countOrNull(field("log-sec")),
    isReadOnly: flagOf(field("ro")),
    isRemovable: flagOf(field("rm")),
    ...(isDynamicType(type) ? { isDynamic: true } : {}),
    ...(isPartition
      ? {
          partition: {
            number,
            type,
            typeName: partitionTypeName(type),
            role: isExtendedType(type) ? "extended" : partitionRole(ownTable, type, number ?? numberOf(name)),
            startBytes: startOf(fields),
            label: field("partlabel"),
            uuid: field("partuuid"),
            isActive: field("partflags") === null ? null : field("partflags") === "0x80",
          },
        }
      : {}),
  };
  return { name, claim, evidence };
}

function kindOf(fields: Readonly<Record<string, string>>, name: string): BlockDeviceKind | null {
  const type = (fields["type"] ?? fields["devtype"] ?? "").toLowerCase();
  const mapperUuid = fields["dm-uuid"] ?? fields["dm_uuid"] ?? "";
  const byUuid = kindFromMapperUuid(mapperUuid);
  if (byUuid) return byUuid;
  const byName =
    kindFromName(fields["kname"] === undefined ? name : devicePath(fields["kname"])) ?? kindFromName(name);
  switch (type) {
    case "part":
    case "partition":
      return "partition";
    case "lvm":
      return "lvm";
    case "crypt":
      return "crypt";
    case "mpath":
      return "multipath";
    case "dmraid":
      return "dmraid";
    case "rom":
      return "rom";
    case "loop":
      return "loop";
    case "tape":
      return "tape";
    case "md":
      // Also what it calls an array's partitions (md126p1).
      return byName === "partition" ? "partition" : "raid";
    case "dm":
      return "other";
    case "disk":
      // A whole disk may carry a partition's name: Xen gives guests a bare xvda1.
      return byName === null || byName === "partition"
        ? /\/dm-\d+$|\/mapper\//.test(name)
          ? "other"
          : "disk"
        : byName;
    case "":
      // Before TYPE was a column, `vg-lv (dm-0)` was all that told a logical volume.
      return isOldVolumeName(fields) ? "lvm" : byName;
    default:
      return /^(raid|linear|multipath)/.test(type) ? "raid" : byName;
  }
}

/** Names of other mapped devices that also hold one hyphen: `luks-…`, `mpatha-part1`, `docker-8:1-…`. */
const otherMapperNames = /^(luks|mpath|docker|isw|ddf1|nvidia|pdc|sil|via|dmraid)[-_]|^mpath\w*-|-part\d+$/;

function isOldVolumeName(fields: Readonly<Record<string, string>>): boolean {
  const name = fields["name"] ?? "";
  return (
    fields["devtype"] === undefined &&
    /^dm-\d+$/.test(fields["kname"] ?? "") &&
    fields["maj:min"] !== undefined &&
    volumeOfMapperName(name) !== null &&
    !otherMapperNames.test(name)
  );
}

function contentOf(
  fields: Readonly<Record<string, string>>,
  mountPoints: readonly string[],
): Partial<ContentFacts> | null {
  const type = textOrNull(fields["fstype"]);
  if (type === null) return mountPoints.includes("[SWAP]") ? { type: "swap" } : null;
  return {
    type,
    version: textOrNull(fields["fsver"]),
    label: textOrNull(fields["label"]),
    uuid: textOrNull(fields["uuid"]),
  };
}

function usageOf(fields: Readonly<Record<string, string>>): UsageFacts | null {
  const bytes = (key: string): number | null => {
    const text = textOrNull(fields[key]);
    return text === null ? null : (parseSize(text)?.bytes ?? null);
  };
  const usage: UsageFacts = {
    totalBytes: bytes("fssize"),
    usedBytes: bytes("fsused"),
    availableBytes: bytes("fsavail"),
    inodesTotal: null,
    inodesUsed: null,
  };
  return usage.totalBytes === null && usage.usedBytes === null && usage.availableBytes === null
    ? null
    : usage;
}

function startOf(fields: Readonly<Record<string, string>>): number | null {
  const sectors = countOrNull(fields["start"]);
  return sectors === null ? null : sectors * 512;
}

function numberOf(name: string): number | null {
  const match = /(\d+)$/.exec(name);
  return match ? Number(match[1]) : null;
}

function flagOf(text: string | null): boolean | null {
  if (text === "1" || text === "true") return true;
  return text === "0" || text === "false" ? false : null;
}
