import { linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { excludedBy, parseExcludeList } from "../../../common/domain/exclude-list.ts";
import type { LayoutBasis } from "../../../common/domain/target-layout.ts";
import { unwrap } from "../../../common/result.ts";
import { measureExcludes } from "../../../main/migrations/exclude-savings.ts";
import type { RemoteSession } from "../../../main/remote/contract.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { describeRoot, SshFixture } from "../../support/sshd/fixture.ts";

const files = [
  ..."a b ab a.b a-b a]b a\\b [a abc foo foo.o x/a x/ab x/b/a x/b/ab x/y/foo x/y/foo.o".split(" "),
  ..."foo.d/a foo.d/b/a foo.d/b/foo y/x/a y/x/b/a y/xa/b y/a/b/ab/abc 1/2/a 1/2/x/a [b]/a b*/a".split(" "),
];
const directories = [...new Set(files.flatMap(above))];

function above(path: string): string[] {
  const parent = dirname(path);
  return parent === "." ? [] : [parent, ...above(parent)];
}

const pieces = "a b x y foo / / / * * ** *** ? [ab] [!a] [^b] [a-f] [[:digit:]] []] \\ \\* . .o [ 1".split(
  " ",
);

describeRoot("what an exclude list saves, counted on the source", () => {
  let fixture: SshFixture;
  beforeEach(() => (fixture = new SshFixture()));
  afterEach(() => fixture.cleanUp());

  const basis: LayoutBasis = { firmware: "bios", volumes: [], swaps: [] };
  const { signal } = new AbortController();

  it("is what each of its lines leaves out, whatever the patterns", async () => {
    const { session } = await fixture.ownSession();
    const asRoot: Pick<RemoteSession, "script"> = {
      script: (script, parameters, options) =>
        session.script(script, parameters, { ...options, elevated: false }),
    };
    // Its name must mean nothing to find.
    const root = join(fixture.directory, "a [volume] *");
    for (const [index, file] of files.entries()) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      writeFileSync(join(root, file), "x".repeat(index + 1));
    }
    const random = seededRandom(7);
    const next = (below: number): number => Math.floor(random() * below);
    for (let round = 0; round < 10; round++) {
      const text = Array.from({ length: 6 }, () => {
        const sign = ["", "", "- ", "+ "][next(4)] ?? "";
        return sign + Array.from({ length: 1 + next(5) }, () => pieces[next(pieces.length)]).join("");
      }).join("\n");
      const list = unwrap(parseExcludeList(text, { ignoresCase: false, fileName: "list" }));
      const expected = list.rules
        .filter(({ isExclude }) => isExclude)
        .map((rule) => {
          const left = files.filter((path) => excludedBy(list, path, "file") === rule);
          const folders = directories.filter((path) => excludedBy(list, path, "directory") === rule);
          const bytes = left.reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
          const { line, pattern } = rule;
          return { line, pattern, entries: left.length + folders.length, bytes, counted: "whole" };
        });
      const excludes = [{ mountPoint: root, text, origin: "own" as const }];
      const [counted] = unwrap(await measureExcludes(asRoot, basis, excludes, signal));
      expect(counted?.rules, text).toEqual(expected);
    }
  });

  it("counts a file with several names once, and nothing that lies behind a link or on another filesystem", async () => {
    const { session } = await fixture.ownSession();
    const root = join(fixture.directory, "volume");
    mkdirSync(join(root, "cache"), { recursive: true });
    writeFileSync(join(root, "cache", "one"), "12345");
    linkSync(join(root, "cache", "one"), join(root, "cache", "two"));
    symlinkSync("cache", join(root, "link"));
    const excludes = [
      { mountPoint: root, text: "/cache/*\n/link/*\n/missing/*\n", origin: "own" as const },
      { mountPoint: "/", text: "/proc/*\n/proc/version\n", origin: "product" as const },
    ];
    const [own, system] = unwrap(await measureExcludes(session, basis, excludes, signal));
    expect(own).toMatchObject({ origin: "own", entries: 2, bytes: 5 });
    expect(own?.rules.map(({ entries }) => entries)).toEqual([2, 0, 0]);
    // A login that is not root may not see everything.
    expect(own?.rules.map(({ counted }) => counted)).toEqual(["part", "part", "part"]);
    expect(system).toMatchObject({ origin: "product", entries: 0, bytes: 0, usedBytes: null });
  });
});
