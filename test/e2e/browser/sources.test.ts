/** Journeys of a browser on `sma serve`, with the real engine. */
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobView } from "../../../common/api/procedures.ts";
import { findingCodes } from "../../../common/domain/finding-parameters.ts";
import { seriousFindingsInBothThemes } from "../../support/accessibility.ts";
import { launchBrowser } from "../../support/browser.ts";
import { imageHash, imageOf } from "../../support/job-views.ts";
import { hashFile, writeMixedDisk } from "../../support/mixed-disk.ts";
import { currentUser } from "../../support/sshd/sshd.ts";
import { startLocalSource, type LocalSource } from "../../support/local-source.ts";
import { startServe, type ServeProcess } from "../../support/serve-process.ts";
import { AppPage } from "../pages/app-page.ts";

/** How long a busy machine may take; nothing here is about its speed. */
const patienceMs = 60_000;

let source: LocalSource;
let serve: ServeProcess;
let browser: Browser;
let context: BrowserContext;
let app: AppPage;
let stateDirectory: string;

beforeAll(async () => {
  source = await startLocalSource();
  stateDirectory = join(source.directory, "browser-state");
  serve = await startServe(stateDirectory);
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  context.setDefaultTimeout(120_000);
  app = new AppPage(await context.newPage());
  await app.open(serve.link);
});
afterAll(async () => {
  await browser?.close();
  await serve?.stop();
  await source?.stop();
});

describe("sources in a browser", () => {
  it("adds a source against a real server: the key is shown, accepted once, and the connection works", async () => {
    await app.goTo("Sources");
    await app.addSource({
      host: "127.0.0.1",
      name: "box",
      port: source.sshd.port,
      user: currentUser(),
      keyFile: source.keyFile,
    });
    await app.hostKeyQuestion.waitFor();
    expect(await app.hostKeyQuestion.innerText()).toContain(source.hostKey);
    await app.hostKeyQuestion.getByRole("button", { name: /^Trust / }).click();
    await app.hostKeyQuestion.waitFor({ state: "hidden" });
    await app.page.getByText("Works", { exact: true }).first().waitFor();
    // Anew, so that nothing is judged while it closes.
    await app.page.reload();
    await app.page.getByText("box", { exact: true }).first().waitFor();
    expect(await seriousFindingsInBothThemes(app.page)).toEqual([]);
  });

  it("shows in a second window what the first one added, markup and all", async () => {
    const second = new AppPage(await context.newPage());
    await second.open(`${serve.origin}/#/sources`);
    const name = "<img src=x onerror=alert(1)>";
    const list = await app.importList("CSV", `name,host\n"${name}",192.0.2.77`);
    expect(await list.check()).toBe("1 can be added, 0 cannot");
    await list.add();
    await second.page.getByText(name, { exact: true }).first().waitFor();
    expect([...app.problems, ...second.problems]).toEqual([]);
    await second.page.close();
  });

  it("adds what is right of ten thousand lines and says what is wrong with the others", async () => {
    const rows = Array.from({ length: 10_000 }, (_, n) =>
      n === 4 ? "bad,no host,22" : n === 99 ? "bad2,h99,99999" : `h${n},10.0.${n >> 8}.${n & 255},22`,
    );
    const list = await app.importList("CSV", ["name,host,port", ...rows].join("\n"));
    expect(await list.check()).toBe("9,998 can be added, 2 cannot");
    await list.add();
    await app.page
      .getByText("h9999", { exact: true })
      .or(app.page.getByText("h0", { exact: true }))
      .first()
      .waitFor();
  });

  it("has one stop of the Tab key for all rows, arrows between them, and gives the focus back after a dialog", async () => {
    const { page } = app;
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-index") ?? "");
    const stops = page.locator('.table-line[tabindex="0"]');
    expect(await stops.count()).toBe(1);
    await stops.focus();
    const last = await page.locator(".table-scroll").getAttribute("aria-rowcount");
    await page.keyboard.press("End");
    await expect.poll(focused, { timeout: patienceMs }).toBe(String(Number(last) - 2));
    expect(await stops.count()).toBe(1);
    const add = page.getByRole("button", { name: "Add a source", exact: true });
    await add.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await expect
      .poll(() => add.evaluate((button) => button === document.activeElement), { timeout: patienceMs })
      .toBe(true);
  });

  it("goes on with a job when every window is closed, and shows it finished to the next one", async () => {
    const disk = join(source.directory, "disk.img");
    writeMixedDisk(disk, 8 * 1024 * 1024, "a browser's job");
    const job = await app.call<JobView>("job.create", {
      source: "box",
      choices: {
        diskPaths: [disk],
        directory: join(stateDirectory, "target"),
        listenAddress: "127.0.0.1",
        controlPort: source.controlPort,
        dataPort: source.dataPort,
        bootCheck: false,
        conversion: { enabled: false },
        acceptedFindings: findingCodes,
      },
    });
    await app.call("job.start", { job: job.id });
    await app.page.close();
    app = new AppPage(await context.newPage());
    await app.open(`${serve.origin}/#/jobs/${job.id}`);
    await app.page.getByText("Finished", { exact: true }).first().waitFor();
    const done = await app.call<JobView>("job.show", { job: job.id });
    expect(done.state.name).toBe("finished");
    expect(imageHash(imageOf(done))).toBe(hashFile(disk));
    await app.goTo("Sources");
  });

  it("says that the engine is gone, comes back with it, signed in, with nothing lost or doubled", async () => {
    const port = Number(new URL(serve.origin).port);
    await serve.kill();
    const banner = app.page.locator(".banner");
    await banner.waitFor();
    serve = await startServe(stateDirectory, port);
    await banner.waitFor({ state: "hidden" });
    const count = await app.page.evaluate(async () => {
      const answer = await fetch("/api/source.list", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: "{}",
      });
      return ((await answer.json()) as { value: unknown[] }).value.length;
    });
    expect(count).toBe(10_000);
    await app.page.reload();
    await app.navigation.waitFor();
    expect(app.problems).toEqual([]);
  });
});
