/** The screens that are pictured, and what a person would do on each before looking. */
import type { Page } from "playwright-core";
import { emptyDraft, type WizardDraft } from "../../../renderer/store/wizard-draft.ts";
import { layoutBundles } from "./layout-bundles.ts";
import type { SeededState } from "./seed.ts";

export interface Shot {
  readonly name: string;
  hash(state: SeededState): string;
  /** What a person would do before looking. */
  readonly act?: (page: Page, state: SeededState) => Promise<void>;
}

const click = (page: Page, selector: string) => page.locator(selector).first().click();

export const shots: readonly Shot[] = [
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
  ...Object.entries(layoutBundles).map(([name, bundle], index): Shot => ({
    name,
    hash: () => "#/compatibility",
    async act(page, state) {
      const source = state.sources.at(-1 - index);
      if (source === undefined) throw new Error("there are not that many sources");
      await call(page, "bundle.import", {
        name: `${name}.json`,
        text: bundle(source.name),
        source: source.id,
      });
      await page.evaluate((id) => {
        location.hash = `#/compatibility/${id}`;
      }, source.id);
      await page.locator(".disk-bar-place").first().waitFor();
    },
  })),
  { name: "jobs", hash: () => "#/jobs" },
  {
    name: "job-running",
    hash: (state) => `#/jobs/${state.runningJob}`,
    // Until there is a chart to see.
    act: (page) => page.waitForTimeout(20_000),
  },
  {
    name: "job-tune",
    hash: (state) => `#/jobs/${state.runningJob}`,
    act: (page) => click(page, ".page-head button:has(.tabler-icon-adjustments)"),
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
  { name: "cutover-tried", hash: (state) => `#/cutover/${state.cutovers?.tried ?? ""}` },
  { name: "cutover-done", hash: (state) => `#/cutover/${state.cutovers?.cutOver ?? ""}` },
  { name: "cutover-finalised", hash: (state) => `#/cutover/${state.cutovers?.finalised ?? ""}` },
  {
    name: "instance-new",
    hash: (state) => `#/cutover/${state.finishedJob}`,
    act: (page) => click(page, ".panel button"),
  },
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
export async function call(page: Page, name: string, input: unknown): Promise<void> {
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
