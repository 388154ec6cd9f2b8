/**
 * Whether a new filesystem has what the source's had: both sides were listed by find, stat, getfattr and sha256sum, and
 * not by what copied them. Everything of an entry counts: kind, mode, owner, time, size, content, link target, device
 * number, extended attributes (access control lists, capabilities and SELinux labels among them), flags (`chattr`) and
 * hard links.
 *
 * A file server has millions of files: lists are read record by record, sorted outside, and compared side by side. Only
 * the files with several names are kept in memory, while not all of their names have been seen. Pure.
 */
import { decidingRule, type ExcludeList } from "../../common/domain/exclude-list.ts";
import { entriesOf, type TreeEntry, type TreeRecords } from "./tree-records.ts";

export interface ExcludedPattern {
  readonly pattern: string;
  readonly entries: number;
  readonly bytes: number;
}

export interface TreeComparison {
  readonly entries: number;
  readonly bytes: number;
  /** The first 1,000. */
  readonly differing: readonly { readonly path: string; readonly what: string }[];
  readonly excluded: readonly ExcludedPattern[];
}

export interface CompareOptions {
  readonly excludes: ExcludeList;
  /** Directories that belong to another volume in the new layout: their own attributes come from there. */
  readonly ignored: ReadonlySet<string>;
  /** A FAT keeps contents and nothing else. */
  readonly contentOnly: boolean;
}

export const mostDiffering = 1_000;
const foldersRemembered = 10_000;

const utf8 = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");

/** As rsync decides: what lies in a directory that is left out is left out with it. */
function createExclusion(list: ExcludeList): (path: string, isDirectory: boolean) => string | null {
  const known = new Map<string, string | null>();
  const decide = (path: string, isDirectory: boolean): string | null => {
    if (path === "") return null;
    const found = known.get(path);
    if (found !== undefined) return found;
    const cut = path.lastIndexOf("/");
    const above = decide(cut < 0 ? "" : path.slice(0, cut), true);
    const rule = above === null ? decidingRule(list, utf8(path), isDirectory ? "directory" : "file") : null;
    const pattern = above ?? (rule?.isExclude === true ? rule.pattern : null);
    if (known.size >= foldersRemembered) known.clear();
    if (isDirectory) known.set(path, pattern);
    return pattern;
  };
  return decide;
}

/** The first of an entry's names that was seen; its own where it has but one. */
class HardLinks {
  readonly #open = new Map<string, { readonly first: string; left: number }>();

  nameOf({ path, kind, inode, links }: TreeEntry): string {
    if (kind === "d" || links < 2) return path;
    const known = this.#open.get(inode);
    if (known === undefined) {
      this.#open.set(inode, { first: path, left: links - 1 });
      return path;
    }
    known.left -= 1;
    if (known.left === 0) this.#open.delete(inode);
    return known.first;
  }
}

interface Kept {
  readonly entry: TreeEntry;
  /** Equal for all names of one file. */
  readonly linkedTo: string;
}

/** What of a side counts, in order. `leaveOut` is told of the rest. */
async function* keptOf(
  records: TreeRecords,
  excludedBy: (path: string, isDirectory: boolean) => string | null,
  leaveOut: (pattern: string, entry: TreeEntry) => void,
): AsyncGenerator<Kept> {
  const links = new HardLinks();
  for await (const entries of entriesOf(records)) {
    for (const entry of entries) {
      const pattern = excludedBy(entry.path, entry.kind === "d");
      if (pattern === null) yield { entry, linkedTo: links.nameOf(entry) };
      else leaveOut(pattern, entry);
    }
  }
}

/** @param source,target in the order of their paths, as `tree-records.ts` has it */
export async function compareTrees(
  source: TreeRecords,
  target: TreeRecords,
  options: CompareOptions,
): Promise<TreeComparison> {
  const saved = new Map<string, { entries: number; bytes: number }>();
  const leftOut = new HardLinks();
  const note = (pattern: string, entry: TreeEntry): void => {
    const sum = saved.get(pattern) ?? { entries: 0, bytes: 0 };
    const isFirst = leftOut.nameOf(entry) === entry.path;
    const bytes = entry.kind === "f" && isFirst ? entry.size : 0;
    saved.set(pattern, { entries: sum.entries + 1, bytes: sum.bytes + bytes });
  };
  const differing: { path: string; what: string }[] = [];
  const tell = (path: string, what: string | null): void => {
    if (what !== null && !options.ignored.has(path) && differing.length < mostDiffering)
      differing.push({ path: `/${utf8(path)}`, what });
  };
  const from = keptOf(source, createExclusion(options.excludes), note);
  const to = keptOf(target, createExclusion(options.excludes), () => undefined);
  let entries = 0;
  let bytes = 0;
  let [ours, theirs] = [await from.next(), await to.next()];
  while (ours.done !== true || theirs.done !== true) {
    const order = orderOf(ours.value, theirs.value);
    if (ours.value !== undefined && order <= 0) {
      entries += 1;
      if (ours.value.entry.kind === "f") bytes += ours.value.entry.size;
    }
    if (ours.value !== undefined && theirs.value !== undefined && order === 0)
      tell(ours.value.entry.path, differenceOf(ours.value, theirs.value, options.contentOnly));
    else if (order < 0) tell(ours.value?.entry.path ?? "", "is missing");
    else tell(theirs.value?.entry.path ?? "", "is only in the new filesystem");
    const next = [order <= 0 ? await from.next() : ours, order >= 0 ? await to.next() : theirs] as const;
    [ours, theirs] = next;
  }
  const excluded = [...saved].map(([pattern, sum]) => ({ pattern, ...sum }));
  return { entries, bytes, differing, excluded: excluded.toSorted((a, b) => b.bytes - a.bytes) };
}

/** Negative where the first comes first; who is at the end comes last. */
function orderOf(one: Kept | undefined, other: Kept | undefined): number {
  if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
  const [a, b] = [`${one.entry.path}//`, `${other.entry.path}//`];
  return a === b ? 0 : a < b ? -1 : 1;
}

function differenceOf(one: Kept, two: Kept, contentOnly: boolean): string | null {
  const [entry, other] = [one.entry, two.entry];
  if (entry.kind !== other.kind) return `is a ${other.kind} and was a ${entry.kind}`;
  if (entry.kind === "f") {
    if (entry.size !== other.size) return `has ${other.size} bytes and had ${entry.size}`;
    if (entry.sum === undefined) return "could not be read";
    if (entry.sum !== other.sum) return "has another content";
  }
  if (contentOnly) return null;
  const parts: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["mode", entry.mode, other.mode],
    ["owner", entry.owner, other.owner],
    ["time", entry.time, other.time],
    ["link target", entry.link, other.link],
    ["device number", entry.node, other.node],
    ["extended attributes", entry.attributes, other.attributes],
    ["flags (lsattr)", entry.flags, other.flags],
    ["hard links", one.linkedTo, two.linkedTo],
  ];
  const found = parts.find(([, before, after]) => before !== after);
  return found === undefined ? null : `has another ${found[0]}`;
}
