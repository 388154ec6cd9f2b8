/** Where journeys run: a browser on `sma serve`, and the window (Electron, or its stand-in). Both with the real engine. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser } from "../../support/browser.ts";
import { startWindowApp } from "../../support/electron/window-app.ts";
import { until } from "../../support/local-source.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { startServe } from "../../support/serve-process.ts";

export interface JourneyHost {
  readonly kind: "serve" | "window";
  readonly page: Page;
  /** A second page on the same engine; null where there is one window only. */
  openSecond: ((hash: string) => Promise<Page>) | null;
  /** The engine ends as in a crash; null where that cannot be done from outside. */
  killEngine: (() => Promise<void>) | null;
  /** Has the engine there again: a window starts it by itself. */
  haveEngine(): Promise<void>;
  stop(): Promise<void>;
}

const patienceMs = 300_000;

export async function startBrowserHost(stateDirectory: string): Promise<JourneyHost> {
  let serve = await startServe(stateDirectory);
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  await page.goto(serve.link);
  await page.getByRole("navigation").waitFor();
  const { origin } = serve;
  let isGone = false;
  return {
    kind: "serve",
    page,
    async openSecond(hash) {
      const second = await context.newPage();
      // What it shows must be what the engine keeps, and not what the first page left in the browser.
      await second.addInitScript(() => window.localStorage.clear());
      await second.goto(`${origin}/${hash}`);
      return second;
    },
    async killEngine() {
      await serve.kill();
      isGone = true;
    },
    async haveEngine() {
      if (isGone) serve = await startServe(stateDirectory, Number(new URL(origin).port));
      isGone = false;
    },
    async stop() {
      await browser.close();
      await serve.stop();
    },
  };
}

export async function startWindowHost(stateDirectory: string): Promise<JourneyHost> {
  const built = spawnSync(process.execPath, [
    join(projectDirectory, "scripts/build-renderer.ts"),
    "--if-stale",
  ]);
  if (built.status !== 0) throw new Error(String(built.stderr));
  const app = await startWindowApp(stateDirectory);
  console.log(
    `the window runs on ${app.kind === "electron" ? "Electron" : "the stand-in for Electron (its program is not here)"}`,
  );
  const page = await app.firstPage();
  page.setDefaultTimeout(patienceMs);
  // The stand-in heeds no size; the window's own is this one.
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("navigation").waitFor();
  const engines = () => app.messages.filter(({ type }) => type === "engine");
  let before = 0;
  return {
    kind: "window",
    page,
    openSecond: null,
    killEngine:
      app.kind === "electron"
        ? null
        : () => {
            before = engines().length;
            process.kill(Number(engines().at(-1)?.["pid"]), "SIGKILL");
            return Promise.resolve();
          },
    haveEngine: () => until(() => app.kind === "electron" || engines().length > before),
    stop: () => app.close(),
  };
}
