import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { projectDirectory } from "../../support/run-sma.ts";

const screens = join(projectDirectory, "dist", "renderer");

async function build(...words: readonly string[]): Promise<{ status: unknown; said: string }> {
  const child = spawn(process.execPath, [join(projectDirectory, "scripts/build-renderer.ts"), ...words], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
  const [status] = (await once(child, "close")) as [unknown];
  return { status, said };
}

it("of several builders one builds, the others wait, and the screens are whole all the time", async () => {
  await build("--if-stale");
  const done = new AbortController();
  let gone = 0;
  const watching = (async () => {
    while (!done.signal.aborted) {
      // Between two renames is a moment that a reader can hit; one that lasts is a folder that is being emptied.
      if (!existsSync(join(screens, "index.html"))) {
        await sleep(50);
        if (!existsSync(join(screens, "index.html"))) gone += 1;
      }
      await sleep(5);
    }
  })();
  rmSync(`${screens}.stamp`, { force: true });
  const builds = await Promise.all([build("--if-stale"), build("--if-stale"), build("--if-stale")]);
  done.abort();
  await watching;
  expect(
    builds.map(({ status }) => status),
    JSON.stringify(builds),
  ).toEqual([0, 0, 0]);
  expect(builds.filter(({ said }) => said.includes("building the screens")).length).toBeLessThanOrEqual(1);
  expect(gone).toBe(0);
  const page = readFileSync(join(screens, "index.html"), "utf8");
  for (const [, asset = ""] of page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g))
    expect(existsSync(join(screens, asset)), asset).toBe(true);
});
