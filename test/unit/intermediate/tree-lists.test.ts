import { describe, expect, it } from "vitest";
import { parseExcludeList } from "../../../common/domain/exclude-list.ts";
import { unwrap } from "../../../common/result.ts";
import { compareTrees, type CompareOptions } from "../../../intermediate/layout/tree-lists.ts";
import { recordsOf, treeLists, type TreeList } from "../../../intermediate/layout/tree-records.ts";

type TreeTexts = Readonly<Record<TreeList, string>>;

/** In pieces of a few bytes, as a stream may bring them. */
function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 7) yield text.slice(at, at + 7);
}

async function sorted(texts: TreeTexts): Promise<string[][]> {
  const records: string[] = [];
  for (const list of treeLists)
    for await (const some of recordsOf(list, piecesOf(texts[list]))) records.push(...some);
  return records.toSorted((a, b) => (a < b ? -1 : 1)).map((record) => [record]);
}

const compareTexts = async (source: TreeTexts, target: TreeTexts, options: CompareOptions) =>
  compareTrees(await sorted(source), await sorted(target), options);

const sum = (character: string): string => character.repeat(64);
const meta = (entries: readonly (readonly [head: string, path: string, link?: string])[]): string =>
  entries.map(([head, path, link = ""]) => `${head.replaceAll(" ", "\t")}\t${path}\0${link}\0`).join("");

const file = "f 644 0 0 5 1700000000.1234567890 1";
const whole: TreeTexts = {
  meta: meta([
    ["d 755 0 0 4096 1700000000.0 3 2", ""],
    [`${file} 11`, "plain"],
    ["f 600 0 0 9 1700000000.0 2 12", "tab\there"],
    ["f 600 0 0 9 1700000000.0 2 12", "hard"],
    ["l 777 0 0 5 1700000000.0 1 13", "link", "pla\tin"],
    ["b 660 0 6 0 1700000000.0 1 14", "node"],
    ["d 755 0 0 4096 1700000000.0 2 15", "cache"],
    ["f 644 0 0 700 1700000000.0 1 16", "cache/big"],
  ]),
  nodes: "8:1\t./node\0",
  attr: "# file: plain\nuser.note=0x61\n\n# file: tab\\011here\nsecurity.selinux=0x62\n\n",
  sums: `${sum("a")}  ./plain\0${sum("b")}  ./tab\there\0${sum("b")}  ./hard\0`,
  flags: "10\t./plain\0",
};

const compare = (target: TreeTexts, contentOnly = false) =>
  compareTexts(whole, target, {
    excludes: unwrap(parseExcludeList("/cache/*\n", { ignoresCase: false, fileName: "list" })),
    ignored: new Set<string>(),
    contentOnly,
  });
const changed = (key: keyof TreeTexts, from: string, to: string): TreeTexts => ({
  ...whole,
  [key]: whole[key].replaceAll(from, to),
});

describe("two lists of a tree", () => {
  it("are equal where everything is, whatever the inodes, and say what was left out", async () => {
    const other = changed("meta", "\t12\t", "\t99\t");
    expect(await compare(other)).toEqual({
      entries: 7,
      bytes: 23,
      differing: [],
      excluded: [{ pattern: "/cache/*", entries: 1, bytes: 700 }],
    });
  });

  it.each([
    ["a mode", changed("meta", "\t644\t0\t0\t5", "\t640\t0\t0\t5"), "/plain", "has another mode"],
    ["an owner", changed("meta", "660\t0\t6", "660\t0\t7"), "/node", "has another owner"],
    ["a time", changed("meta", "1234567890", "1234000000"), "/plain", "has another time"],
    ["a link target", changed("meta", "pla\tin", "plain"), "/link", "has another link target"],
    ["a device number", changed("nodes", "8:1", "8:2"), "/node", "has another device number"],
    ["an attribute", changed("attr", "0x62", "0x63"), "/tab\there", "has another extended attributes"],
    [
      "a content",
      changed("sums", `${sum("a")}  ./plain`, `${sum("c")}  ./plain`),
      "/plain",
      "has another content",
    ],
    ["a flag", changed("flags", "10", "30"), "/plain", "has another flags (lsattr)"],
    ["a flag that is gone", changed("flags", "plain", "gone"), "/plain", "has another flags (lsattr)"],
    ["a hard link", changed("meta", "\t12\thard", "\t77\thard"), "/tab\there", "has another hard links"],
    ["a name that is gone", changed("meta", "\tlink\0", "\tlinked\0"), "/link", "is missing"],
  ])("differ by %s", async (_what, target, path, what) => {
    expect((await compare(target)).differing).toContainEqual({ path, what });
  });

  it("are equal where only what one filesystem keeps for itself is gone", async () => {
    const attr = `${whole.attr}# file: node\nbtrfs.compression=0x63\n\n`;
    const from = { ...whole, attr };
    const options = { ignored: new Set<string>(), contentOnly: false };
    const excludes = unwrap(parseExcludeList("/cache/*\n", { ignoresCase: false, fileName: "list" }));
    expect((await compareTexts(from, whole, { ...options, excludes })).differing).toEqual([]);
  });

  it("count contents alone on a FAT", async () => {
    const modes = changed("meta", "\t644\t0\t0\t5", "\t755\t9\t9\t5");
    expect((await compare(modes, true)).differing).toEqual([]);
    const other = changed("sums", `${sum("a")}  ./plain`, `${sum("c")}  ./plain`);
    expect((await compare(other, true)).differing).toEqual([{ path: "/plain", what: "has another content" }]);
  });
});
