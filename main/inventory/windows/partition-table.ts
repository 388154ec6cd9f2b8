import type { BundleView } from "../bundle-view.ts";
import { evidenceOf, linesOf } from "../capture.ts";
import { parseSize } from "../sizes.ts";
import { partitionByOffset } from "../storage/device-draft.ts";
import type { DeviceGraph } from "../storage/device-graph.ts";

/** One row: number, letter or nothing, offset, size for people, type. */
const row = /^(\d+)\s+(?:([A-Z])\s+)?(\d+)\s+([\d.,]+ ?[KMGTP]?B)\s+(\S.*?)\s*$/;

/**
 * The tables that Get-Partition prints, one for each disk. Server 2012 heads them with the disk's number, later ones
 * with its path, of which no number follows: then the partitions stand without their disk.
 */
export function tellPartitionTables(
  graph: DeviceGraph,
  view: BundleView,
  diskName: (number: number) => string,
): void {
  for (const command of view.allCommands) {
    if (!/Get-Partition/i.test(command.commandLine)) continue;
    let disk: number | null = null;
    let path = "";
    let group = 0;
    let extended: { readonly start: number; readonly end: number } | null = null;
    for (const line of linesOf(command.output)) {
      const number = /^\s*Disk Number: (\d+)/.exec(line.text);
      const named = /^\s*Disk(Path|Id): (\S.*)$/.exec(line.text);
      if (number || (named && named[2] !== path)) {
        disk = number ? Number(number[1]) : null;
        path = named?.[2] ?? "";
        group++;
        extended = null;
      }
      const match = row.exec(line.text.trim());
      if (!match) continue;
      const [, index = "", letter, offsetText = "", sizeText = "", type = ""] = match;
      const offset = Number(offsetText);
      const size = parseSize(sizeText);
      const isDynamic = /^LDM/i.test(type);
      const isExtended = /^Extended/i.test(type);
      if (isExtended && size) extended = { start: offset, end: offset + size.bytes };
      const isInside = extended !== null && offset > extended.start && offset < extended.end;
      const evidence = evidenceOf(command.output, line);
      const name = `Disk ${disk ?? `?${group}`} Partition ${index}`;
      graph.claim(
        name,
        {
          kind: "partition",
          aliases: disk === null ? [] : [partitionByOffset(disk, offset)],
          parents: disk === null ? [] : [diskName(disk)],
          size,
          ...(isDynamic ? { isDynamic } : {}),
          partition: {
            number: Number(index),
            role: isExtended ? "extended" : isInside ? "logical" : "primary",
            typeName: type,
            startBytes: offset,
          },
        },
        evidence,
      );
      if (disk !== null)
        graph.claim(diskName(disk), { kind: "disk", ...(isDynamic ? { isDynamic } : {}) }, evidence);
      if (letter !== undefined) graph.claim(`${letter}:`, { kind: "volume", parents: [name] }, evidence);
    }
  }
}
