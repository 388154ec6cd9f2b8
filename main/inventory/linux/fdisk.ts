import type { PartitionTableKind } from "../../../common/domain/facts.ts";
import { type Capture, type Line, evidenceOf, linesOf, textOrNull } from "../capture.ts";
import { parseSize } from "../sizes.ts";
import { splitPartitionName } from "../storage/device-names.ts";
import { gptTypeOfName, normalizePartitionType, partitionTableKind } from "../storage/partition-types.ts";
import type { DeviceStatement } from "../storage/statement.ts";
import { partitionName, type PartitionRow, partitionStatement } from "./partition-row.ts";
import { wordTable } from "../../../common/word-table.ts";

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
    table === "gpt"
      ? gptTypeOfName(words.slice(hasSize ? 1 : 0).join(" "))
      : /^[0-9a-f]{1,2}$/i.test(idWord ?? "")
        ? normalizePartitionType(idWord)
        : null;
  if (third === 0 || !Number.isFinite(end)) return null;
  const isSectors = end - start + 1 === third;
  // Otherwise the third number counts blocks of 1 KiB, and start and end count cylinders or sectors.
  const sizeBytes = isSectors ? third * (hasBlocks ? unitBytes : sector) : third * 1024;
  return {
    disk: splitPartitionName(name)?.disk ?? disk,
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

/** gdisk -l and sgdisk -p: `Disk /dev/sda: … sectors`, then `number start end size code name`. */
export function parseGdisk(capture: Capture, args: readonly string[]): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let disk: string | null = args.find((arg) => arg.startsWith("/dev/")) ?? null;
  const present =
    /^\s*GPT:\s*(present|damaged)/m.test(capture.text) || /^Number\s+Start \(sector\)/m.test(capture.text);
  const isHybrid = /^\s*MBR:\s*hybrid/m.test(capture.text);
  // One disk a listing; the line stands behind the head that already counts in sectors.
  const sector = Number(
    /^(?:Logical s|S)ector size(?: \(logical\/physical\))?: (\d+)/m.exec(capture.text)?.[1] ?? 512,
  );
  for (const line of linesOf(capture)) {
    const head = /^Disk (\/dev\/\S+): (\d+) sectors/.exec(line.text);
    if (head) {
      disk = head[1] ?? null;
      if (disk !== null)
        statements.push({
          name: disk,
          claim: {
            partitionTable: isHybrid ? "hybrid" : present ? "gpt" : null,
            size: { bytes: Number(head[2]) * sector, isExact: true },
            logicalSectorBytes: sector,
          },
          evidence: evidenceOf(capture, line),
        });
      continue;
    }
    const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+[\d.]+ \w+\s+([0-9A-F]{4})\s*(.*)$/.exec(line.text);
    if (!row || disk === null) continue;
    const codes = wordTable<string>({
      "8200": "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
      "8300": "0fc63daf-8483-4772-8e79-3d69d8477de4",
      "8E00": "e6d6d379-f507-44c2-a23c-238f2a3df928",
      EF00: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
      EF02: "21686148-6449-6e6f-744e-656564454649",
      FD00: "a19d880f-05fc-4d3b-a006-743f0f84911e",
      "0700": "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
      "4200": "af9b60a0-1431-4f62-bc68-3311714a69ad",
      "4201": "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3",
    });
    const start = Number(row[2]);
    statements.push(
      partitionStatement(
        {
          disk,
          name: partitionName(disk, Number(row[1])),
          table: isHybrid ? "hybrid" : "gpt",
          number: Number(row[1]),
          type: codes[row[4] ?? ""] ?? null,
          startBytes: start * sector,
          sizeBytes: (Number(row[3]) - start + 1) * sector,
          isSizeExact: true,
          label: textOrNull(row[5]),
        },
        evidenceOf(capture, line),
      ),
    );
  }
  return statements;
}
