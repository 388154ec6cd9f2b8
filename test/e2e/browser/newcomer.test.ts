/**
 * A newcomer's first hour, with nothing but the screens: the demo server, every step of the wizard, the copy, the boot
 * proof. The server is the lab's real one, and what came of it must boot and hold every file as it was. A picture of
 * every step is left in test-results/newcomer.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BootVerdict } from "../../../common/domain/boot-verdict.ts";
import type { DemoState } from "../../../common/api/desk-procedures.ts";
import type { JobView } from "../../../common/api/procedures.ts";
import type { Source } from "../../../common/domain/source.ts";
import { unwrap } from "../../../common/result.ts";
import { runOverSsh } from "../../lab/lab-ssh.ts";
import { prepareLabImage, verifyPayloadOffline } from "../../lab/lab.ts";
import { seriousFindingsInBothThemes } from "../../support/accessibility.ts";
import { launchBrowser } from "../../support/browser.ts";
import { until } from "../../support/local-source.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { startServe, type ServeProcess } from "../../support/serve-process.ts";
import { freePort } from "../../support/sshd/sshd.ts";
import { AppPage } from "../pages/app-page.ts";
import { JobPage } from "../pages/job-page.ts";
import { WizardPage } from "../pages/wizard-page.ts";

const pictures = join(projectDirectory, "test-results", "newcomer");
const lab = {
  report: (text: string) => process.stderr.write(`${text}\n`),
  signal: new AbortController().signal,
};

let directory: string;
let serve: ServeProcess;
let browser: Browser;
let app: AppPage;
let wizard: WizardPage;
let job: JobPage;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sma-newcomer-"));
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  serve = await startServe(join(directory, "state"));
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  // As long as an emulated machine takes on a busy one.
  context.setDefaultTimeout(1_200_000);
  app = new AppPage(await context.newPage());
  wizard = new WizardPage(app.page);
  job = new JobPage(app.page);
  await app.open(serve.link);
});
afterAll(async () => {
  await browser?.close();
  await serve?.stop();
  rmSync(directory, { recursive: true, force: true });
});

let taken = 0;
/** A picture for whoever wants to see it. */
async function look(name: string): Promise<void> {
  taken += 1;
  await app.page.screenshot({
    path: join(pictures, `${String(taken).padStart(2, "0")}-${name}.png`),
    fullPage: true,
  });
}
/** The same, and what axe says in light and dark; only where no cheaper test sees the screen in this state. */
async function judge(name: string): Promise<void> {
  await look(name);
  expect(await seriousFindingsInBothThemes(app.page), name).toEqual([]);
}

describe("a newcomer", () => {
  it("gets from the first screen to a migrated server that boots and holds every file, by the wizard alone", async () => {
    await app.page.getByRole("heading", { name: "Migrate your first server" }).waitFor();
    await judge("first-visit");
    await app.page.getByRole("button", { name: "Try it with a demo source" }).click();
    await app.page.getByRole("status").filter({ hasText: "demo source is being" }).waitFor();
    await judge("demo-starts");
    await app.page.getByRole("heading", { name: "The demo source runs" }).waitFor();
    await judge("demo-runs");
    const demo = await app.call<DemoState>("demo.show", {});
    if (demo.name !== "running") throw new Error(`the demo is ${demo.name}`);
    const name = demo.sourceName;
    const image = unwrap(await prepareLabImage("gpt-lvm", lab));

    await app.page.getByRole("button", { name: `Migrate ${name}` }).click();
    await wizard.heading("Check").waitFor();
    await wizard.back("Source");
    expect(await wizard.isChosen(name)).toBe(true);
    await look("source");
    await wizard.next("Check");
    await wizard.assess();
    await look("check");
    await wizard.next("Target");
    // The usual ports may belong to another test; a newcomer leaves them as they are.
    await wizard.fill({
      "Folder for replicas and images": join(directory, "target"),
      "Control port": String(await freePort()),
      "Disk data port": String(await freePort()),
    });
    await look("target");
    await wizard.next("Plan");
    await look("plan");
    await wizard.next("Review");
    await look("review");
    await wizard.start(name);

    await job.title.getByText(name).waitFor();
    await job.step("Copy the disks", "Now").waitFor();
    await app.page
      .getByRole("img", { name: /^Block map of/ })
      .first()
      .waitFor();
    await judge("copying");
    await job.step("Copy the disks", "Done").waitFor();
    await look("processing");
    const settled = job.state("Finished").or(job.state("Needs you"));
    await settled.waitFor();
    await app.page.getByRole("img", { name: /^Console picture/ }).waitFor();
    await judge("finished");
    const done = await app.call<JobView>("job.show", { job: job.id });
    expect(done.state).toEqual({ name: "finished" });
    expect(await job.section("Boot proof").innerText()).toMatch(/login/);
    await app.goTo("Start");
    await look("start-afterwards");

    // The source stays online and keeps nothing of us.
    const source = (await app.call<Source[]>("source.list", {})).find(({ id }) => id === demo.sourceId);
    if (source?.address.kind !== "ssh") throw new Error("the demo is reached by ssh");
    const { host } = source.address;
    const left = unwrap(
      await runOverSsh(
        {
          host: host.host,
          port: host.port,
          user: host.authentication.user,
          privateKey: readFileSync(host.authentication.keyFiles[0] ?? ""),
          hostKey: host.hostKey ?? "",
        },
        "ls -d /var/tmp/sma-* /tmp/sma-* /run/sma-* /root/sma-* 2>/dev/null; pgrep -c sma-agent",
        "",
      ),
    );
    expect(left.stdout.trim()).toBe("0");
    await app.page.getByRole("button", { name: "End the demo source" }).click();
    await until(async () => (await app.call<DemoState>("demo.show", {})).name === "idle");

    const boot = done.outputs["boot-check"] as { verdict: BootVerdict | null };
    expect(boot.verdict?.booted, boot.verdict?.evidence).toBe(true);
    // Told from inside: everything of fstab is mounted, and LVM's swap is in use.
    expect(boot.verdict?.checkIn).toMatchObject({ unmounted: [], swap: true, sshd: true });
    const { timeline = [], screenshotPath, consoleLogPath = "" } = boot.verdict ?? {};
    const moments = timeline.map(({ atSeconds }) => atSeconds);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(timeline.at(-1)?.what).toBe("login");
    expect(
      readFileSync(screenshotPath ?? "")
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(readFileSync(consoleLogPath, "utf8")).toContain("login:");
    // The overlay that was booted is gone; what tells of it stays.
    expect(readdirSync(dirname(consoleLogPath)).toSorted()).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/qcow2/)]),
    );

    const { files } = done.outputs["image"] as {
      files: { path: string; sha256: string; virtualBytes: number }[];
    };
    const [file] = files;
    expect(execFileSync("sha256sum", [file?.path ?? ""]).toString()).toContain(file?.sha256);
    const verdict = unwrap(
      await verifyPayloadOffline({ path: file?.path ?? "", format: "qcow2" }, image, lab),
    );
    expect(verdict.differences).toEqual([]);
    expect(verdict.lines).toBeGreaterThan(50);
    expect(app.problems).toEqual([]);
  });
});
