import type { PartitionTableKind } from "../../../common/domain/facts.ts";
import {
  type Capture,
  type Line,
  countOrNull,
  evidenceOf,
  jsonIn,
  linesOf,
  objectOf,
  objectsIn,
  scalarText,
  textOrNull,
} from "../capture.ts";
import { parseSize } from "../sizes.ts";
import type { DeviceClaim } from "../storage/device-graph.ts";
import { splitPartitionName } from "../storage/device-names.ts";
import {
  isDynamicType,
  isExtendedType,
  normalizePartitionType,
  partitionRole,
  partitionTableKind,
  partitionTypeName,
} from "../storage/partition-types.ts";
import type { DeviceStatement } from "../storage/statement.ts";

interface PartitionRow {
  readonly disk: string | null;
  readonly name: string;
  readonly table: PartitionTableKind | null;
  readonly number: number | null;
  readonly type: string | null;
  readonly role?: "primary" | "extended" | "logical" | null;
  readonly startBytes: number | null;
  readonly sizeBytes: number | null;
  readonly isSizeExact: boolean;
  readonly label?: string | null;
  readonly uuid?: string | null;
  readonly isActive?: boolean | null;
}

function partitionStatement(row: PartitionRow, evidence: DeviceStatement["evidence"]): DeviceStatement {
  const number = row.number ?? splitPartitionName(row.name)?.number ?? null;
  const claim: DeviceClaim = {
    kind: "partition",
    parents: row.disk === null ? [] : [row.disk],
    // An extended partition's size is that of its container, which lsblk shows as 1K.
    size: row.sizeBytes === null ? null : { bytes: row.sizeBytes, isExact: row.isSizeExact },
    ...(isDynamicType(row.type) ? { isDynamic: true } : {}),
    partition: {
      number,
      type: row.type,
      typeName: partitionTypeName(row.type),
      role: row.role ?? partitionRole(row.table, row.type, number),
      startBytes: row.startBytes,
      label: row.label ?? null,
      uuid: row.uuid?.toLowerCase() ?? null,
      isActive: row.isActive ?? null,
    },
  };
  return { name: row.name, claim, evidence };
}

/** Partition n of a disk, as the kernel names it. */
function partitionName(disk: string, number: number): string {
  return /\d$/.test(disk) ? `${disk}p${number}` : `${disk}${number}`;
}

/** sfdisk -d and its JSON (-J): exact starts and sizes in sectors. */
export function parseSfdiskDump(capture: Capture): readonly DeviceStatement[] {
  const json = objectOf(objectOf(jsonIn(capture.text))?.["partitiontable"]);
  if (json) return fromSfdiskJson(capture, json);
  const statements: DeviceStatement[] = [];
  let disk: string | null = null;
  let table: PartitionTableKind | null = null;
  let sector = 512;
  for (const line of linesOf(capture)) {
    const header = /^(?:label: (\S+)|device: (\S+)|sector-size: (\d+)|# partition table of (\S+))/.exec(
      line.text,
    );
    if (header) {
      if (header[1] !== undefined) table = partitionTableKind(header[1]);
      if (header[3] !== undefined) sector = Number(header[3]);
      const device = header[2] ?? header[4];
      if (device !== undefined) {
        disk = device;
        // Dumps of sfdisk before 2.26 have no label line and know no table but MBR.
        if (header[4] !== undefined) table = "mbr";
      }
      if (disk !== null && table !== null)
        statements.push({
          name: disk,
          claim: { partitionTable: table },
          evidence: evidenceOf(capture, line),
        });
      continue;
    }
    const entry = /^(\/dev\/\S+)\s*:\s*start=\s*(\d+),\s*size=\s*(\d+)(.*)$/.exec(line.text);
    if (!entry || entry[3] === "0") continue;
    const rest = entry[4] ?? "";
    const attribute = (name: string): string | null =>
      new RegExp(`\\b${name}=\\s*("([^"]*)"|[^,\\s]+)`, "i")
        .exec(rest)
        ?.slice(1)
        .reverse()
        .find((part) => part !== undefined) ?? null;
    const type = normalizePartitionType(attribute("type") ?? attribute("Id"));
    if (type === "0x00") continue;
    if (type === "0xee" && disk !== null)
      statements.push({ name: disk, claim: { partitionTable: "gpt" }, evidence: evidenceOf(capture, line) });
    if (type === "0xee") continue;
    statements.push(
      partitionStatement(
        {
          disk,
          name: entry[1] ?? "",
          table,
          number: null,
          type,
          startBytes: Number(entry[2]) * sector,
          sizeBytes: Number(entry[3]) * sector,
          isSizeExact: true,
          label: attribute("name"),
          uuid: attribute("uuid"),
          isActive: /\bbootable\b/.test(rest) ? true : null,
        },
        evidenceOf(capture, line),
      ),
    );
  }
  return statements;
}

function fromSfdiskJson(
  capture: Capture,
  root: Readonly<Record<string, unknown>>,
): readonly DeviceStatement[] {
  const disk = scalarText(root["device"]);
  const table = partitionTableKind(scalarText(root["label"]));
  const sector = countOrNull(scalarText(root["sectorsize"])) ?? 512;
  if (disk === null) return [];
  const evidence = evidenceOf(capture, null);
  const statements: DeviceStatement[] = [{ name: disk, claim: { partitionTable: table }, evidence }];
  for (const entry of objectsIn(root["partitions"])) {
    const name = scalarText(entry["node"]);
    if (name === null) continue;
    const start = countOrNull(scalarText(entry["start"]));
    const size = countOrNull(scalarText(entry["size"]));
    statements.push(
      partitionStatement(
        {
          disk,
          name,
          table,
          number: null,
          type: normalizePartitionType(scalarText(entry["type"])),
          startBytes: start === null ? null : start * sector,
          sizeBytes: size === null ? null : size * sector,
          isSizeExact: true,
          label: scalarText(entry["name"]),
          uuid: scalarText(entry["uuid"]),
          isActive: entry["bootable"] === true ? true : null,
        },
        { source: capture.source, line: null, text: name },
      ),
    );
  }
  return statements;
}

/**
 * fdisk -l and sfdisk -l of every generation and language: lines that begin with a device and carry numbers, and the
 * `Disk /dev/sda: …` heads. Labels of columns are not read; their order has not changed, units are told by magnitude.
 */
export function parseFdisk(capture: Capture): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let disk: string | null = null;
  let table: PartitionTableKind | null = null;
  let sector = 512;
  let unitBytes = 512;
  const tellTable = (kind: PartitionTableKind | null, line: Line): void => {
    table = kind ?? table;
    if (disk !== null && kind !== null)
      statements.push({ name: disk, claim: { partitionTable: kind }, evidence: evidenceOf(capture, line) });
  };
  for (const line of linesOf(capture)) {
    const text = line.text.trim();
    const head = /^\D{2,30}?(\/dev\/[^\s:,，：]+)\s*[:：,，]\s*(.*)$/.exec(text);
    if (head && !/^\/dev\//.test(text) && /\d/.test(head[2] ?? "")) {
      disk = head[1] ?? null;
      table = null;
      unitBytes = 512;
      const exact = /(\d[\d ,.]*\d)\s*(?:bytes|Bytes|octets|байт|バイト|字节|位元組|bajtów|byte)/i
        .exec(head[2] ?? "")?.[1]
        ?.replace(/[ ,.]/g, "");
      const rounded = parseSize((head[2] ?? "").split(/[,，]/)[0] ?? "", { decimal: true });
      if (disk !== null)
        statements.push({
          name: disk,
          claim: { size: exact === undefined ? rounded : { bytes: Number(exact), isExact: true } },
          evidence: evidenceOf(capture, line),
        });
      continue;
    }
    const units = /=\s*(\d+)\s*(?:bytes|octets|Bytes|байт|バイト|字节)/i.exec(text);
    if (units && /units|unité|einheit|unidades|unità|единиц|単位|Units|单元/i.test(text)) {
      const bytes = Number(units[1]);
      unitBytes = /cylind|zylind|цилиндр|シリンダ|柱面/i.test(text) ? bytes : bytes || 512;
      continue;
    }
    const sectorSize = /\(log\w*\/ph\w*\)\s*[:：]\s*(\d+)/i.exec(text);
    if (sectorSize) sector = Number(sectorSize[1]) || 512;
    const label = /^[^/]{3,40}[:：]\s*(dos|gpt|sun|sgi|bsd)\s*$/i.exec(text);
    if (label) {
      tellTable(partitionTableKind(label[1]), line);
      continue;
    }
    const row = /^(\/dev\/\S+)\s+(\*)?\s*(\d+)\+?-?\s+(\d+|-)\+?-?\s+(\d+)\+?-?\s+(.+)$/.exec(text);
    if (!row) continue;
    const parsed = fdiskRow(row, disk, table, unitBytes, sector);
    if (!parsed) continue;
    if (parsed.type === "0xee") {
      tellTable("gpt", line);
      continue;
    }
    if (table === null && parsed.type?.startsWith("0x") === true) tellTable("mbr", line);
    statements.push(partitionStatement({ ...parsed, table }, evidenceOf(capture, line)));
  }
  return statements;
}

function fdiskRow(
  row: RegExpExecArray,
  disk: string | null,
  table: PartitionTableKind | null,
  unitBytes: number,
  sector: number,
): PartitionRow | null {
  const name = row[1] ?? "";
  const start = Number(row[3]);
  const end = Number(row[4]);
  const third = Number(row[5]);
  const rest = (row[6] ?? "").trim();
  // `Blocks Id System`, `Sectors Size Id Type`, `Sectors Size Type`, `#sectors Id System`, `#cyls #blocks Id System`.
  const words = rest.split(/\s+/);
  const hasSize = /^[\d.,]+[KMGTP]i?B?$/i.test(words[0] ?? "");
  const hasBlocks = /^\d{3,}[+-]?$/.test(words[0] ?? "") && words.length > 2;
  const idWord = hasSize || hasBlocks ? words[1] : words[0];
  const type =
    /^[0-9a-f]{1,2}$/i.test(idWord ?? "") && table !== "gpt" ? normalizePartitionType(idWord) : null;
  if (third === 0 || !Number.isFinite(end)) return null;
  const isSectors = end - start + 1 === third;
  const sizeBytes = isSectors
    ? third * (hasBlocks ? unitBytes : sector)
    : unitBytes === 512 || unitBytes === sector
      ? third * 1024
      : third * 1024;
  return {
    disk: splitPartitionName(name)?.disk === disk ? disk : (splitPartitionName(name)?.disk ?? disk),
    name,
    table,
    number: null,
    type,
    startBytes: unitBytes <= 4096 ? start * (unitBytes > 512 ? unitBytes : sector) : null,
    sizeBytes,
    isSizeExact: isSectors && unitBytes <= 4096,
    isActive: row[2] === "*" ? true : null,
  };
}

/** parted: `-m` (machine), `-j` (JSON) and the table of `print`, in any unit. */
export function parseParted(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const json = objectOf(objectOf(jsonIn(capture.text))?.["disk"]);
  if (json) return fromPartedJson(capture, json);
  return /^(BYT|CHS|CYL);/m.test(capture.text) ? fromPartedMachine(capture) : fromPartedTable(capture, args);
}

function fromPartedMachine(capture: Capture): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let disk: string | null = null;
  let table: PartitionTableKind | null = null;
  let sector = 512;
  for (const line of linesOf(capture)) {
    const parts = line.text.replace(/;\s*$/, "").split(":");
    if (/^\/dev\//.test(line.text) && parts.length >= 6) {
      // A path may hold a colon (by-path names): count from the end, where a model may not.
      disk = parts[0] ?? null;
      sector = Number(parts[3]) || 512;
      table = partedTable(parts[5] ?? "", parts.slice(7).join(":"));
      if (disk !== null) {
        statements.push({
          name: disk,
          claim: {
            partitionTable: table,
            size: partedSize(parts[1] ?? "", sector),
            model: textOrNull(parts[6]),
            logicalSectorBytes: countOrNull(parts[3]),
          },
          evidence: evidenceOf(capture, line),
        });
      }
      continue;
    }
    if (!/^\d+:/.test(line.text) || disk === null || parts.length < 5) continue;
    if (table === "none") {
      statements.push({
        name: disk,
        claim: { content: partedContent(parts[4] ?? "") },
        evidence: evidenceOf(capture, line),
      });
      continue;
    }
    const flags = parts[6] ?? "";
    statements.push(
      ...partedPartition(
        disk,
        table,
        Number(parts[0]),
        partedSize(parts[1] ?? "", sector),
        partedSize(parts[3] ?? "", sector),
        parts[4] ?? "",
        parts[5] ?? "",
        flags,
        null,
        null,
        evidenceOf(capture, line),
      ),
    );
  }
  return statements;
}

function fromPartedJson(
  capture: Capture,
  root: Readonly<Record<string, unknown>>,
): readonly DeviceStatement[] {
  const disk = scalarText(root["path"]);
  if (disk === null) return [];
  const sector = countOrNull(scalarText(root["logical-sector-size"])) ?? 512;
  const table = partedTable(
    scalarText(root["label"]) ?? "",
    Array.isArray(root["flags"]) ? root["flags"].join(",") : "",
  );
  const evidence = evidenceOf(
    capture,
    linesOf(capture).find((line) => line.text.includes('"label"')) ?? null,
  );
  const statements: DeviceStatement[] = [
    {
      name: disk,
      claim: {
        partitionTable: table,
        size: partedSize(scalarText(root["size"]) ?? "", sector),
        model: scalarText(root["model"]),
        logicalSectorBytes: sector,
      },
      evidence,
    },
  ];
  for (const entry of objectsIn(root["partitions"])) {
    const flags = Array.isArray(entry["flags"]) ? entry["flags"].join(", ") : "";
    const type = normalizePartitionType(scalarText(entry["type-id"]) ?? scalarText(entry["type-uuid"]));
    const role = scalarText(entry["type"]);
    statements.push(
      ...partedPartition(
        disk,
        table,
        Number(scalarText(entry["number"])),
        partedSize(scalarText(entry["start"]) ?? "", sector),
        partedSize(scalarText(entry["size"]) ?? "", sector),
        scalarText(entry["filesystem"]) ?? "",
        scalarText(entry["name"]) ?? "",
        flags,
        role === "primary" || role === "extended" || role === "logical" ? role : null,
        type,
        { source: capture.source, line: null, text: JSON.stringify(entry).slice(0, 240) },
      ),
    );
  }
  return statements;
}

function fromPartedTable(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let disk: string | null = args.find((arg) => arg.startsWith("/dev/")) ?? null;
  let table: PartitionTableKind | null = null;
  let sector = 512;
  for (const line of linesOf(capture)) {
    const text = line.text;
    const evidence = evidenceOf(capture, line);
    const head = /^[^\s\d/].*?(\/dev\/\S+?)\s*[:：]\s*([\d.,]+\s*\w+)\s*$/.exec(text);
    if (head) {
      disk = head[1] ?? null;
      table = null;
      if (disk !== null)
        statements.push({ name: disk, claim: { size: partedSize(head[2] ?? "", sector) }, evidence });
      continue;
    }
    const sizes = /(\d+)B\/(\d+)B\s*$/.exec(text);
    if (sizes) sector = Number(sizes[1]);
    const label =
      /^\D{4,40}[:：]\s*(msdos|gpt|gpt_sync_mbr|loop|dasd|bsd|mac|sun|dvh|amiga|pc98|aix|atari|unknown)\s*$/i.exec(
        text,
      );
    if (label && disk !== null) {
      table = partitionTableKind(label[1]);
      statements.push({ name: disk, claim: { partitionTable: table }, evidence });
      continue;
    }
    const row =
      /^\s*(\d+)\s+([\d.,]+\s?[kKMGTPs]?i?B?)\s+([\d.,]+\s?[kKMGTPs]?i?B?)\s+([\d.,]+\s?[kKMGTPs]?i?B?)(?:\s+(.*))?$/.exec(
        text,
      );
    if (!row || disk === null) continue;
    const rest = row[5] ?? "";
    if (table === "none") {
      statements.push({
        name: disk,
        claim: { content: partedContent(rest.split(/\s+/)[0] ?? "") },
        evidence,
      });
      continue;
    }
    const role = /\b(primary|extended|logical)\b/.exec(rest)?.[1] as
      "primary" | "extended" | "logical" | undefined;
    const filesystem =
      /\b(ext[234]|xfs|btrfs|ntfs|fat(?:12|16|32)|linux-swap\S*|hfs\+?|reiserfs|jfs|udf|f2fs)(?=\s|$)/.exec(
        rest,
      )?.[1] ?? "";
    const flags =
      /((?:boot|esp|lvm|raid|lba|bios_grub|swap|msftres|msftdata|hidden|diag|prep|legacy_boot|pmbr_boot|type=\w+)(?:,\s*[\w=]+)*)\s*$/.exec(
        rest,
      )?.[1] ?? "";
    statements.push(
      ...partedPartition(
        disk,
        table,
        Number(row[1]),
        partedSize(row[2] ?? "", sector),
        partedSize(row[4] ?? "", sector),
        filesystem,
        "",
        flags,
        role ?? null,
        null,
        evidence,
      ),
    );
  }
  return statements;
}

function partedTable(label: string, flags: string): PartitionTableKind | null {
  const kind = partitionTableKind(label);
  return kind === "gpt" && /gpt_sync_mbr/.test(flags) ? "hybrid" : kind;
}

function partedSize(text: string, sector: number): { bytes: number; isExact: boolean } | null {
  const sectors = /^(\d+)s$/.exec(text.trim());
  if (sectors) return { bytes: Number(sectors[1]) * sector, isExact: true };
  return parseSize(text, { decimal: true });
}

/** parted's filesystem names to blkid's. */
function partedContent(name: string): (DeviceClaim["content"] & { type: string }) | null {
  if (name === "") return null;
  if (name.startsWith("linux-swap")) return { type: "swap" };
  if (/^fat(12|16|32)$/.test(name)) return { type: "vfat" };
  return { type: name === "hfs+" ? "hfsplus" : name };
}

function partedPartition(
  disk: string,
  table: PartitionTableKind | null,
  number: number,
  start: { bytes: number; isExact: boolean } | null,
  size: { bytes: number; isExact: boolean } | null,
  filesystem: string,
  label: string,
  flags: string,
  role: "primary" | "extended" | "logical" | null,
  type: string | null,
  evidence: DeviceStatement["evidence"],
): readonly DeviceStatement[] {
  if (!Number.isSafeInteger(number) || number < 1 || number > 65_535) return [];
  const name = partitionName(disk, number);
  const known = type ?? typeFromFlags(flags, table);
  const statement = partitionStatement(
    {
      disk,
      name,
      table,
      number,
      type: known,
      role: role ?? partitionRole(table, known, number),
      startBytes: start?.isExact === true ? start.bytes : null,
      sizeBytes: size?.bytes ?? null,
      isSizeExact: size?.isExact === true,
      label: label === "" ? null : label,
      isActive: table === "mbr" ? /\bboot\b/.test(flags) : null,
    },
    evidence,
  );
  const content = isExtendedType(known) ? null : partedContent(filesystem);
  return content ? [statement, { name, claim: { content }, evidence: null }] : [statement];
}

function typeFromFlags(flags: string, table: PartitionTableKind | null): string | null {
  const explicit = /\btype=([0-9a-f]{2})\b/i.exec(flags)?.[1];
  if (explicit !== undefined) return normalizePartitionType(explicit);
  const isGpt = table === "gpt" || table === "hybrid";
  if (/\blvm\b/.test(flags)) return isGpt ? "e6d6d379-f507-44c2-a23c-238f2a3df928" : "0x8e";
  if (/\braid\b/.test(flags)) return isGpt ? "a19d880f-05fc-4d3b-a006-743f0f84911e" : "0xfd";
  if (/\bswap\b/.test(flags)) return isGpt ? "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f" : "0x82";
  if (/\besp\b/.test(flags)) return isGpt ? "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" : "0xef";
  if (/\bbios_grub\b/.test(flags)) return "21686148-6449-6e6f-744e-656564454649";
  if (/\bmsftres\b/.test(flags)) return "e3c9e316-0b5c-4db8-817d-f92df00215ae";
  if (/\bmsftdata\b/.test(flags)) return "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7";
  return null;
}

/** gdisk -l and sgdisk -p: `Disk /dev/sda: … sectors`, then `number start end size code name`. */
export function parseGdisk(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let disk: string | null = args.find((arg) => arg.startsWith("/dev/")) ?? null;
  const present =
    /^\s*GPT:\s*(present|damaged)/m.test(capture.text) || /^Number\s+Start \(sector\)/m.test(capture.text);
  const isHybrid = /^\s*MBR:\s*hybrid/m.test(capture.text);
  for (const line of linesOf(capture)) {
    const head = /^Disk (\/dev\/\S+): (\d+) sectors/.exec(line.text);
    if (head) {
      disk = head[1] ?? null;
      if (disk !== null)
        statements.push({
          name: disk,
          claim: {
            partitionTable: isHybrid ? "hybrid" : present ? "gpt" : null,
            size: { bytes: Number(head[2]) * 512, isExact: true },
          },
          evidence: evidenceOf(capture, line),
        });
      continue;
    }
    const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+[\d.]+ \w+\s+([0-9A-F]{4})\s*(.*)$/.exec(line.text);
    if (!row || disk === null) continue;
    const codes: Readonly<Record<string, string>> = {
      "8200": "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
      "8300": "0fc63daf-8483-4772-8e79-3d69d8477de4",
      "8E00": "e6d6d379-f507-44c2-a23c-238f2a3df928",
      EF00: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
      EF02: "21686148-6449-6e6f-744e-656564454649",
      FD00: "a19d880f-05fc-4d3b-a006-743f0f84911e",
      "0700": "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
      "4200": "af9b60a0-1431-4f62-bc68-3311714a69ad",
      "4201": "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3",
    };
    const start = Number(row[2]);
    statements.push(
      partitionStatement(
        {
          disk,
          name: partitionName(disk, Number(row[1])),
          table: isHybrid ? "hybrid" : "gpt",
          number: Number(row[1]),
          type: codes[row[4] ?? ""] ?? null,
          startBytes: start * 512,
          sizeBytes: (Number(row[3]) - start + 1) * 512,
          isSizeExact: true,
          label: textOrNull(row[5]),
        },
        evidenceOf(capture, line),
      ),
    );
  }
  return statements;
}
