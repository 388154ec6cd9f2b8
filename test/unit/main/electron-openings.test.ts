import { describe, expect, it } from "vitest";
import { openingsIn } from "../../../main/electron/openings.ts";

const bundle = (path: string) => ({ kind: "bundle", path });

describe("what the desktop asks to be opened", () => {
  it.each([
    ["a path", "/mnt/stick/web1.sma-bundle", bundle("/mnt/stick/web1.sma-bundle")],
    [
      "a path from where the program was started",
      "stick/web1.SMA-BUNDLE",
      bundle("/home/ops/stick/web1.SMA-BUNDLE"),
    ],
    ["an address", "file:///mnt/my%20stick/web1.sma-bundle", bundle("/mnt/my stick/web1.sma-bundle")],
    ["a link", "sma://job/0123abcd", { kind: "place", place: "/jobs/0123abcd" }],
  ])("is %s", (_what, word, opening) => expect(openingsIn([word], "/home/ops")).toEqual([opening]));

  it.each([
    "file://elsewhere/share/web1.sma-bundle",
    "https://evil.example/web1.sma-bundle?x",
    "--user-data-dir=/tmp/x.sma-bundle",
    "/etc/passwd",
    "sma://settings/x",
    ".",
  ])("is not %s", (word) => expect(openingsIn([word], "/home/ops")).toEqual([]));

  it("may be several things at once, in their order", () => {
    const words = ["--flag", "a.sma-bundle", "sma://job/1", "b.sma-bundle"];
    expect(openingsIn(words, "/x")).toEqual([
      bundle("/x/a.sma-bundle"),
      { kind: "place", place: "/jobs/1" },
      bundle("/x/b.sma-bundle"),
    ]);
  });
});
