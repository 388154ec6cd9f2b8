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
import { startRecordedSource } from "../../support/recorded-source.ts";
import { startSma } from "../../support/run-sma.ts";
import { emptyDraft, type WizardDraft } from "../../../renderer/store/wizard-draft.ts";
import { bundleOf } from "./bundles.ts";
import { nameOfFirstSource, seedState, type SeededState } from "./seed.ts";

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

const click = (page: Page, selector: string) => page.locator(selector).first().click();

const shots: readonly Shot[] = [
  { name: "start", hash: () => "#/start" },
  { name: "sources", hash: () => "#/sources" },
  {
    name: "sources-grouped",
    hash: () => "#/sources",
    async act(page) {
      await page.locator(".table-frame select").selectOption("tag");
      for (const at of [0, 1, 2]) await page.locator(".table-line [type=checkbox]").nth(at).check();
    },
  },
  { name: "source", hash: () => "#/sources", act: (page) => click(page, ".table-line[tabindex]") },
  { name: "source-add", hash: () => "#/sources", act: (page) => click(page, ".page-head button:last-child") },
  {
    name: "source-import",
    hash: () => "#/sources",
    async act(page) {
      await click(page, ".page-head button:nth-last-child(2)");
      await page.locator("textarea").fill(importedList);
      await click(page, '[role="dialog"] button[data-variant="filled"]');
      await page.waitForSelector(".import-lines .table-line");
    },
  },
  {
    name: "manual",
    hash: () => "#/sources",
    act: (page) => click(page, ".page-head button:nth-last-child(3)"),
  },
  { name: "compatibility", hash: () => "#/compatibility" },
  {
    name: "assessment",
    hash: (state) => `#/compatibility/${state.assessedSource}`,
    act: (page) => click(page, ".pieces-table .text-button"),
  },
  { name: "wizard-source", hash: () => "#/wizard", act: (page, state) => fillWizard(page, state, "source") },
  { name: "wizard-check", hash: () => "#/wizard", act: (page, state) => fillWizard(page, state, "check") },
  { name: "wizard-target", hash: () => "#/wizard", act: (page, state) => fillWizard(page, state, "target") },
  { name: "wizard-plan", hash: () => "#/wizard", act: (page, state) => fillWizard(page, state, "plan") },
  { name: "wizard-review", hash: () => "#/wizard", act: (page, state) => fillWizard(page, state, "review") },
  {
    name: "wizard-target-host",
    hash: () => "#/wizard",
    act: (page, state) =>
      fillWizard(page, state, "target", {
        targetKind: "ssh-host",
        targetHost: state.sources[4]?.id ?? "",
        directory: "/srv/replicas",
      }),
  },
  {
    name: "wizard-plan-files",
    hash: () => "#/wizard",
    async act(page, state) {
      await fillWizard(page, state, "plan", { replication: "file", layouts: layoutsOf(state) });
      await page.waitForSelector(".planned-bar");
      await page.locator(".planned-disk").first().scrollIntoViewIfNeeded();
    },
  },
  {
    name: "wizard-excludes",
    hash: () => "#/wizard",
    async act(page, state) {
      await fillWizard(page, state, "plan", {
        replication: "file",
        excludes: [{ mountPoint: "/srv/data", text: "/cache/*\n*.iso\n- \n" }],
      });
      await page.waitForSelector(".planned-bar");
      await page.locator("fieldset textarea").last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: "wizard-review-files",
    hash: () => "#/wizard",
    async act(page, state) {
      // The layout is asked for on the plan.
      await fillWizard(page, state, "plan", { replication: "file", layouts: layoutsOf(state) });
      await page.waitForSelector(".planned-bar");
      await page.locator(".wizard-step").last().click();
      await page.waitForTimeout(600);
    },
  },
  {
    name: "wizard-review-many",
    hash: () => "#/wizard",
    act: (page, state) =>
      fillWizard(page, state, "review", { sources: state.sources.slice(0, 30).map(({ id }) => id) }),
  },
  {
    name: "wizard-templates",
    hash: () => "#/wizard",
    async act(page, state) {
      for (const name of ["Linux, nightly", "Windows 2016 to KVM"])
        await call(page, "wizard.template.save", { name, plan: { isIncremental: true } });
      await fillWizard(page, state, "plan");
      await click(page, ".page-head button");
      await page.locator('[role="menuitem"]').last().click();
    },
  },
  {
    name: "assessment-files",
    hash: (state) => `#/compatibility/${state.assessedSource}`,
    async act(page) {
      await page.locator(".mantine-SegmentedControl-label").last().click();
      await page.locator(".planned-bar").first().waitFor();
      await page.locator(".planned-bar").first().scrollIntoViewIfNeeded();
    },
  },
  { name: "jobs", hash: () => "#/jobs" },
  {
    name: "job-running",
    hash: (state) => `#/jobs/${state.runningJob}`,
    // Until there is a chart to see.
    act: (page) => page.waitForTimeout(20_000),
  },
  { name: "job-failed", hash: (state) => `#/jobs/${state.failedJob}` },
  { name: "job-finished", hash: (state) => `#/jobs/${state.finishedJob}` },
  {
    name: "job-remove",
    hash: (state) => `#/jobs/${state.failedJob}`,
    act: (page) => click(page, ".page-head button:last-child"),
  },
  { name: "cutover", hash: () => "#/cutover" },
  { name: "job-cutover", hash: (state) => `#/cutover/${state.finishedJob}` },
  { name: "settings", hash: () => "#/settings" },
  { name: "shortcuts", hash: () => "#/start", act: (page) => page.keyboard.press("?") },
];

const importedList = `name,host,port,user,tags
web-900,10.9.0.1,22,root,web
web-901,10.9.0.2,99999,root,web
web-902,not a host,22,root,web
web-900,10.9.0.1,22,root,web
<b>bold</b>,10.9.0.4,22,root,web
`;

/** The wizard as it stands after some steps, by way of the draft that it keeps. */
async function fillWizard(
  page: Page,
  state: SeededState,
  step: WizardDraft["step"],
  more: Partial<WizardDraft> = {},
): Promise<void> {
  const draft: WizardDraft = {
    ...emptyDraft,
    step,
    sources: [state.assessedSource],
    isIncremental: true,
    ...more,
  };
  await call(page, "wizard.draft.set", { draft });
  await page.reload();
  await page.waitForSelector(".wizard-heading");
  await page.waitForTimeout(600);
}

/** One partition that grew, one that is too small, one that went into another. */
const layoutsOf = (state: SeededState): WizardDraft["layouts"] => ({
  [state.assessedSource]: [
    { partition: "/", size: "30 GiB", filesystem: "ext4", joined: false },
    { partition: "/boot", size: "", filesystem: null, joined: true },
  ],
});

/** Asks the engine as the page would. */
async function call(page: Page, name: string, input: unknown): Promise<void> {
  const answer = await page.evaluate(
    async ({ name, input }) => {
      const response = await fetch(`/api/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(input),
      });
      return (await response.json()) as { ok: boolean };
    },
    { name, input },
  );
  if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`);
}

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
let problems = 0;
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--font-render-hinting=none"],
});
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
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
  for (const [at, source] of state.sources.slice(0, Number(values.assessed)).entries()) {
    await call(page, "bundle.import", {
      name: `${source.name}.json`,
      text: bundleOf(at, source.name),
      source: source.id,
    });
  }
  for (const size of values.sizes.split(",")) {
    const [width = 1280, height = 800] = size.split("x").map(Number);
    await page.setViewportSize({ width, height });
    for (const language of values.languages.split(",")) {
      for (const theme of values.themes.split(",")) {
        await call(page, "settings.set", { language, theme });
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
  await recorded.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
}
process.exitCode = problems === 0 ? 0 : 1;
