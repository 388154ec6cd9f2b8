import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import { kindFromName, splitPartitionName } from "../storage/device-names.ts";
import type { DeviceStatement } from "../storage/statement.ts";

/** /proc/partitions: `major minor #blocks name`, blocks of 1 KiB. */
export function parseProcPartitions(capture: Capture): readonly DeviceStatement[] {
  const rows = linesOf(capture).flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s*$/.exec(line.text);
    return match
      ? [
          {
            line,
            major: match[1],
            minor: match[2],
            kib: Number(match[3]),
            name: `/dev/${match[4]}`.replaceAll("!", "/"),
          },
        ]
      : [];
  });
  const names = new Set(rows.map((row) => row.name));
  return rows.map(({ line, major, minor, kib, name }) => {
    const split = splitPartitionName(name);
    const isWhole = split !== null && !names.has(split.disk);
    return {
      name,
      claim: {
        kind: isWhole ? "disk" : kindFromName(name),
        // An extended partition shows as one block.
        size: kib <= 1 && split ? null : { bytes: kib * 1024, isExact: true },
        majorMinor: `${major}:${minor}`,
        ...(split && !isWhole
          ? {
              parents: [split.disk],
              partition: { number: split.number, ...(kib === 1 ? { role: "extended" as const } : {}) },
            }
          : {}),
      },
      evidence: evidenceOf(capture, line),
    };
  });
}
