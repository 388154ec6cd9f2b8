import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { excludedBy, parseExcludeList } from "../../../common/domain/exclude-list.ts";
import { unwrap } from "../../../common/result.ts";

const files = [
  ..."a b ab a.b a-b a]b a\\b [a abc foo foo.o x/a x/ab x/b/a x/b/ab x/y/foo x/y/foo.o".split(" "),
  ..."foo.d/a foo.d/b/a foo.d/b/foo y/x/a y/x/b/a y/xa/b y/a/b/ab/abc 1/2/a 1/2/x/a [b]/a b*/a".split(" "),
];
const directories = [...new Set(files.flatMap(above))];

function above(path: string): string[] {
  const parent = dirname(path);
  return parent === "." ? [] : [parent, ...above(parent)];
}

/** A fixed sequence, so that a failure can be repeated. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

const pieces = "a b x y foo / / / * * ** *** ? [ab] [!a] [^b] [a-f] [[:digit:]] []] \\ \\* . .o [ 1".split(
  " ",
);

describe("an exclude list", () => {
  const root = mkdtempSync(join(tmpdir(), "sma-exclude-"));
  afterAll(() => rmSync(root, { recursive: true }));

  /** What rsync would copy. */
  function copiedByRsync(list: string): Set<string> {
    const args = ["-rn8", "--out-format=%n", "--exclude-from=-", `${root}/from/`, `${root}/to/`];
    const { stdout, stderr, status } = spawnSync("rsync", args, { input: list, encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const unescaped = stdout.replace(/\\#(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    return new Set(unescaped.split("\n").filter((line) => line !== "" && line !== "./"));
  }

  it("leaves out what rsync leaves out", () => {
    for (const file of files) {
      mkdirSync(join(root, "from", dirname(file)), { recursive: true });
      writeFileSync(join(root, "from", file), "");
    }
    const next = sequence(20261126);
    const differences: string[] = [];
    for (let round = 0; round < 120; round++) {
      const lines = Array.from({ length: 1 + next(3) }, () => {
        const sign = ["", "", "- ", "+ "][next(4)] ?? "";
        return sign + Array.from({ length: 1 + next(5) }, () => pieces[next(pieces.length)]).join("");
      });
      const text = lines.join("\n");
      const list = unwrap(parseExcludeList(text, { ignoresCase: false, fileName: "list" }));
      const copied = copiedByRsync(text);
      for (const path of files)
        if (copied.has(path) === (excludedBy(list, path, "file") !== null))
          differences.push(`${JSON.stringify(text)}: ${path}`);
      for (const path of directories)
        if (copied.has(`${path}/`) === (excludedBy(list, path, "directory") !== null))
          differences.push(`${JSON.stringify(text)}: ${path}/`);
    }
    expect(differences).toEqual([]);
  });
});
