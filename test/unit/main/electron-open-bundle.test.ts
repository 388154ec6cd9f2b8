import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ok } from "../../../common/result.ts";
import { openBundle } from "../../../main/electron/open-bundle.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sma-open-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** What the engine is asked to import. */
function open(path: string) {
  const asked: unknown[] = [];
  const engine = {
    call(_name: string, input: unknown) {
      asked.push(input);
      return { result: Promise.resolve(ok(null)), cancel: () => undefined };
    },
  };
  return { asked, opened: openBundle(path, engine as unknown as Parameters<typeof openBundle>[1]) };
}

it("a bundle's bytes reach the engine as they are", async () => {
  const path = join(folder, "web1.sma-bundle");
  writeFileSync(path, Buffer.from([0, 255, 10]));
  const { asked, opened } = open(path);
  expect(await opened).toMatchObject({ ok: true });
  expect(asked).toEqual([{ name: "web1.sma-bundle", text: "AP8K", encoding: "base64" }]);
});

it("a pipe, a folder and nothing are refused at once, and the engine is not asked", async () => {
  const pipe = join(folder, "pipe.sma-bundle");
  execFileSync("mkfifo", [pipe]);
  for (const path of [pipe, folder, join(folder, "none.sma-bundle")]) {
    const { asked, opened } = open(path);
    expect(await opened).toMatchObject({ ok: false, failure: { context: { path } } });
    expect(asked).toEqual([]);
  }
});
