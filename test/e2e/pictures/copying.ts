/**
 * Pictures of a real copy of a large disk while it runs, with its block map: `node test/e2e/pictures/copying.ts
 * [FOLDER] [--gib 512] [--sizes 1280x800,1920x1080]`. The disk is a sparse file; a limit keeps the copy slow enough to
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
  for (const share of [0, 0.002, 0.004, 0.006, 0.01, 0.012, 0.02, 0.021, 0.03, 0.031, 0.04, 0.05]) {
    const offset = Math.floor((share * sizeBytes) / block.length) * block.length;
    for (let part = 0; part < 4; part += 1)
      writeSync(file, randomFillSync(block), 0, block.length, offset + part * block.length);
  }
  closeSync(file);
}

mkdirSync(folder, { recursive: true });
const source = await startLocalSource();
const assistant = await source.newAssistant();
const disk = join(source.directory, "large.raw");
makeDisk(disk, Number(values.gib));
const copying = assistant.start(assistant.migrateArguments(disk, ["--limit", "24mbit", "--all-blocks"]));
const serve = await startServe(assistant.stateDirectory);
const browser = await launchBrowser();
try {
  const job = await untilCopied(assistant, 0.005);
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
  await source.stop();
}
