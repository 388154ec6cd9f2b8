import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreloadApi } from "../../../common/api/bridge.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { startWindowApp, type WindowApp } from "../../support/electron/window-app.ts";

declare global {
  interface Window {
    readonly sma?: PreloadApi;
  }
}

const stateDirectory = mkdtempSync(join(tmpdir(), "sma-window-"));
let app: WindowApp;
let page: Page;

beforeAll(async () => {
  const built = spawnSync(process.execPath, [
    join(projectDirectory, "scripts/build-renderer.ts"),
    "--if-stale",
  ]);
  if (built.status !== 0) throw new Error(String(built.stderr));
  app = await startWindowApp(stateDirectory);
  console.log(
    `the window runs on ${app.kind === "electron" ? "Electron" : "the stand-in for Electron (its program is not here)"}`,
  );
  page = await app.firstPage();
});
afterAll(async () => {
  await app?.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

/** Runs in the page, with the one thing that the preload gives it. */
const call = (name: string, input: object) =>
  page.evaluate(
    ([name, input]) => window.sma?.call((1000 + Math.random() * 1e6) | 0, name as string, input),
    [name, input] as const,
  );

describe("the window", () => {
  it("gives its page one frozen namespace and nothing of Node or Electron", async () => {
    await page.waitForFunction(() => window.sma !== undefined);
    const seen = await page.evaluate(() => ({
      keys: Object.keys(window.sma ?? {}).toSorted(),
      isFrozen: Object.isFrozen(window.sma),
      reach: ["require", "process", "module", "Buffer", "electron"].filter((name) => name in window),
    }));
    expect(seen).toEqual({ keys: ["call", "cancel", "follow", "host"], isFrozen: true, reach: [] });
  });

  it("runs procedures in the engine's process, and refuses what is none", async () => {
    expect(await call("source.list", {})).toEqual({ ok: true, value: [] });
    expect(await call("source.test", { source: 7 })).toMatchObject({
      ok: false,
      failure: { code: "input-invalid" },
    });
    expect(await call("job.run", { job: "x" })).toMatchObject({ ok: false, failure: { code: "not-found" } });
    expect(await call("x".repeat(100), {})).toMatchObject({ ok: false, failure: { code: "input-invalid" } });
  });

  it("shows the app, with the engine's events arriving in it", async () => {
    await page.getByRole("navigation").first().waitFor();
    await call("source.import", { text: "root@192.0.2.1 <b>bold</b>", format: "lines" });
    const listed = (await call("source.list", {})) as { value: { name: string }[] };
    expect(listed.value.map(({ name }) => name)).toEqual(["<b>bold</b>"]);
  });

  it("stays on its own pages", async () => {
    await page.evaluate(() => {
      window.location.href = "https://evil.example/";
    });
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => document.querySelector("#root") !== null)).toBe(true);
    await page.evaluate(() => void window.open("https://evil.example/"));
    await expect.poll(() => app.pages().length).toBe(1);
  });

  it("loads nothing that the policy forbids", async () => {
    const problems: string[] = [];
    page.on("console", (message) => {
      if (/content security policy/i.test(message.text())) problems.push(message.text());
    });
    await page.reload();
    await page.getByRole("navigation").first().waitFor();
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.head.append(script);
      return "injected" in window;
    });
    expect(ran).toBe(false);
    expect(problems.filter((text) => !/inline script/i.test(text))).toEqual([]);
  });

  it("goes on when the engine dies: says so, starts it again, loses nothing", async () => {
    if (app.kind === "electron") return;
    const engines = () => app.messages.filter(({ type }) => type === "engine");
    const before = engines().length;
    process.kill(Number(engines().at(-1)?.["pid"]), "SIGKILL");
    await expect.poll(() => engines().length, { timeout: 30_000 }).toBe(before + 1);
    const listed = (await call("source.list", {})) as { ok: boolean; value: unknown[] };
    expect(listed.ok && listed.value.length).toBe(1);
  });

  it("opens the place that a link names, in the window that is there", async () => {
    if (app.kind === "electron") return;
    app.act({ type: "second-instance", words: ["app", "sma://job/0123456789abcdef"] });
    await page.waitForFunction(() => window.location.hash === "#/jobs/0123456789abcdef");
    app.act({ type: "second-instance", words: ["app", "sma://job/../../settings"] });
    app.act({ type: "menu", label: "Settings" });
    await page.waitForFunction(() => window.location.hash === "#/settings");
    expect(app.pages().length).toBe(1);
  });
});
