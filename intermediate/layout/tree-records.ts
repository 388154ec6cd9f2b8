/**
 * The lists of a tree as records that can be sorted: `<path>//<list><rest>`. No path holds two slashes in a row, so they
 * end it, and bytewise order of whole records is an order of paths that does not depend on what is said of them.
 * Everything is bytes in latin1. Pure.
 */

/** As the helper machine writes them (guest-script.ts). */
export const treeLists = ["meta", "nodes", "attr", "sums", "flags"] as const;
export type TreeList = (typeof treeLists)[number];

/** Many at once: millions pass. */
export type TreeRecords = AsyncIterable<readonly string[]> | Iterable<readonly string[]>;

export interface TreeEntry {
  readonly path: string;
  readonly kind: string;
  readonly mode: string;
  readonly owner: string;
  readonly size: number;
  readonly time: string;
  /** How many names it has. */
  readonly links: number;
  readonly inode: string;
  readonly link: string;
  readonly node?: string;
  readonly attributes?: string;
  readonly sum?: string;
  /** Those that the new filesystem keeps, in hex; undefined for none. */
  readonly flags?: string;
}

/** Cuts a stream at `delimiter`; what follows the last one is a part too, unless it is empty. */
export async function* partsOf(
  chunks: AsyncIterable<string> | Iterable<string>,
  delimiter: string,
): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split(delimiter);
    rest = parts.pop() ?? "";
    if (parts.length > 0) yield parts;
  }
  if (rest !== "") yield [rest];
}

const withoutDot = (path: string): string => path.replace(/^\.\/?/, "");

/** XFS shows access control lists a second time, in its own form; properties of btrfs mean nothing elsewhere. */
const shadow = /^(?:trusted\.SGI_ACL_|btrfs\.)/;

function attributeRecord(block: string): string | null {
  const [head = "", ...lines] = block.replace(/^\n+/, "").trimEnd().split("\n");
  if (!head.startsWith("# file: ")) return null;
  const path = head
    .slice("# file: ".length)
    .replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  const own = lines.filter((line) => line !== "" && !shadow.test(line));
  return own.length === 0 ? null : `${withoutDot(path)}//2${own.toSorted().join("\n")}`;
}

/** The records of one list. */
export async function* recordsOf(
  list: TreeList,
  chunks: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly string[]> {
  if (list === "attr") {
    for await (const blocks of partsOf(chunks, "\n\n"))
      yield blocks.flatMap((block) => attributeRecord(block) ?? []);
    return;
  }
  /** Of the list of entries, which has two fields for each. */
  let head: string | undefined;
  for await (const fields of partsOf(chunks, "\0")) {
    const records: string[] = [];
    for (const field of fields) {
      if (list === "sums") records.push(`${withoutDot(field.slice(66))}//3${field.slice(0, 64)}`);
      else if (list === "nodes" || list === "flags") {
        const tab = field.indexOf("\t");
        const key = list === "nodes" ? "1" : "4";
        records.push(`${withoutDot(field.slice(tab + 1))}//${key}${field.slice(0, tab)}`);
      } else if (head === undefined) head = field;
      else {
        const parts = head.split("\t");
        records.push(`${parts.slice(8).join("\t")}//0${parts.slice(0, 8).join("\t")}\t${field}`);
        head = undefined;
      }
    }
    yield records;
  }
}

function entryOf(path: string, meta: string): TreeEntry {
  const [kind = "", mode = "", user = "", group = "", size = "", time = "", links = "", inode = "", ...link] =
    meta.split("\t");
  return {
    path,
    kind,
    mode,
    owner: `${user}:${group}`,
    size: Number(size),
    // Some filesystems keep more digits than others: microseconds are told by all.
    time: /^\d+(?:\.\d{1,6})?/.exec(time)?.[0] ?? time,
    links: Number(links),
    inode,
    link: link.join("\t"),
  };
}

/** Puts together what the sorted records say of each path. What only other lists than the first know is left out. */
export async function* entriesOf(records: TreeRecords): AsyncGenerator<readonly TreeEntry[]> {
  let current: TreeEntry | undefined;
  for await (const batch of records) {
    const entries: TreeEntry[] = [];
    for (const record of batch) {
      const end = record.indexOf("//");
      const path = record.slice(0, end);
      const rest = record.slice(end + 3);
      const list = record[end + 2];
      if (list === "0") {
        if (current !== undefined) entries.push(current);
        current = entryOf(path, rest);
      } else if (current?.path === path) {
        if (list === "1") current = { ...current, node: rest };
        else if (list === "2") current = { ...current, attributes: rest };
        else if (list === "3") current = { ...current, sum: rest };
        else current = { ...current, flags: rest };
      }
    }
    yield entries;
  }
  if (current !== undefined) yield [current];
}
