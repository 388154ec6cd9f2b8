import type { PartitionTableKind } from "../../../common/domain/facts.ts";
import {
  type Capture,
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
import type { DeviceClaim } from "../storage/device-draft.ts";
import {
  isExtendedType,
  normalizePartitionType,
  partitionRole,
  partitionTableKind,
} from "../storage/partition-types.ts";
import type { DeviceStatement } from "../storage/statement.ts";
import { partitionName, partitionStatement } from "./partition-row.ts";

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
