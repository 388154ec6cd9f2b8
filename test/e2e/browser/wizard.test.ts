/** The wizard against the real engine, without a machine of its own: what a person may do to it on a bad day. */
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobView } from "../../../common/api/procedures.ts";
import { findingCodes } from "../../../common/domain/finding-parameters.ts";
import type { Source } from "../../../common/domain/source.ts";
import { emptyDraft, type WizardDraft } from "../../../renderer/store/wizard-draft.ts";
import { seriousFindingsInBothThemes } from "../../support/accessibility.ts";
import { imageHash, imageOf } from "../../support/job-views.ts";
import { startLocalSource, until, type LocalSource } from "../../support/local-source.ts";
import { hashFile, writeMixedDisk } from "../../support/mixed-disk.ts";
import { currentUser } from "../../support/sshd/sshd.ts";
import { startServe, type ServeProcess } from "../../support/serve-process.ts";
import { AppPage } from "../pages/app-page.ts";
import { JobPage } from "../pages/job-page.ts";
import { WizardPage } from "../pages/wizard-page.ts";

let source: LocalSource;
let serve: ServeProcess;
let browser: Browser;
let context: BrowserContext;
let app: AppPage;
let wizard: WizardPage;
let stateDirectory: string;

beforeAll(async () => {
  source = await startLocalSource();
  stateDirectory = join(source.directory, "wizard-state");
  serve = await startServe(stateDirectory);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  context.setDefaultTimeout(300_000);
  app = new AppPage(await context.newPage());
  wizard = new WizardPage(app.page);
  await app.open(serve.link);
  const host = {
    host: "127.0.0.1",
    port: source.sshd.port,
    hostKey: source.hostKey,
    legacyAlgorithms: false,
  };
  const authentication = {
    user: currentUser(),
    keyFiles: [source.keyFile],
    useSshAgent: false,
    passwordEntry: null,
    keyPassphraseEntry: null,
  };
  await app.call("source.add", {
    name: "box",
    tags: [],
    address: {
      kind: "ssh",
      jumpHosts: [],
      host: { ...host, authentication },
      elevation: { method: "none" },
    },
  });
});
afterAll(async () => {
  await browser?.close();
  await serve?.stop();
  await source?.stop();
});

const savedDraft = () => app.call<WizardDraft | null>("wizard.draft.get", {});
const limit = () => wizard.field("Bandwidth limit in MiB a second");

describe("the wizard", () => {
  it("says at the field what is wrong, puts the cursor there, and stays where it is", async () => {
    await wizard.open();
    await app.page.getByRole("button", { name: "Next" }).click();
    await app.page.getByRole("alert").filter({ hasText: "Needed" }).waitFor();
    await wizard.choose("box");
    await wizard.next("Check");
    await wizard.next("Target");
    await wizard.fill({ "Folder for replicas and images": "images", "Disk data port": "70000" });
    await app.page.getByRole("button", { name: "Next" }).click();
    const folder = wizard.field("Folder for replicas and images");
    await until(() => folder.evaluate((element) => element === document.activeElement));
    expect(await folder.getAttribute("aria-invalid")).toBe("true");
    await wizard.fill({
      "Folder for replicas and images": join(stateDirectory, "target"),
      "Address to listen on": "127.0.0.1",
      "Control port": String(source.controlPort),
      "Disk data port": String(source.dataPort),
    });
    await wizard.next("Plan");
    await limit().fill("77");
  });

  it("loses nothing by a reload, the browser's own back and forward, or a second window", async () => {
    await app.page.reload();
    await wizard.heading("Plan").waitFor();
    expect(await limit().inputValue()).toBe("77");

    await app.goTo("Sources");
    await app.page.goBack();
    await wizard.heading("Plan").waitFor();
    expect(await limit().inputValue()).toBe("77");
    await wizard.jump("Target");
    expect(await wizard.field("Disk data port").inputValue()).toBe(String(source.dataPort));
    await app.page.goBack();
    await app.page.goForward();
    await wizard.heading("Target").waitFor();
    await wizard.next("Plan");

    await until(async () => (await savedDraft())?.step === "plan");
    // A window of its own has no memory of its own: what it shows is what the engine keeps.
    const second = new AppPage(await context.newPage());
    await second.page.addInitScript(() => window.localStorage.clear());
    await second.open(`${serve.origin}/#/wizard`);
    const other = new WizardPage(second.page);
    await other.heading("Plan").waitFor();
    expect(await other.field("Bandwidth limit in MiB a second").inputValue()).toBe("77");
    await second.page.close();
  });

  it("keeps what is entered while the engine is gone, and gives it to the next one", async () => {
    const port = Number(new URL(serve.origin).port);
    await serve.kill();
    await app.page.locator(".banner").waitFor();
    await limit().fill("78");
    await wizard.back("Target");
    serve = await startServe(stateDirectory, port);
    await app.page.locator(".banner").waitFor({ state: "hidden" });
    await until(async () => (await savedDraft())?.limitMiB === "78");
    await app.page.reload();
    await wizard.heading("Target").waitFor();
    await wizard.next("Plan");
    expect(await limit().inputValue()).toBe("78");
  });

  it("is gone through by the keyboard alone, up to a finished job", async () => {
    const disk = join(source.directory, "disk.img");
    writeMixedDisk(disk, 8 * 1024 * 1024, "the keyboard's job");
    const [box] = await app.call<Source[]>("source.list", {});
    // The one thing that a person would not do: the disk to copy is a file, and not one of this machine's own.
    const draft: Partial<WizardDraft> = {
      ...(await savedDraft()),
      step: "source",
      sources: [],
      disks: { [box?.id ?? ""]: [disk] },
      acceptedFindings: findingCodes,
      limitMiB: "",
    };
    await app.goTo("Start");
    await app.page.getByRole("heading", { level: 1, name: "Start" }).waitFor();
    await app.call("wizard.draft.set", { draft: { ...emptyDraft, ...draft } });
    await app.page.evaluate(() => window.localStorage.clear());
    await app.page.reload();
    await app.navigation.waitFor();

    const { keyboard } = app.page;
    const press = async (element: Locator, key: string) => {
      await element.waitFor();
      for (let tabs = 0; !(await element.evaluate((each) => each === document.activeElement)); tabs += 1) {
        if (tabs > 150) throw new Error(`not reached by Tab: ${String(element)}`);
        await keyboard.press("Tab");
      }
      await keyboard.press(key);
    };
    const next = app.page.getByRole("button", { name: "Next" });
    await keyboard.press("g");
    await keyboard.press("n");
    await wizard.heading("Source").waitFor();
    await press(wizard.row("box"), "Space");
    await press(next, "Enter");
    await wizard.heading("Check").waitFor();
    // A new step is read from its heading on.
    await until(() => wizard.heading("Check").evaluate((each) => each === document.activeElement));
    await press(app.page.getByRole("button", { name: /^Assess / }), "Enter");
    await app.page.getByRole("link", { name: "Disk map and all findings" }).waitFor();
    await press(next, "Enter");
    await wizard.heading("Target").waitFor();
    await press(next, "Enter");
    await wizard.heading("Plan").waitFor();
    await press(wizard.field("Make it bootable on the target"), "Space");
    await press(wizard.field("Prove that it boots"), "Space");
    await press(next, "Enter");
    await wizard.heading("Review").waitFor();
    await press(wizard.field("I have read this"), "Space");
    await press(app.page.getByRole("button", { name: "Migrate box" }), "Enter");

    const job = new JobPage(app.page);
    await job.state("Finished").waitFor();
    const done = await app.call<JobView>("job.show", { job: job.id });
    expect(imageHash(imageOf(done))).toBe(hashFile(disk));
    expect(await app.call<JobView[]>("job.list", {})).toHaveLength(1);
  });

  it("has nothing serious for axe on any screen and step, in light and in dark", async () => {
    const [job] = await app.call<JobView[]>("job.list", {});
    const screens = [
      ...["#/start", "#/sources", "#/compatibility", `#/compatibility/${job?.sourceId}`, "#/jobs"],
      ...[`#/jobs/${job?.id}`, "#/cutover", `#/cutover/${job?.id}`, "#/settings"],
    ];
    const found: string[] = [];
    for (const screen of screens) {
      await app.page.goto(`${serve.origin}/${screen}`);
      await app.page.reload();
      await app.page.locator("#page-title").waitFor();
      found.push(...(await seriousFindingsInBothThemes(app.page)).map((each) => `${screen} ${each}`));
    }
    await wizard.open();
    await wizard.choose("box");
    found.push(...(await seriousFindingsInBothThemes(app.page)).map((each) => `source ${each}`));
    for (const step of ["Check", "Target", "Plan", "Review"] as const) {
      await wizard.next(step);
      found.push(...(await seriousFindingsInBothThemes(app.page)).map((each) => `${step} ${each}`));
    }
    expect(found).toEqual([]);
    expect(app.problems).toEqual([]);
  });
});
