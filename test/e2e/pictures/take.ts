/**
 * Takes a picture of every screen from a real engine with a seeded state: `node test/e2e/pictures/take.ts [FOLDER]
 * [--screens start,jobs] [--languages en,ja] [--themes light] [--sizes 1280x800]`. Looks for accessibility violations
 * and console errors on the way; exit code 1 where there are any.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { startSma } from "../../support/run-sma.ts";
import { seedState, type SeededState } from "./seed.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    screens: { type: "string" },
    languages: { type: "string", default: "en,ja,zh-CN" },
    themes: { type: "string", default: "light,dark" },
    sizes: { type: "string", default: "1280x800,1920x1080" },
    sources: { type: "string", default: "1000" },
    running: { type: "string", default: "50" },
    port: { type: "string", default: "0" },
    stay: { type: "boolean", default: false },
  },
});
const folder = positionals[0] ?? "test-results/pictures";

interface Shot {
  readonly name: string;
  hash(state: SeededState): string;
  /** What a person would do before looking. */
  readonly act?: (page: Page, state: SeededState) => Promise<void>;
}

const shots: readonly Shot[] = [
  { name: "start", hash: () => "#/start" },
  { name: "jobs", hash: () => "#/jobs" },
];

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeViolation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

async function violationsOf(page: Page): Promise<readonly AxeViolation[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
  );
  return (found as AxeViolation[]).filter(({ impact }) => impact === "serious" || impact === "critical");
}

const stateDirectory = mkdtempSync(join(tmpdir(), "sma-pictures-"));
mkdirSync(folder, { recursive: true });
const state = seedState(stateDirectory, {
  sources: Number(values.sources),
  running: Number(values.running),
  finished: 12,
});
const timer = setInterval(() => state.tick(), 1000);
const sma = startSma(["serve", "--json", "--port", values.port], { stateDirectory });
const link = await new Promise<string>((resolve, reject) => {
  let text = "";
  sma.child.stdout?.on("data", (part: string) => {
    text += part;
    const found = /"link":\s*"([^"]+)"/.exec(text)?.[1];
    if (found !== undefined) resolve(found);
  });
  void sma.result.then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)));
});
let problems = 0;
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--font-render-hinting=none"],
});
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // The picture is of the page, not of the checker: only the checker needs what the policy forbids.
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    problems += 1;
    process.stdout.write(`console: ${message.text()}\n`);
  });
  page.on("pageerror", (error) => {
    problems += 1;
    process.stdout.write(`page error: ${error.stack ?? error.message}\n`);
  });
  await page.goto(link);
  await page.waitForSelector("#content");
  const origin = new URL(page.url()).origin;
  const wanted = values.screens?.split(",");
  for (const size of values.sizes.split(",")) {
    const [width = 1280, height = 800] = size.split("x").map(Number);
    await page.setViewportSize({ width, height });
    for (const language of values.languages.split(",")) {
      for (const theme of values.themes.split(",")) {
        await page.evaluate(
          (text) => localStorage.setItem("sma.preferences", text),
          JSON.stringify({ language, theme }),
        );
        for (const shot of shots) {
          if (wanted !== undefined && !wanted.includes(shot.name)) continue;
          await page.goto(`${origin}/${shot.hash(state)}`);
          await page.reload();
          await page.waitForSelector("#page-title");
          await page.waitForTimeout(500);
          await shot.act?.(page, state);
          await page.waitForTimeout(250);
          await page.screenshot({ path: join(folder, `${shot.name}-${language}-${theme}-${size}.png`) });
          for (const violation of await violationsOf(page)) {
            problems += 1;
            const where = violation.nodes
              .slice(0, 3)
              .map(({ html, failureSummary }) => `${html}\n${failureSummary ?? ""}`);
            process.stdout.write(`axe: ${shot.name} ${theme}: ${violation.id}\n  ${where.join("\n  ")}\n`);
          }
        }
      }
    }
  }
  if (values.stay) {
    process.stdout.write(`${origin}\n`);
    await new Promise((resolve) => process.once("SIGINT", resolve));
  }
} finally {
  clearInterval(timer);
  await browser.close();
  sma.child.kill("SIGTERM");
  await sma.result;
  state.close();
  rmSync(stateDirectory, { recursive: true, force: true });
}
process.exitCode = problems === 0 ? 0 : 1;
