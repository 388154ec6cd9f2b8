/**
 * Takes a picture of every screen from a real engine with a seeded state: `node test/e2e/pictures/take.ts [FOLDER]
 * [--screens start,jobs] [--languages en,ja] [--themes light] [--sizes 1280x800]
 * [--forced-colors]`. Looks for accessibility violations, console errors, and pages that overhang a narrow window on
 * the way; exit code 1 where there are any.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { overhangWhenNarrow } from "../../support/overhang.ts";
import { startRecordedSource } from "../../support/recorded-source.ts";
import { startSma } from "../../support/run-sma.ts";
import { bundleOf } from "./bundles.ts";
import { nameOfFirstSource, seedState } from "./seed.ts";
import { call, shots } from "./shots.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    screens: { type: "string" },
    languages: { type: "string", default: "en,ja,zh-CN" },
    themes: { type: "string", default: "light,dark" },
    sizes: { type: "string", default: "1280x800,1920x1080" },
    sources: { type: "string", default: "1000" },
    assessed: { type: "string", default: "40" },
    running: { type: "string", default: "50" },
    "forced-colors": { type: "boolean", default: false },
    port: { type: "string", default: "0" },
    stay: { type: "boolean", default: false },
  },
});
const folder = positionals[0] ?? "test-results/pictures";

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

async function reportViolations(page: Page, place: string): Promise<void> {
  for (const violation of await violationsOf(page)) {
    problems += 1;
    const where = violation.nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${html}\n${failureSummary ?? ""}`);
    process.stdout.write(`axe: ${place}: ${violation.id}\n  ${where.join("\n  ")}\n`);
  }
}

/** The language and theme, as the settings change them under the page that is open. */
async function wear(page: Page, language: string, theme: string): Promise<void> {
  await call(page, "settings.set", { language, theme });
  await page.waitForFunction(
    ([language, theme]) =>
      document.documentElement.lang === language &&
      document.documentElement.dataset["mantineColorScheme"] === theme,
    [language, theme],
  );
}

let problems = 0;
const stateDirectory = mkdtempSync(join(tmpdir(), "sma-pictures-"));
mkdirSync(folder, { recursive: true });
const recorded = await startRecordedSource(bundleOf(0, nameOfFirstSource));
const state = seedState(stateDirectory, {
  answering: recorded.address,
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
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--font-render-hinting=none"],
});
try {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    forcedColors: values["forced-colors"] ? "active" : "none",
  });
  // The picture is of the page, not of the checker: only the checker needs what the policy forbids.
  const page = await context.newPage();
  // A busy machine takes its time; a picture is worth waiting for.
  page.setDefaultTimeout(180_000);
  page.on("console", (message) => {
    // The page that signs the browser in has no icon of its own.
    if (message.type() !== "error" || message.location().url.endsWith("/favicon.ico")) return;
    problems += 1;
    process.stdout.write(`console: ${message.text()} ${message.location().url}\n`);
  });
  page.on("pageerror", (error) => {
    problems += 1;
    process.stdout.write(`page error: ${error.stack ?? error.message}\n`);
  });
  await page.goto(link);
  await page.waitForSelector("#content");
  const origin = new URL(page.url()).origin;
  const wanted = values.screens?.split(",");
  const languages = values.languages.split(",");
  const themes = values.themes.split(",");
  const sizes = values.sizes.split(",").map((size) => {
    const [width = 1280, height = 800] = size.split("x").map(Number);
    return { width, height };
  });
  for (const [at, source] of state.sources.slice(0, Number(values.assessed)).entries()) {
    await call(page, "bundle.import", {
      name: `${source.name}.json`,
      text: bundleOf(at, source.name),
      source: source.id,
    });
  }
  const [firstLanguage = "en"] = languages;
  for (const shot of shots) {
    if (wanted !== undefined && !wanted.includes(shot.name)) continue;
    await wear(page, firstLanguage, themes[0] ?? "light");
    await page.setViewportSize(sizes[0] ?? { width: 1280, height: 800 });
    await page.goto(`${origin}/${shot.hash(state)}`);
    await page.reload();
    await page.waitForSelector("#page-title");
    await page.waitForTimeout(500);
    await shot.act?.(page, state);
    // The rest is changed in place, as a person's own change of language, theme and window is.
    for (const language of languages) {
      for (const theme of themes) {
        await wear(page, language, theme);
        for (const { width, height } of sizes) {
          await page.setViewportSize({ width, height });
          await page.waitForTimeout(250);
          const name = `${shot.name}-${language}-${theme}-${width}x${height}.png`;
          await page.screenshot({ path: join(folder, name) });
        }
        // The checker does not know of colours that a system forces.
        if (language === firstLanguage && !values["forced-colors"])
          await reportViolations(page, `${shot.name} ${theme}`);
      }
      const overhang = await overhangWhenNarrow(page);
      if (overhang === null) continue;
      problems += 1;
      process.stdout.write(`too wide: ${shot.name} ${language}: ${overhang}\n`);
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
  await recorded.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
}
process.exitCode = problems === 0 ? 0 : 1;
