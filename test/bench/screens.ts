/**
 * `node test/bench/screens.ts [--json]`: what the screens cost with 1,000 sources and 1,000 jobs of which 50 run and
 * tell ten times a second. The pages, the engine and its state are the real ones; the running jobs' events are made in
 * the page, at the border to the engine, so that an hour of them fits into a minute.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Browser, type Page } from "playwright-core";
import type { PreloadApi } from "../../common/api/bridge.ts";
import { formatTable } from "../../main/cli/format.ts";
import { seedState } from "../e2e/pictures/seed.ts";
import { startServe } from "../support/serve-process.ts";

/** What the init script leaves on the page for the measurement. */
interface BenchWindow {
  sma: PreloadApi;
  benchUsefulMs: number | null;
  benchTell(jobs: readonly string[], atMs: number, withLog: boolean): void;
}

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const loadBefore = loadavg()[0] ?? 0;
const rows: [what: string, value: string, target: string][] = [];
const add = (what: string, value: string, target: string) => {
  rows.push([what, value, target]);
  process.stderr.write(`  ${what}: ${value}\n`);
};

/** Stands for the engine's events; calls go to the real one. Runs in the page, before its own scripts. */
function standAtTheBorder(): void {
  const bench = window as unknown as BenchWindow;
  let listener: (frame: unknown) => void = () => undefined;
  let seq = 0;
  bench.sma = {
    host: "electron",
    async call(_id, name, input) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`/api/${name}`, { method: "POST", headers, body: JSON.stringify(input) });
      return answer.json();
    },
    cancel: () => undefined,
    follow(_position, given) {
      listener = given;
      listener({ type: "hello", engine: "bench", seq: 0, resync: true });
      return () => undefined;
    },
  };
  bench.benchTell = (jobs, atMs, withLog) => {
    const total = 60 * 1024 ** 3;
    const events = jobs.flatMap((job, index) => {
      const rate = (40 + (index % 7) * 10 + 5 * Math.sin(atMs / 5000 + index)) * 1024 ** 2;
      const done = Math.min(total, (atMs / 1000) * rate) % total;
      const progress = {
        run: 1,
        step: "sync",
        phase: "syncing",
        note: "copying",
        done,
        total,
        unit: "bytes",
        round: 1,
        ratePerSecond: rate,
        etaSeconds: (total - done) / rate,
        etaIntervalSeconds: null,
        bottleneck: "network",
        stages: null,
        savings: null,
        at: new Date(atMs).toISOString(),
      };
      const entry = {
        seq: 1_000_000 + seq + index,
        run: 1,
        at: progress.at,
        level: "info",
        message: "the sync goes on",
        said: { kind: "sync-goes-on" },
        context: {},
      };
      return [{ type: "job-progress", job, progress }, ...(withLog ? [{ type: "job-log", job, entry }] : [])];
    });
    listener({ type: "events", events: events.map((event) => ({ seq: ++seq, event })) });
  };
}

/** Notes when the page first shows what somebody came for. Runs in the page, before its own scripts. */
function watchFirstPaint(): void {
  const bench = window as unknown as BenchWindow;
  bench.benchUsefulMs = null;
  const watch = new MutationObserver(() => {
    if (bench.benchUsefulMs !== null || document.querySelector(".figure, .table-line[tabindex]") === null)
      return;
    bench.benchUsefulMs = performance.now();
    watch.disconnect();
  });
  watch.observe(document, { childList: true, subtree: true });
}

interface TraceEvent {
  readonly name: string;
  readonly tid: number;
  readonly pid: number;
  readonly dur?: number;
  /** Microseconds of the processor, which other programs of the machine do not lengthen. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

interface Tasks {
  readonly wallMs: readonly number[];
  readonly processorMs: readonly number[];
}

/** The tasks of the page's main thread while `act` goes on beside 50 jobs that tell ten times a second. */
async function tasksDuring(page: Page, jobs: readonly string[], act: () => Promise<void>): Promise<Tasks> {
  await page.evaluate((running) => {
    const bench = window as unknown as BenchWindow;
    let at = Date.now();
    const timer = setInterval(() => bench.benchTell(running, (at += 100), false), 100);
    Object.assign(window, { benchStop: () => clearInterval(timer) });
  }, jobs);
  await page.waitForTimeout(2_000);
  const chromium = page.context().browser();
  await chromium?.startTracing(page, { categories: ["disabled-by-default-devtools.timeline", "toplevel"] });
  await act();
  const trace = (await chromium?.stopTracing()) ?? Buffer.from("{}");
  await page.evaluate(() => (window as unknown as { benchStop(): void }).benchStop());
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: readonly TraceEvent[] };
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = traceEvents.filter(({ name, pid, tid }) => name === "RunTask" && mains.has(`${pid} ${tid}`));
  return {
    wallMs: tasks.map(({ dur = 0 }) => dur / 1000),
    processorMs: tasks.map(({ tdur = 0 }) => tdur / 1000),
  };
}

/** `2, the longest 61 ms`, of the tasks that took longer than 50 ms. */
function longOf(tasks: readonly number[]): string {
  const long = tasks.filter((ms) => ms > 50).length;
  return `${long === 0 ? "none" : long}, the longest ${Math.max(0, ...tasks).toFixed(0)} ms`;
}

async function scrollAndType(page: Page): Promise<void> {
  const table = page.locator(".table-scroll");
  await table.hover();
  for (let turn = 0; turn < 80; turn += 1) {
    await page.mouse.wheel(0, turn < 60 ? 900 : -1500);
    await page.waitForTimeout(50);
  }
  const filter = page.locator("input[data-filter]");
  await filter.click();
  await page.keyboard.type("web-01", { delay: 120 });
  for (let turn = 0; turn < 6; turn += 1) await page.keyboard.press("Backspace", { delay: 120 });
}

async function heapMib(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  await devtools.detach();
  return usedSize / 1024 ** 2;
}

const stateDirectory = mkdtempSync(join(tmpdir(), "sma-bench-screens-"));
const state = seedState(stateDirectory, { sources: 1_000, running: 50, finished: 947 });
const leases = setInterval(() => state.tick(), 1_000);
const serve = await startServe(stateDirectory);
let browser: Browser | undefined;
try {
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(serve.link);
  await page.locator("#content").waitFor();
  await page.addInitScript(watchFirstPaint);

  const paints: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    await page.goto("about:blank");
    await page.goto(`${serve.origin}/#/start`);
    await page.waitForFunction(() => (window as unknown as BenchWindow).benchUsefulMs !== null);
    paints.push(await page.evaluate(() => (window as unknown as BenchWindow).benchUsefulMs ?? Infinity));
  }
  paints.sort((a, b) => a - b);
  add(
    "first useful paint, median of 5 (best)",
    `${paints[2]?.toFixed(0)} ms (${paints[0]?.toFixed(0)} ms)`,
    "under 1,000 ms",
  );

  await page.addInitScript(standAtTheBorder);
  for (const screen of ["sources", "jobs"]) {
    await page.goto("about:blank");
    await page.goto(`${serve.origin}/#/${screen}`);
    await page.locator(".table-line[tabindex]").first().waitFor();
    const tasks = await tasksDuring(page, state.runningJobs, () => scrollAndType(page));
    add(`${screen}: tasks over 50 ms of processor time`, longOf(tasks.processorMs), "none");
    add(`${screen}: tasks over 50 ms on the clock`, longOf(tasks.wallMs), "none on a quiet machine");
  }

  await page.goto("about:blank");
  await page.goto(`${serve.origin}/#/jobs/${state.runningJob}`);
  await page.locator(".phases").waitFor();
  add("heap at the start, a job open", `${(await heapMib(page)).toFixed(0)} MiB`, "");
  // An hour of ten a second: of what comes within one frame only the last can be seen, so it is told frame by frame.
  await page.evaluate(async (running) => {
    const bench = window as unknown as BenchWindow;
    const begun = Date.now();
    for (let second = 0; second < 3_600; second += 1) {
      for (let tenth = 0; tenth < 10; tenth += 1)
        bench.benchTell(running, begun + second * 1_000 + tenth * 100, tenth === 0 && second % 10 === 0);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, state.runningJobs);
  add("heap after an hour of 50 running jobs", `${(await heapMib(page)).toFixed(0)} MiB`, "under 200 MiB");
} finally {
  clearInterval(leases);
  await browser?.close();
  await serve.stop();
  state.close();
  rmSync(stateDirectory, { recursive: true, force: true });
}
process.stdout.write(
  values.json
    ? `${JSON.stringify({ loadBefore, rows }, null, 2)}\n`
    : `${formatTable([["", "measured", "target"], ...rows]).join("\n")}\nload average before: ${loadBefore.toFixed(1)}\n`,
);
