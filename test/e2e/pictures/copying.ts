/**
 * Pictures of a real copy of a large disk while it runs, with its block map: `node test/e2e/pictures/copying.ts
 * [FOLDER] [--gib 512] [--limit 24mbit] [--sizes 1280x800,1920x1080]`. The disk is a sparse file; a limit keeps the copy slow enough to
 * be looked at.
 */
import { randomFillSync } from "node:crypto";
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launchBrowser } from "../../support/browser.ts";
import { untilCopied } from "../../support/kill-cases.ts";
import { startLocalSource } from "../../support/local-source.ts";
import { startServe } from "../../support/serve-process.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gib: { type: "string", default: "512" },
    limit: { type: "string", default: "24mbit" },
    sizes: { type: "string", default: "1280x800,1920x1080" },
  },
});
const folder = positionals[0] ?? "test-results/pictures";
const mebibyte = 1024 ** 2;

/** A disk with something here and there, and nothing in most of it. */
function makeDisk(path: string, gib: number): void {
  const file = openSync(path, "w");
  const sizeBytes = gib * 1024 ** 3;
  ftruncateSync(file, sizeBytes);
  const block = Buffer.alloc(4 * mebibyte);
  // Closer together at the beginning, where the copy is first.
  for (let piece = 0; piece < 40; piece += 1) {
    const offset = Math.floor(((piece / 40) ** 2 * sizeBytes) / block.length) * block.length;
    const parts = 2 + ((piece * 5) % 7);
    for (let part = 0; part < parts; part += 1)
      writeSync(file, randomFillSync(block), 0, block.length, offset + part * block.length);
  }
  closeSync(file);
}

mkdirSync(folder, { recursive: true });
const source = await startLocalSource();
const assistant = await source.newAssistant();
const disk = join(source.directory, "large.raw");
makeDisk(disk, Number(values.gib));
const copying = assistant.start(assistant.migrateArguments(disk, ["--limit", values.limit, "--all-blocks"]));
const serve = await startServe(assistant.stateDirectory);
const browser = await launchBrowser();
try {
  const job = await untilCopied(assistant, 0.0005);
  const page = await browser.newPage({ locale: "en" });
  await page.goto(serve.link);
  await page.getByRole("navigation").waitFor();
  await page.goto(`${serve.origin}/#/jobs/${job}`);
  await page.locator(".block-map canvas").waitFor({ timeout: 120_000 });
  // Until there is a chart to see.
  await page.waitForTimeout(20_000);
  for (const size of values.sizes.split(",")) {
    const [width = 1280, height = 800] = size.split("x").map(Number);
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `job-copying-en-light-${size}.png`) });
  }
} finally {
  await browser.close();
  copying.child.kill("SIGTERM");
  await copying.result;
  await serve.stop();
  for (const { id } of await assistant.ask("job.list", {}))
    await assistant.run(["job", "cancel", id, "--yes"]);
  await source.stop();
}
