/** The wizard against the real engine, without a machine of its own: what a person may do to it on a bad day. */
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobView } from "../../../common/api/procedures.ts";
import { findingCodes } from "../../../common/domain/finding-parameters.ts";
import type { Source } from "../../../common/domain/source.ts";
import { emptyDraft, type WizardDraft } from "../../../renderer/store/wizard-draft.ts";
import { imageHash, imageOf } from "../../support/job-views.ts";
import { startLocalSource, until, type LocalSource } from "../../support/local-source.ts";
import { hashFile, writeMixedDisk } from "../../support/mixed-disk.ts";
import { startRecordedSource, type RecordedSource } from "../../support/recorded-source.ts";
import { currentUser } from "../../support/sshd/sshd.ts";
import { bundleOf } from "../pictures/bundles.ts";
import { AppPage, listen } from "../pages/app-page.ts";
import { JobPage } from "../pages/job-page.ts";
import { WizardPage } from "../pages/wizard-page.ts";
import type { JourneyHost } from "./hosts.ts";

export function describeWizard(
  name: string,
  start: (stateDirectory: string) => Promise<JourneyHost>,
  more: (at: () => { readonly app: AppPage; readonly wizard: WizardPage }) => void = () => undefined,
): void {
  describe(name, () => {
    let source: LocalSource;
    let recorded: RecordedSource;
    let host: JourneyHost;
    let app: AppPage;
    let wizard: WizardPage;
    let stateDirectory: string;

    beforeAll(async () => {
      source = await startLocalSource();
      recorded = await startRecordedSource(bundleOf(0, "recorded"));
      stateDirectory = join(source.directory, "wizard-state");
      host = await start(stateDirectory);
      app = new AppPage(host.page);
      wizard = new WizardPage(app.page);
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
          host: {
            host: "127.0.0.1",
            port: source.sshd.port,
            hostKey: source.hostKey,
            legacyAlgorithms: false,
            authentication,
          },
          elevation: { method: "none" },
        },
      });
      await app.call("source.add", { name: "recorded", tags: [], address: recorded.address });
    });
    afterAll(async () => {
      await host?.stop();
      await source?.stop();
      await recorded?.stop();
    });

    const savedDraft = () => app.call<WizardDraft | null>("wizard.draft.get", {});
    const limit = () => wizard.field("Bandwidth limit in MiB a second");

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
      if (host.openSecond === null) return;
      const second = await host.openSecond("#/wizard");
      const other = new WizardPage(second);
      await other.heading("Plan").waitFor();
      expect(await other.field("Bandwidth limit in MiB a second").inputValue()).toBe("77");
      await second.close();
    });

    it("keeps what is entered while the engine is gone, and gives it to the next one", async () => {
      if (host.killEngine === null) return;
      await host.killEngine();
      // A window has its engine back within a second; only where it stays away is there a banner to wait for.
      if (host.kind === "serve") await app.page.locator(".banner").waitFor();
      await limit().fill("78");
      await wizard.back("Target");
      await host.haveEngine();
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
      // What the page keeps follows what is shown by a moment, and must not come after what the test has it begin with.
      await until(async () => (await savedDraft())?.step === "plan");
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
      // The second key counts within a second and a half: on a busy machine both are pressed again, as people do.
      await until(async () => {
        await keyboard.press("g");
        await keyboard.press("n");
        return wizard.heading("Source").isVisible();
      });
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

      const heard = await listen(app.page);
      const job = new JobPage(app.page);
      await job.state("Finished").waitFor();
      const done = await app.call<JobView>("job.show", { job: job.id });
      expect(imageHash(imageOf(done))).toBe(hashFile(disk));
      expect(await app.call<JobView[]>("job.list", {})).toHaveLength(1);
      // Who does not see the screen was told as well.
      const told = await heard();
      expect(
        told.some((words) => /^box: Running, /.test(words)),
        told.join("\n"),
      ).toBe(true);
      expect(told.at(-1)).toBe("box: Finished");
    });

    it("plans files in another layout: by hand, by keys, by typing, each redrawn at once", async () => {
      await app.goTo("Start");
      await app.call("wizard.draft.set", { draft: null });
      await app.page.evaluate(() => window.localStorage.clear());
      await app.page.reload();
      await app.navigation.waitFor();
      await wizard.open();
      await wizard.choose("recorded");
      await wizard.next("Check");
      await wizard.next("Target");
      await wizard.next("Plan");
      await wizard.field("File replication").check();
      const edge = app.page.getByRole("slider", { name: "Size of /", exact: true });
      const size = app.page.getByLabel("Size: /", { exact: true });
      const mebibytes = async () => Number(await edge.getAttribute("aria-valuenow"));
      await edge.waitFor();
      const proposed = await mebibytes();

      await edge.focus();
      await app.page.keyboard.press("ArrowLeft");
      const byKey = await mebibytes();
      expect(byKey).toBeLessThan(proposed);
      expect(await size.inputValue()).not.toBe("");

      const box = await edge.boundingBox();
      if (box === null) throw new Error("the edge is not seen");
      const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      await app.page.mouse.move(at.x, at.y);
      await app.page.mouse.down();
      await app.page.mouse.move(at.x - 120, at.y, { steps: 4 });
      await app.page.mouse.up();
      expect(await mebibytes()).toBeLessThan(byKey);

      await size.fill("1 GiB");
      await app.page.getByText(/^Too small for the files: /).waitFor();
      await app.page.getByRole("button", { name: "Next" }).click();
      await app.page.getByRole("alert").filter({ hasText: "layout cannot be made" }).waitFor();
      await size.fill("24 GiB");
      expect(await mebibytes()).toBe(24 * 1024);
      await app.page.getByLabel("Into the one above: /boot").check();

      await app.page.getByRole("button", { name: "Change this list" }).click();
      await wizard.field("Patterns, one a line").fill("/tmp/*\n- ");
      await app.page.getByText("Line 2 cannot be read as a pattern.").waitFor();
      await wizard.field("Patterns, one a line").fill("/tmp/*");

      await app.page.reload();
      await edge.waitFor();
      expect(await mebibytes()).toBe(24 * 1024);
      await wizard.next("Review");
      await app.page.getByText(/New disks with the copy's files in them: .*\/ xfs 24\sGiB/).waitFor();
      expect(await app.page.getByText("one source").count()).toBe(0);
      const draft = await savedDraft();
      expect(draft?.excludes).toEqual([{ mountPoint: "/", text: "/tmp/*" }]);
      expect(draft?.layouts).toMatchObject({});
    });

    it("keeps a plan as a template and gives it to other sources", async () => {
      await app.page.getByRole("button", { name: "Templates" }).click();
      await app.page.getByRole("menuitem", { name: "Save or remove templates" }).click();
      const dialog = app.page.getByRole("dialog");
      await dialog.getByLabel("Save what is entered now as").fill("Files, nightly");
      await app.page.keyboard.press("Enter");
      await app.page.getByText("Saved: Files, nightly.").waitFor();
      await dialog.getByRole("button", { name: "Close" }).click();
      await dialog.waitFor({ state: "hidden" });
      await app.page.getByRole("button", { name: "Start over" }).click();
      await wizard.heading("Source").waitFor();
      await wizard.choose("box");
      await app.page.getByRole("button", { name: "Templates" }).click();
      await app.page.getByRole("menuitem", { name: "Files, nightly" }).click();
      const [box] = (await app.call<Source[]>("source.list", {})).filter((each) => each.name === "box");
      // The draft that is kept follows what is shown by a moment; the one before it was about files too.
      await until(async () => {
        const draft = await savedDraft();
        return draft?.step === "source" && draft.replication === "file" && draft.sources[0] === box?.id;
      });
      expect((await savedDraft())?.sources).toHaveLength(1);
      expect(app.problems).toEqual([]);
    });

    more(() => ({ app, wizard }));
  });
}
