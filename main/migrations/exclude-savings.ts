/**
 * Counts on a source what exclude lists would leave out: `find` gives what each pattern may be about, the list decides,
 * and what it leaves out is summed up over there. The source is only read, at the lowest priority.
 */
import { Writable } from "node:stream";
import { excludedBy, parseExcludeList, type ExcludeList } from "../../common/domain/exclude-list.ts";
import { findGlobOf, searchOf } from "../../common/domain/exclude-search.ts";
import type { ListSavings, RuleSaving } from "../../common/domain/exclude-savings.ts";
import type { LayoutBasis } from "../../common/domain/target-layout.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { RemoteSession, RunOptions } from "../remote/contract.ts";
import type { VolumeExcludes } from "./file-layout.ts";

/** Of one list of candidates: some hundred thousand entries. */
const mostCandidateBytes = 32 * 1024 * 1024;
const timeoutMs = 120_000;

/**
 * $1 a volume's root, then for each search: directory, least and most depth (- for any), glob. Prints for each `@`, its
 * number and NUL, then kind, path and NUL for each entry. What lies on another filesystem or behind a symbolic link is
 * no part of the volume. Exit status 4: this find cannot tell.
 */
const listCandidates = `
LC_ALL=C; export LC_ALL
find / -maxdepth 0 -printf x >/dev/null 2>&1 || exit 4
device=$(stat -c %d "$1") || exit 4
shift
number=0
while [ $# -ge 4 ]; do
  printf '@%s\\0' "$number"
  number=$((number + 1))
  if [ "$3" = - ]; then depth=; else depth="-maxdepth $3"; fi
  if [ "$(readlink -f "$1")" = "$1" ] && [ "$(stat -c %d "$1" 2>/dev/null)" = "$device" ]; then
    nice -n 19 find "$1" -mindepth "$2" $depth -xdev -path "$4" -printf '%y%p\\0' 2>/dev/null
  fi
  shift 4
done | head -c ${mostCandidateBytes}
`;

/** Standard input: paths, each ended by NUL. Prints how many entries there are, and the bytes in files. */
const countEntries = `
LC_ALL=C; export LC_ALL
nice -n 19 xargs -0 -r sh -c 'exec find "$@" -xdev -printf "%y %s %n %D:%i\\n" 2>/dev/null' sh |
  awk '{ entries++ } $1 == "f" && ($3 == 1 || !($4 in seen)) { bytes += $2; if ($3 > 1) seen[$4] = 1 }
    END { printf "%.0f %.0f\\n", entries, bytes }'
`;

type Scripts = Pick<RemoteSession, "script">;

/** Fails with what keeps a session from running anything; patterns that could not be counted are told as such. */
export async function measureExcludes(
  session: Scripts,
  basis: LayoutBasis,
  excludes: readonly VolumeExcludes[],
  signal: AbortSignal,
): Promise<Result<ListSavings[]>> {
  const lists: ListSavings[] = [];
  for (const { mountPoint, text, origin } of excludes) {
    const fileName = `excludes of ${mountPoint}`;
    const list = parseExcludeList(text, { ignoresCase: false, fileName });
    if (!list.ok) return list;
    const rules = await measureList(session, mountPoint, list.value, signal);
    if (!rules.ok) return rules;
    lists.push({
      mountPoint,
      origin,
      text,
      rules: rules.value,
      usedBytes: basis.volumes.find((volume) => volume.mountPoint === mountPoint)?.usedBytes ?? null,
      entries: rules.value.reduce((sum, rule) => sum + rule.entries, 0),
      bytes: rules.value.reduce((sum, rule) => sum + rule.bytes, 0),
    });
  }
  return ok(lists);
}

async function measureList(
  session: Scripts,
  mountPoint: string,
  list: ExcludeList,
  signal: AbortSignal,
): Promise<Result<RuleSaving[]>> {
  const excluding = list.rules.filter(({ isExclude }) => isExclude);
  if (excluding.length === 0) return ok([]);
  const root = mountPoint === "/" ? "" : mountPoint;
  const searches = excluding.flatMap(({ pattern }) => {
    const { start, least, most } = searchOf(pattern);
    const from = start === "" ? root || "/" : `${root}/${start}`;
    return [from, String(least), most === null ? "-" : String(most), findGlobOf(root, pattern)];
  });
  const listed = await read(session, listCandidates, [mountPoint, ...searches], null, signal);
  if (!listed.ok) return listed;
  const candidates = splitCandidates(listed.value?.text ?? null, excluding.length);
  const seesAll = listed.value?.seesAll === true;
  const claimed = new Set<string>();
  const savings: RuleSaving[] = [];
  for (const [index, rule] of excluding.entries()) {
    const { line, pattern } = rule;
    const found = candidates?.[index];
    const own = (found?.entries ?? []).filter(({ path, isDirectory }) => {
      if (claimed.has(path)) return false;
      const within = utf8(path.slice(root.length + 1));
      const above = within.slice(0, Math.max(0, within.lastIndexOf("/")));
      const isMeant =
        excludedBy(list, within, isDirectory ? "directory" : "file") === rule &&
        (above === "" || excludedBy(list, above, "directory") === null);
      if (isMeant) claimed.add(path);
      return isMeant;
    });
    const sum = own.length === 0 ? ok({ entries: 0, bytes: 0 }) : await count(session, own, signal);
    if (!sum.ok) return sum;
    const counted =
      found === undefined || sum.value === null ? "no" : found.isWhole && seesAll ? "whole" : "part";
    savings.push({ line, pattern, ...(sum.value ?? { entries: 0, bytes: 0 }), counted });
  }
  return ok(savings);
}

const utf8 = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");

interface Candidates {
  /** Absolute paths, their bytes as latin1. */
  readonly entries: { readonly path: string; readonly isDirectory: boolean }[];
  isWhole: boolean;
}

/** Null where the source cannot tell. */
function splitCandidates(output: string | null, searches: number): Candidates[] | null {
  if (output === null) return null;
  const all: Candidates[] = [];
  for (const record of output.split("\0").slice(0, -1)) {
    if (record.startsWith("@")) all.push({ entries: [], isWhole: true });
    else all.at(-1)?.entries.push({ path: record.slice(1), isDirectory: record.startsWith("d") });
  }
  // A list that was cut off ends in the middle of a search; those behind it were not begun.
  const last = all.at(-1);
  if (last !== undefined && output.length >= mostCandidateBytes) last.isWhole = false;
  return all.slice(0, searches);
}

/** Null where they could not be counted in time. */
async function count(
  session: Scripts,
  entries: Candidates["entries"],
  signal: AbortSignal,
): Promise<Result<{ readonly entries: number; readonly bytes: number } | null>> {
  const names = Buffer.from(entries.map(({ path }) => `${path}\0`).join(""), "latin1");
  const counted = await read(session, countEntries, [], names, signal);
  if (!counted.ok) return counted;
  const [, many, bytes] = /^(\d+) (\d+)\n$/.exec(counted.value?.text ?? "") ?? [];
  return ok(many === undefined ? null : { entries: Number(many), bytes: Number(bytes) });
}

interface Output {
  /** As latin1. */
  readonly text: string;
  /** False where the login may not become root, and looked at what it may read. */
  readonly seesAll: boolean;
}

/** What a script prints; null where it cannot do its work there, or not in time. */
async function read(
  session: Scripts,
  script: string,
  parameters: readonly string[],
  stdin: Buffer | null,
  signal: AbortSignal,
): Promise<Result<Output | null>> {
  const parts: Buffer[] = [];
  const options = (elevated: boolean): RunOptions => ({
    elevated,
    timeoutMs,
    signal,
    stdoutTo: new Writable({
      write(part: Buffer, _encoding, done) {
        parts.push(Buffer.from(part));
        done();
      },
    }),
    ...(stdin === null ? {} : { stdin }),
  });
  let ran = await session.script(script, parameters, options(true));
  const mayNot = !ran.ok && ["sudo-failed", "root-required"].includes(ran.failure.code);
  if (mayNot) ran = await session.script(script, parameters, options(false));
  if (signal.aborted) return fail("cancelled", told({ kind: "counting-stopped" }));
  if (!ran.ok) return ran.failure.context["cause"] === "timed out" ? ok(null) : ran;
  if (ran.value.exitCode !== 0) return ok(null);
  return ok({ text: Buffer.concat(parts).toString("latin1"), seesAll: !mayNot });
}
