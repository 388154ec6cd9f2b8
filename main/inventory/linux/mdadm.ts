import { type Capture, type Line, evidenceOf, linesOf } from "../capture.ts";
import type { DeviceStatement } from "../storage/statement.ts";

/**
 * mdadm --detail, --examine (with and without --scan, --export), --query. `device` is what the command line named,
 * for forms that do not repeat it.
 */
export function parseMdadm(capture: Capture, device: string | null): readonly DeviceStatement[] {
  if (/^MD_[A-Z]+=/m.test(capture.text)) return fromExport(capture, device);
  const statements: DeviceStatement[] = [];
  const lines = linesOf(capture);
  for (const [index, line] of lines.entries()) {
    const scanned = /^\s*ARRAY\s+(\/dev\/\S+|\S+)(.*)$/.exec(line.text);
    if (scanned) {
      const name = scanned[1] ?? "";
      if (name.startsWith("/dev/") || /^md/.test(name)) {
        statements.push({
          name,
          claim: { kind: "raid", layout: /\b(?:level|container)=(\S+)/.exec(scanned[2] ?? "")?.[1] ?? null },
          evidence: evidenceOf(capture, line),
        });
      }
      continue;
    }
    const query = /^(\/dev\/\S+): .*?(raid\w+|linear|container)\s+(\d+)?\s*(?:devices|in)/i.exec(line.text);
    if (query) {
      statements.push({
        name: query[1] ?? "",
        claim: { kind: "raid", layout: query[2] ?? null },
        evidence: evidenceOf(capture, line),
      });
      continue;
    }
    const headed = /^(\/dev\/\S+):\s*$/.exec(line.text);
    if (headed) statements.push(...fromBlock(capture, headed[1] ?? "", line, lines.slice(index + 1)));
  }
  return statements;
}

function fromBlock(
  capture: Capture,
  name: string,
  header: Line,
  following: readonly Line[],
): readonly DeviceStatement[] {
  const fields = new Map<string, string>();
  const members: string[] = [];
  let evidenceLine = header;
  for (const line of following) {
    if (/^\/dev\/\S+:\s*$/.test(line.text)) break;
    const field = /^\s*([A-Za-z][A-Za-z /-]*?)\s*:\s*(.+?)\s*$/.exec(line.text);
    if (field) {
      fields.set((field[1] ?? "").toLowerCase(), field[2] ?? "");
      if (/^raid level$/i.test(field[1] ?? "")) evidenceLine = line;
    }
    const member = /^\s+\d+\s+\d+\s+\d+\s+(?:\d+|-)\s+.*?(\/dev\/\S+)\s*$/.exec(line.text);
    if (member) members.push(member[1] ?? "");
  }
  const evidence = evidenceOf(capture, evidenceLine);
  const level = fields.get("raid level") ?? null;
  if (fields.has("magic") || fields.has("device role") || fields.has("avail dev size")) {
    // --examine speaks of a member, not of an array.
    const external = /imsm|intel/i.test(fields.get("version") ?? fields.get("magic") ?? "");
    return [
      {
        name,
        claim: {
          content: {
            type: external ? "isw_raid_member" : "linux_raid_member",
            version: fields.get("version") ?? null,
            uuid: fields.get("array uuid") ?? fields.get("uuid") ?? null,
          },
        },
        evidence,
      },
    ];
  }
  if (level === null && !fields.has("array size") && !fields.has("raid devices")) return [];
  const kib = /^(\d+)/.exec(fields.get("array size") ?? "")?.[1];
  const external = /imsm|ddf/i.test(fields.get("version") ?? "");
  return [
    {
      name,
      claim: {
        kind: "raid",
        layout: level,
        state: fields.get("state") ?? null,
        parents: members,
        size: kib === undefined ? null : { bytes: Number(kib) * 1024, isExact: true },
      },
      evidence,
    },
    ...members.map((member) => ({
      name: member,
      claim: { content: { type: external ? "isw_raid_member" : "linux_raid_member" } },
      evidence,
    })),
  ];
}

function fromExport(capture: Capture, device: string | null): readonly DeviceStatement[] {
  const fields = new Map<string, string>();
  let evidence = evidenceOf(capture, null);
  for (const line of linesOf(capture)) {
    const match = /^(MD_\w+)=(.*)$/.exec(line.text.trim());
    if (!match) continue;
    fields.set(match[1] ?? "", match[2] ?? "");
    if (match[1] === "MD_LEVEL") evidence = evidenceOf(capture, line);
  }
  const members = [...fields].flatMap(([key, value]) => (/^MD_DEVICE_.*_DEV$/.test(key) ? [value] : []));
  if (device === null) return [];
  const isArray = members.length > 0 || fields.has("MD_DEVICES");
  if (!isArray) return [];
  return [
    {
      name: device,
      claim: { kind: "raid", layout: fields.get("MD_LEVEL") ?? null, parents: members },
      evidence,
    },
    ...members.map((name) => ({
      name,
      claim: {
        content: {
          type: /imsm/.test(fields.get("MD_METADATA") ?? fields.get("MD_CONTAINER") ?? "")
            ? "isw_raid_member"
            : "linux_raid_member",
        },
      },
      evidence,
    })),
  ];
}
