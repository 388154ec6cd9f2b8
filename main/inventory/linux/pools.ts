import type { ZfsPool } from "../../../common/domain/facts.ts";
import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import { parseSize } from "../sizes.ts";
import type { DeviceStatement } from "../storage/statement.ts";

/** zpool status, list (with and without -H, -v, -p), iostat -v, import. */
export function parseZpool(capture: Capture, args: readonly string[]): readonly ZfsPool[] {
  const pools = new Map<
    string,
    {
      state: string | null;
      sizeBytes: number | null;
      usedBytes: number | null;
      devices: string[];
      evidence: ZfsPool["evidence"];
    }
  >();
  const pool = (
    name: string,
    evidence: ZfsPool["evidence"][number],
  ): NonNullable<ReturnType<typeof pools.get>> => {
    const known = pools.get(name) ?? {
      state: null,
      sizeBytes: null,
      usedBytes: null,
      devices: [],
      evidence: [evidence],
    };
    pools.set(name, known);
    return known;
  };
  if (args[0] === "list" || /^NAME\s+SIZE\s+ALLOC/m.test(capture.text)) {
    for (const line of linesOf(capture)) {
      const match =
        /^(\S+)\s+(\d[\d.]*[KMGTP]?)\s+(\d[\d.]*[KMGTP]?)\s+\S+.*?(ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|REMOVED|SUSPENDED)/.exec(
          line.text,
        );
      if (!match) continue;
      const entry = pool(match[1] ?? "", evidenceOf(capture, line));
      entry.sizeBytes = parseSize(match[2] ?? "")?.bytes ?? null;
      entry.usedBytes = parseSize(match[3] ?? "")?.bytes ?? null;
      entry.state = match[4] ?? null;
    }
    return finish(pools);
  }
  let current: string | null = null;
  let inIostat = false;
  for (const line of linesOf(capture)) {
    const evidence = evidenceOf(capture, line);
    const head = /^\s*pool:\s+(\S+)/.exec(line.text);
    if (head) {
      current = head[1] ?? null;
      if (current !== null) pool(current, evidence);
      continue;
    }
    const state = /^\s*state:\s+(\S+)/.exec(line.text);
    if (state && current !== null) pool(current, evidence).state = state[1] ?? null;
    const member = /^\s+(\S+)\s+(ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|AVAIL|REMOVED)\b/.exec(line.text);
    if (
      member &&
      current !== null &&
      member[1] !== current &&
      !/^(mirror|raidz\d?|spare|replacing|log|cache|draid)/.test(member[1] ?? "")
    ) {
      pool(current, evidence).devices.push(member[1] ?? "");
    }
    if (/^pool\s+alloc\s+free/.test(line.text)) inIostat = true;
    const row = /^(\s*)(\S+)\s+(\d[\d.]*[KMGTP]?|-)\s+(\d[\d.]*[KMGTP]?|-)\s+\S+\s+\S+\s+\S+\s+\S+\s*$/.exec(
      line.text,
    );
    if (inIostat && row) {
      const [allocated, free] = [parseSize(row[3] ?? ""), parseSize(row[4] ?? "")];
      if (row[1] === "") {
        current = row[2] ?? null;
        const entry = pool(row[2] ?? "", evidence);
        entry.usedBytes = allocated?.bytes ?? null;
        entry.sizeBytes = allocated && free ? allocated.bytes + free.bytes : null;
      } else if (current !== null) pool(current, evidence).devices.push(row[2] ?? "");
    }
  }
  return finish(pools);
}

function finish(pools: ReadonlyMap<string, Omit<ZfsPool, "name">>): readonly ZfsPool[] {
  return [...pools].map(([name, entry]) => ({ name, ...entry }));
}

/** btrfs filesystem show: every device of each filesystem. */
export function parseBtrfsShow(capture: Capture): readonly DeviceStatement[] {
  const statements: DeviceStatement[] = [];
  let label: string | null = null;
  let uuid: string | null = null;
  let members: string[] = [];
  for (const line of linesOf(capture)) {
    const head = /^Label:\s+(none|'.*'|\S+)\s+uuid:\s+(\S+)/.exec(line.text.trim());
    if (head) {
      label = head[1] === "none" ? null : (head[1] ?? "").replace(/^'|'$/g, "");
      uuid = head[2] ?? null;
      members = [];
    }
    if (/^\s*\*+\s*Some devices missing/i.test(line.text)) {
      for (const name of members)
        statements.push({ name, claim: { state: "devices missing" }, evidence: evidenceOf(capture, line) });
    }
    const device = /^\s*devid\s+\d+\s+size\s+(\S+)\s+used\s+\S+\s+path\s+(\/dev\/\S+)/.exec(line.text);
    if (device && uuid !== null) {
      members.push(device[2] ?? "");
      statements.push({
        name: device[2] ?? "",
        claim: { content: { type: "btrfs", label, uuid }, size: parseSize(device[1] ?? "") },
        evidence: evidenceOf(capture, line),
      });
    }
  }
  return statements;
}
