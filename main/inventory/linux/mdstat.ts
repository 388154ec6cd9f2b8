import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import type { DeviceStatement } from "../storage/statement.ts";

/**
 * /proc/mdstat. An array that is inactive or external (IMSM, DDF containers) counts as one all the same. `broken` is
 * what kernels since 5.5 call a raid0 or linear array that has lost a member.
 */
export function parseMdstat(capture: Capture): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  const lines = linesOf(capture);
  lines.forEach((line, index) => {
    const match = /^(md\S+)\s*:\s*(active|inactive|broken)\s*(?:\((?:auto-)?read-only\)\s*)?(.*)$/.exec(
      line.text.trim(),
    );
    if (!match) return;
    const words = (match[3] ?? "")
      .trim()
      .split(/\s+/)
      .filter((word) => word !== "");
    const level = words.find((word) => !word.includes("[")) ?? null;
    const members = words.flatMap((word) => {
      const member = /^([^[\s]+)\[\d+\]/.exec(word);
      return member ? [member[1] ?? ""] : [];
    });
    const detail = lines[index + 1]?.text ?? "";
    const blocks = /^\s*(\d+)\s+blocks/.exec(detail);
    const health = /\[\d+\/\d+\]\s*\[[U_]+\]/.exec(detail)?.[0] ?? null;
    const name = `/dev/${match[1]}`;
    const evidence = evidenceOf(capture, line);
    statements.push({
      name,
      claim: {
        kind: "raid",
        parents: members,
        layout: level,
        state: [match[2], health].filter((part) => part !== null).join(" "),
        size: blocks && match[2] !== "inactive" ? { bytes: Number(blocks[1]) * 1024, isExact: true } : null,
      },
      evidence,
    });
    const isImsm = /super external:(imsm|\/)/.test(detail);
    const isDdf = /super external:ddf/.test(detail);
    for (const member of members) {
      statements.push({
        name: member,
        claim: {
          content: { type: isImsm ? "isw_raid_member" : isDdf ? "ddf_raid_member" : "linux_raid_member" },
        },
        evidence,
      });
    }
  });
  return statements;
}
