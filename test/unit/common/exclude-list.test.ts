import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  excludedBy,
  excludeLine,
  excludeListName,
  parseExcludeList,
  type EntryKind,
  type ExcludeList,
} from "../../../common/domain/exclude-list.ts";
import { unwrap } from "../../../common/result.ts";

const listOf = (text: string, ignoresCase = false): ExcludeList =>
  unwrap(parseExcludeList(text, { ignoresCase, fileName: "list.txt" }));
const isOut = (text: string, path: string, kind: EntryKind = "file"): boolean =>
  excludedBy(listOf(text), path, kind) !== null;

/** Pattern, what it leaves out, what it does not: the examples of rsync's manual among them. A `/` ends a directory. */
const patterns: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["*.o", ["/a.o", "/deep/er/a.o", "/dir.o/"], ["/a.ob", "/o"]],
  ["/foo", ["/foo", "/foo/", "/foo/bar"], ["/bar/foo", "/food"]],
  ["foo/", ["/foo/", "/a/foo/", "/a/foo/b"], ["/foo", "/a/foo"]],
  ["/foo/*", ["/foo/a", "/foo/a/b"], ["/foo/", "/a/foo/b"]],
  ["foo/*/bar", ["/foo/x/bar", "/a/foo/x/bar"], ["/foo/bar", "/foo/x/y/bar"]],
  ["/foo/*/bar", ["/foo/x/bar"], ["/a/foo/x/bar", "/foo/x/y/bar"]],
  ["/foo/**/bar", ["/foo/x/bar", "/foo/x/y/bar"], ["/foo/bar", "/a/foo/x/bar"]],
  ["foo/**", ["/foo/a", "/a/foo/b/c"], ["/foo/", "/xfoo/a"]],
  ["**/cache", ["/cache", "/a/b/cache"], ["/a/xcache"]],
  ["**cache", ["/cache", "/a/b/xcache"], ["/cached"]],
  ["dir/***", ["/dir/", "/dir/a", "/a/dir/b/c"], ["/dir", "/xdir/a"]],
  ["a?c", ["/abc", "/x/a-c"], ["/ac", "/a/c"]],
  ["a/b", ["/a/b", "/x/a/b"], ["/xa/b", "/a/x/b"]],
  ["[a-c][!0-9]", ["/ax", "/c-"], ["/dx", "/a1"]],
  ["x[[:digit:]]y[]-]", ["/x1y]", "/x2y-"], ["/xay]"]],
  ["[open", [], ["/[open", "/o"]],
  // Without a wildcard a backslash is an ordinary character.
  ["a\\b", ["/a\\b"], ["/ab"]],
  ["a\\*b*", ["/a*b", "/a*bc"], ["/axb"]],
  ["name ", ["/name "], ["/name"]],
  ["hide it", ["/hide it"], ["/it"]],
];

describe("an exclude list", () => {
  it.each(patterns)("%s matches as rsync documents it", (pattern, out, kept) => {
    const check = (path: string) => isOut(pattern, path, path.endsWith("/") ? "directory" : "file");
    expect(out.filter((path) => !check(path))).toEqual([]);
    expect(kept.filter(check)).toEqual([]);
  });

  it("lets the first match decide, but nothing returns from a directory that is left out", () => {
    expect(isOut("+ /a/keep\n- /a/*", "/a/keep")).toBe(false);
    expect(isOut("+ /a/keep\n- /a/*", "/a/other")).toBe(true);
    expect(isOut("+ /a/b/keep\n/a/", "/a/b/keep")).toBe(true);
  });

  it("knows comments, both line ends, a byte order mark and `!`", () => {
    const list = listOf("\uFEFF/gone\r\n!\r\n# no\r\n; no\r\n\r\n/there\r\n");
    expect(list.rules.map(({ line, pattern }) => [line, pattern])).toEqual([[6, "/there"]]);
  });

  it("compares without regard to case where Windows does", () => {
    expect(excludedBy(listOf("/PageFile.sys", true), "/PAGEFILE.SYS", "file")?.line).toBe(1);
    expect(isOut("/PageFile.sys", "/pagefile.sys")).toBe(false);
  });

  it.each([
    ["/ok\n- ", 2],
    [`/${"a".repeat(5000)}`, 1],
    ["/a\0b", 1],
  ])("refuses what it would misread, by line", (text, line) => {
    const read = parseExcludeList(text, { ignoresCase: false, fileName: "list.txt" });
    expect(read).toMatchObject({ ok: false, failure: { code: "input-invalid", context: { line } } });
  });

  it("is not slowed down by a hostile pattern", () => {
    expect(isOut("**a".repeat(1000) + "b", `/${"a".repeat(2000)}`)).toBe(false);
  });
});

describe("a line for one path", () => {
  const line = (path: string, kind: EntryKind, family: "linux" | "windows", root: string | null = null) =>
    excludeLine({ path, kind, family }, root);

  it("is relative to its volume", () => {
    expect(unwrap(line("/srv/big", "directory", "linux"))).toBe("/srv/big/");
    expect(unwrap(line("/data/x/y.bin", "file", "linux", "/data/"))).toBe("/x/y.bin");
    expect(unwrap(line("e:\\Logs\\Old", "directory", "windows", "E:"))).toBe("/Logs/Old/");
    expect(excludeListName("windows", 2)).toBe("rsync_excludes_win_disk2.txt");
  });

  it("leaves out that path alone, whatever characters it has", () => {
    for (const path of ["/a/[x]*?", "/a\\b", "/a\\b*", "/#notes"]) {
      const text = unwrap(line(path, "file", "linux"));
      expect(isOut(text, path)).toBe(true);
      expect(isOut(text, "/a/x-y")).toBe(false);
    }
  });

  it("refuses a path of another volume", () => {
    expect(line("/database/x", "file", "linux", "/data").ok).toBe(false);
    expect(line("D:\\x", "file", "windows").ok).toBe(false);
    expect(line("/a\nb", "file", "linux").ok).toBe(false);
  });
});

describe("the lists that are shipped", () => {
  const shipped = (family: "linux" | "windows"): ExcludeList => {
    const fileName = excludeListName(family, null);
    const path = join(resolve(import.meta.dirname, "../../../resources/excludes"), fileName);
    return unwrap(
      parseExcludeList(readFileSync(path, "utf8"), { ignoresCase: family === "windows", fileName }),
    );
  };

  it("leaves out Linux's virtual memory, caches, snapshots, cloud-init, leases and containers, nothing else", () => {
    const list = shipped("linux");
    const out = ["swapfile", "proc/1/maps", "var/cache/dnf/x", ".snapshots/1/snapshot/etc/passwd"].concat([
      "var/lib/cloud/instance",
      "etc/udev/rules.d/70-persistent-net.rules",
      "var/lib/docker/overlay2/x",
    ]);
    expect(out.filter((path) => excludedBy(list, path, "file") === null)).toEqual([]);
    const kept = [
      "etc/fstab",
      "home/a/proc/x",
      "var/lib/dockerish/x",
      "mnt/data/x",
      "var/tmp/x",
      "var/cache/app/x",
    ];
    expect(kept.filter((path) => excludedBy(list, path, "file") !== null)).toEqual([]);
    // Directories that a system mounts over must exist on the target.
    for (const path of ["proc", "sys", "dev", "run", "tmp", "var/run"])
      expect(excludedBy(list, path, "directory")).toBeNull();
  });

  it("leaves out Windows' virtual memory, shadow copies and temporary files, nothing else", () => {
    const list = shipped("windows");
    const out = ["PAGEFILE.SYS", "hiberfil.sys", "System Volume Information/x", "$RECYCLE.BIN/S-1/x"].concat([
      "windows/temp/x",
      "Users/a/AppData/Local/Temp/x",
    ]);
    expect(out.filter((path) => excludedBy(list, path, "file") === null)).toEqual([]);
    const kept = ["Windows/System32/ntdll.dll", "Users/a/Documents/Temp/x", "data/pagefile.sys"];
    expect(kept.filter((path) => excludedBy(list, path, "file") !== null)).toEqual([]);
  });
});
