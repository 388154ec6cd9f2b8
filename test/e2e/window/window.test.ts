import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreloadApi } from "../../../common/api/bridge.ts";
import { channels } from "../../../preload/channels.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { startWindowApp, type StandInMessage, type WindowApp } from "../../support/electron/window-app.ts";
import { bundleOf } from "../pictures/bundles.ts";

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
  const started = join(stateDirectory, "started-with.sma-bundle");
  writeFileSync(started, bundleOf(0, "started-with"));
  app = await startWindowApp(stateDirectory, {
    words: [started],
    environment: { SMA_STAND_IN_KEY_RING: "the user's key ring" },
  });
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
const value = async <T>(name: string, input: object) => ((await call(name, input)) as { value: T }).value;

/** What the stand-in says of `type` after `act`. */
async function saidAfter(type: string, act: () => unknown): Promise<StandInMessage> {
  const said = () => app.messages.filter((message) => message.type === type);
  const before = said().length;
  await act();
  await expect.poll(() => said().length, { timeout: 60_000 }).toBeGreaterThan(before);
  return said().at(-1) ?? { type };
}

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

  it("is isolated and sandboxed, and its scheme may do no more than a page of the web", () => {
    if (app.kind === "electron") return;
    const first = (type: string) => app.messages.find((message) => message.type === type);
    expect(first("window")?.["webPreferences"]).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(first("scheme")?.["privileges"]).toEqual({ standard: true, secure: true, supportFetchAPI: true });
  });

  it("takes messages of its own page's top frame alone, and only in the shape that was agreed", async () => {
    if (app.kind === "electron") return;
    const ours = "sma-app://screens/";
    const forged = async (act: object) =>
      (await saidAfter("forged", () => app.act({ type: "forge", channel: channels.call, ...act })))["answer"];
    const good = [1, "source.list", {}];
    expect(await forged({ url: ours, args: good })).toMatchObject({ ok: true });
    for (const wrong of [
      { url: "https://evil.example/", args: good },
      { url: "sma-app://other/", args: good },
      { url: ours, args: good, isFrame: true },
      { url: ours, args: [-1, "source.list", {}] },
      { url: ours, args: [1, "source.list"] },
      { url: ours, args: [1, "source.list", {}, "more"] },
      { url: ours, args: [1, { toString: "source.list" }, {}] },
    ])
      expect(await forged(wrong), JSON.stringify(wrong)).toMatchObject({
        ok: false,
        failure: { code: "input-invalid", context: { field: "message" } },
      });
  });

  it("lets its page write to the clipboard and save what it made, and nothing else", async () => {
    if (app.kind === "electron") return;
    const asked = (permission: string, url: string) =>
      saidAfter("permissions", () => app.act({ type: "permissions", permission, url }));
    const none = { isCheckedWithoutPage: false, isDevice: false };
    const clipboard = "clipboard-sanitized-write";
    expect(await asked(clipboard, "sma-app://screens/")).toMatchObject({
      ...none,
      isGranted: true,
      isChecked: true,
    });
    for (const [permission, url] of [
      ["media", "sma-app://screens/"],
      ["geolocation", "sma-app://screens/"],
      ["openExternal", "sma-app://screens/"],
      [clipboard, "https://evil.example/"],
    ] as const)
      expect(await asked(permission, url)).toMatchObject({ ...none, isGranted: false, isChecked: false });
    expect((await asked("media", "blob:sma-app://screens/1234"))["isDownloaded"]).toBe(true);
    expect((await asked("media", "https://evil.example/x.exe"))["isDownloaded"]).toBe(false);
  });

  it("keeps the vault's key in the system's key store", async () => {
    if (app.kind === "electron") return;
    expect(await call("settings.get", {})).toMatchObject({
      value: { vault: { protection: "system-key-store", reason: null } },
    });
    expect(existsSync(join(stateDirectory, "vault.json"))).toBe(true);
    expect(existsSync(join(stateDirectory, "vault.key"))).toBe(false);
    const sealed = Buffer.from(readFileSync(join(stateDirectory, "vault.key.sealed"), "utf8"), "base64");
    expect(Buffer.from(sealed.toString("utf8"), "base64")).not.toHaveLength(32);
  });

  it("opens bundles that the desktop names: at the start, by a second start, as files and as addresses", async () => {
    if (app.kind === "electron") return;
    const names = async () =>
      (await value<{ name: string }[]>("assessment.list", {})).map(({ name }) => name).toSorted();
    const write = (name: string) => {
      const path = join(stateDirectory, `${name}.SMA-Bundle`);
      writeFileSync(path, bundleOf(0, name));
      return path;
    };
    await expect.poll(names, { timeout: 60_000 }).toEqual(["started-with"]);
    write("relative");
    app.act({
      type: "second-instance",
      words: ["app", "--flag.sma-bundle", "relative.SMA-Bundle"],
      workingDirectory: stateDirectory,
    });
    await expect.poll(names, { timeout: 60_000 }).toEqual(["relative", "started-with"]);
    app.act({ type: "second-instance", words: ["app", pathToFileURL(write("as address")).href] });
    app.act({ type: "open-file", path: write("on-a-mac") });
    await expect
      .poll(names, { timeout: 60_000 })
      .toEqual(["as address", "on-a-mac", "relative", "started-with"]);
    await page.waitForFunction(() => window.location.hash === "#/compatibility");
    const wrong = join(stateDirectory, "wrong.sma-bundle");
    writeFileSync(wrong, "{}");
    const box = await saidAfter("error-box", () => app.act({ type: "open-file", path: wrong }));
    expect(box["title"]).toBe("The bundle cannot be used");
    const missing = join(stateDirectory, "missing.sma-bundle");
    const other = await saidAfter("error-box", () => app.act({ type: "open-file", path: missing }));
    expect(other["content"]).toContain("cannot be read");
    expect(app.pages()).toHaveLength(1);
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

  it("goes to every screen that its menu names, and opens a second window on the same engine", async () => {
    if (app.kind === "electron") return;
    const screens = {
      ...{ Start: "start", Sources: "sources", Compatibility: "compatibility", "New migration": "wizard" },
      ...{ Jobs: "jobs", Cutover: "cutover", Settings: "settings" },
    };
    for (const [label, place] of Object.entries(screens)) {
      app.act({ type: "menu", label });
      await page.waitForFunction((hash) => window.location.hash.startsWith(hash), `#/${place}`);
    }
    app.act({ type: "menu", label: "New window" });
    await expect.poll(() => app.pages().length, { timeout: 60_000 }).toBe(2);
    const second = app.pages().find((each) => each !== page);
    if (second === undefined) throw new Error("there is no second window");
    await second.waitForFunction(() => window.sma !== undefined);
    const seen = await second.evaluate(() => window.sma?.call(1, "source.list", {}));
    expect(seen).toEqual(await call("source.list", {}));
    await second.close();
    await expect.poll(() => app.pages()).toEqual([page]);
  });

  it("speaks the language of the settings at once, in menu and tray as well", async () => {
    if (app.kind === "electron") return;
    await saidAfter("tray", () => call("settings.set", { language: "ja" }));
    await expect
      .poll(() => app.messages.findLast(({ type }) => type === "tray")?.["text"])
      .toContain("ジョブ");
    await page.waitForFunction(() => document.documentElement.lang === "ja");
    app.act({ type: "menu", label: "移行元" });
    await page.waitForFunction(() => window.location.hash === "#/sources");
    await saidAfter("tray", () => call("settings.set", { language: "en" }));
  });

  /** A source where nobody listens, so that its job comes to nothing at once. */
  const newJob = async (choices: object): Promise<string> => {
    await call("source.import", { text: "root@127.0.0.1:9 nobody", format: "lines" });
    const { id } = await value<{ id: string }>("job.create", { source: "nobody", choices });
    await call("job.start", { job: id });
    return id;
  };

  it("notifies of a job that needs somebody, where that is wanted, and a click shows the job", async () => {
    if (app.kind === "electron") return;
    let job = "";
    const told = await saidAfter("notification", async () => (job = await newJob({})));
    expect(told).toMatchObject({ title: "A migration needs you" });
    expect(told["body"]).toMatch(/^nobody: /);
    app.act({ type: "click-notification" });
    await page.waitForFunction((hash) => window.location.hash === hash, `#/jobs/${job}`);
    await call("settings.set", { notifications: false });
    const before = app.messages.filter(({ type }) => type === "notification").length;
    await call("job.start", { job });
    await expect
      .poll(async () => (await value<{ state: { name: string } }>("job.show", { job })).state.name)
      .toBe("in-error");
    await call("job.cancel", { job });
    await call("settings.set", { notifications: true });
    expect(app.messages.filter(({ type }) => type === "notification")).toHaveLength(before);
  });

  it("keeps the engine while jobs wait or run and its windows are closed, and ends with the last of both", async () => {
    if (app.kind === "electron") return;
    const inHours = (hours: number) => {
      const at = new Date(Date.now() + hours * 3_600_000);
      return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
    };
    const transferWindow = { from: inHours(2), to: inHours(3) };
    const job = await newJob({ runs: { transferWindow } });
    await expect
      .poll(() => app.messages.findLast(({ type }) => type === "tray")?.["text"])
      .toContain("1 job waits");
    const told = await saidAfter("notification", () => app.act({ type: "close-window" }));
    expect(told["title"]).toBe("Jobs go on");
    await expect.poll(() => app.pages().length).toBe(0);
    app.act({ type: "tray", label: "Open" });
    page = await app.firstPage();
    await page.getByRole("navigation").first().waitFor();
    expect(await value("job.show", { job })).toMatchObject({ state: { name: "waiting" } });
    await saidAfter("tray", () => call("job.cancel", { job }));
    app.act({ type: "close-window" });
    await app.ended();
  });

  it("ends at Quit in the menu and the next start finds the jobs as they were", async () => {
    if (app.kind === "electron") return;
    const again = () =>
      startWindowApp(stateDirectory, { environment: { SMA_STAND_IN_KEY_RING: "the user's key ring" } });
    app = await again();
    page = await app.firstPage();
    await page.waitForFunction(() => window.sma !== undefined);
    const { id } = await value<{ id: string }>("job.create", { source: "nobody", choices: {} });
    app.act({ type: "menu", label: "Quit and stop running jobs" });
    await app.ended();
    app = await again();
    page = await app.firstPage();
    await page.waitForFunction(() => window.sma !== undefined);
    expect(await value("job.show", { job: id })).toMatchObject({ state: { name: "ready" } });
    await saidAfter("tray", () => call("job.cancel", { job: id }));
  });
});
