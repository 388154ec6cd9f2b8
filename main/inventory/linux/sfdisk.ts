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
} from "../capture.ts";
import { normalizePartitionType, partitionTableKind } from "../storage/partition-types.ts";
import type { DeviceStatement } from "../storage/statement.ts";
import { partitionStatement } from "./partition-row.ts";

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
          claim: {
            partitionTable: table,
            logicalSectorBytes: header[3] === undefined ? null : countOrNull(header[3]),
          },
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
  const stated = countOrNull(scalarText(root["sectorsize"]));
  const sector = stated ?? 512;
  if (disk === null) return [];
  const evidence = evidenceOf(capture, null);
  const statements: DeviceStatement[] = [
    { name: disk, claim: { partitionTable: table, logicalSectorBytes: stated }, evidence },
  ];
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
