/**
 * Whether a new filesystem has what the source's had: both sides were listed by find, stat, getfattr and sha256sum, and
 * not by what copied them. Everything of an entry counts: kind, mode, owner, time, size, content, link target, device
 * number, extended attributes (access control lists, capabilities and SELinux labels among them) and hard links. Pure.
 */
import { decidingRule, type ExcludeList } from "../../common/domain/exclude-list.ts";

/** The lists of one side, as bytes in latin1. */
export interface TreeTexts {
  readonly meta: string;
  readonly nodes: string;
  readonly attr: string;
  readonly sums: string;
}

export interface TreeEntry {
  readonly kind: string;
  readonly mode: string;
  readonly owner: string;
  readonly size: number;
  readonly time: string;
  readonly inode: string;
  readonly link: string;
}

interface Tree {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  readonly nodes: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, string>;
  readonly sums: ReadonlyMap<string, string>;
  /** The first of the names of a file that has several. */
  readonly groups: ReadonlyMap<string, string>;
}

export interface ExcludedPattern {
  readonly pattern: string;
  readonly entries: number;
  readonly bytes: number;
}

export interface TreeComparison {
  readonly entries: number;
  readonly bytes: number;
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

const utf8 = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");

/** Splits NUL-ended fields in `width`s. */
function* records(text: string, width: number): Generator<readonly string[]> {
  const fields = text.split("\0");
  for (let at = 0; at + width < fields.length + 1 && at + width <= fields.length; at += width) {
    const record = fields.slice(at, at + width);
    if (at + width === fields.length && record.every((field) => field === "")) return;
    yield record;
  }
}

function parseEntries(meta: string): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (const [head = "", link = ""] of records(meta, 2)) {
    const [kind = "", mode = "", user = "", group = "", size = "", time = "", , inode = "", ...path] =
      head.split("\t");
    entries.set(path.join("\t"), {
      kind,
      mode,
      owner: `${user}:${group}`,
      size: Number(size),
      inode,
      link,
      // Some filesystems keep more digits than others: microseconds are told by all.
      time: /^\d+(?:\.\d{1,6})?/.exec(time)?.[0] ?? time,
    });
  }
  return entries;
}

/** XFS shows access control lists a second time, in its own form; properties of btrfs mean nothing elsewhere. */
const shadow = /^(?:trusted\.SGI_ACL_|btrfs\.)/;

const withoutDot = (path: string): string => path.replace(/^\.\/?/, "");

function parseAttributes(attr: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const block of attr.split("\n\n")) {
    const [head = "", ...lines] = block.replace(/^\n+/, "").split("\n");
    if (!head.startsWith("# file: ")) continue;
    const path = head
      .slice("# file: ".length)
      .replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const own = lines.filter((line) => line !== "" && !shadow.test(line));
    if (own.length > 0) attributes.set(withoutDot(path), own.toSorted().join("\n"));
  }
  return attributes;
}

function parseTree(texts: TreeTexts, isKept: (path: string, entry: TreeEntry) => boolean): Tree {
  const all = parseEntries(texts.meta);
  const entries = new Map([...all].filter(([path, entry]) => isKept(path, entry)));
  const nodes = new Map<string, string>();
  for (const [line = ""] of records(texts.nodes, 1)) {
    const [number = "", ...path] = line.split("\t");
    nodes.set(withoutDot(path.join("\t")), number);
  }
  const sums = new Map<string, string>();
  for (const [line = ""] of records(texts.sums, 1)) sums.set(withoutDot(line.slice(66)), line.slice(0, 64));
  return { entries, nodes, sums, attributes: parseAttributes(texts.attr), groups: groupsOf(entries) };
}

function groupsOf(entries: ReadonlyMap<string, TreeEntry>): Map<string, string> {
  const byInode = new Map<string, string[]>();
  for (const [path, { inode, kind }] of entries) {
    if (kind === "d") continue;
    const names = byInode.get(inode);
    if (names) names.push(path);
    else byInode.set(inode, [path]);
  }
  const groups = new Map<string, string>();
  for (const names of byInode.values()) {
    if (names.length < 2) continue;
    const [first = ""] = names.toSorted();
    for (const name of names) groups.set(name, first);
  }
  return groups;
}

/** As rsync decides: what lies in a directory that is left out is left out with it. */
function createExclusion(list: ExcludeList): (path: string, isDirectory: boolean) => string | null {
  const known = new Map<string, string | null>([["", null]]);
  const decide = (path: string, isDirectory: boolean): string | null => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const cut = path.lastIndexOf("/");
    const above = decide(cut < 0 ? "" : path.slice(0, cut), true);
    const rule = above === null ? decidingRule(list, utf8(path), isDirectory ? "directory" : "file") : null;
    const pattern = above ?? (rule?.isExclude === true ? rule.pattern : null);
    if (isDirectory) known.set(path, pattern);
    return pattern;
  };
  return decide;
}

export function compareTrees(source: TreeTexts, target: TreeTexts, options: CompareOptions): TreeComparison {
  const excludedBy = createExclusion(options.excludes);
  const saved = new Map<string, { entries: number; bytes: number }>();
  const seen = new Set<string>();
  const isKept = (note: boolean) => (path: string, entry: TreeEntry) => {
    const pattern = excludedBy(path, entry.kind === "d");
    if (pattern === null) return true;
    if (!note) return false;
    const sum = saved.get(pattern) ?? { entries: 0, bytes: 0 };
    const isFirst = !seen.has(entry.inode);
    seen.add(entry.inode);
    const bytes = entry.kind === "f" && isFirst ? entry.size : 0;
    saved.set(pattern, { entries: sum.entries + 1, bytes: sum.bytes + bytes });
    return false;
  };
  const from = parseTree(source, isKept(true));
  const to = parseTree(target, isKept(false));
  const differing: { path: string; what: string }[] = [];
  let bytes = 0;
  for (const [path, entry] of from.entries) {
    if (entry.kind === "f") bytes += entry.size;
    if (options.ignored.has(path)) continue;
    const what = differenceOf(path, entry, from, to, options.contentOnly);
    if (what !== null) differing.push({ path: `/${utf8(path)}`, what });
  }
  for (const path of to.entries.keys())
    if (!from.entries.has(path) && !options.ignored.has(path))
      differing.push({ path: `/${utf8(path)}`, what: "is only in the new filesystem" });
  const excluded = [...saved].map(([pattern, sum]) => ({ pattern, ...sum }));
  return {
    entries: from.entries.size,
    bytes,
    differing,
    excluded: excluded.toSorted((a, b) => b.bytes - a.bytes),
  };
}

function differenceOf(
  path: string,
  entry: TreeEntry,
  from: Tree,
  to: Tree,
  contentOnly: boolean,
): string | null {
  const other = to.entries.get(path);
  if (other === undefined) return "is missing";
  if (entry.kind !== other.kind) return `is a ${other.kind} and was a ${entry.kind}`;
  if (entry.kind === "f") {
    if (entry.size !== other.size) return `has ${other.size} bytes and had ${entry.size}`;
    const sum = from.sums.get(path);
    if (sum === undefined) return "could not be read";
    if (sum !== to.sums.get(path)) return "has another content";
  }
  if (contentOnly) return null;
  const parts: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["mode", entry.mode, other.mode],
    ["owner", entry.owner, other.owner],
    ["time", entry.time, other.time],
    ["link target", entry.link, other.link],
    ["device number", from.nodes.get(path), to.nodes.get(path)],
    ["extended attributes", from.attributes.get(path), to.attributes.get(path)],
    ["hard links", from.groups.get(path), to.groups.get(path)],
  ];
  const found = parts.find(([, before, after]) => before !== after);
  return found === undefined ? null : `has another ${found[0]}`;
}
