/** The wizard's journeys in a browser on `sma serve`, and what axe says of every screen and step. */
import { expect, it } from "vitest";
import type { JobView } from "../../../common/api/procedures.ts";
import type { Page } from "playwright-core";
import { seriousFindingsInBothThemes } from "../../support/accessibility.ts";
import { until } from "../../support/local-source.ts";
import { overhangWhenNarrow } from "../../support/overhang.ts";
import { startBrowserHost } from "../journeys/hosts.ts";
import { describeWizard } from "../journeys/wizard-journeys.ts";

/** What axe calls serious, and what would have to be scrolled sideways at 400 %. */
async function findingsOf(page: Page, place: string): Promise<string[]> {
  const findings = await seriousFindingsInBothThemes(page);
  const overhang = await overhangWhenNarrow(page);
  return [...findings, ...(overhang === null ? [] : [overhang])].map((each) => `${place} ${each}`);
}

describeWizard("the wizard in a browser", startBrowserHost, (at) => {
  it("has nothing serious for axe on any screen and step, in light and in dark, and fits a narrow window", async () => {
    const { app, wizard } = at();
    const [job] = await app.call<JobView[]>("job.list", {});
    // Sources and settings are judged where more stands on them, in tests of their own.
    const screens = [
      ...["#/start", "#/compatibility", `#/compatibility/${job?.sourceId}`, "#/jobs"],
      ...[`#/jobs/${job?.id}`, "#/cutover", `#/cutover/${job?.id}`],
    ];
    const title = app.page.locator("#page-title");
    const found: string[] = [];
    for (const screen of screens) {
      const before = await title.innerText();
      await app.show(screen);
      await until(async () => (await title.innerText()) !== before);
      await app.page.getByText("Reading from the engine").waitFor({ state: "hidden" });
      found.push(...(await findingsOf(app.page, screen)));
    }
    await wizard.open();
    await app.page.getByRole("button", { name: "Start over" }).click();
    await wizard.choose("recorded");
    found.push(...(await findingsOf(app.page, "source")));
    for (const step of ["Check", "Target", "Plan", "Review"] as const) {
      await wizard.next(step);
      if (step === "Plan") {
        await wizard.field("File replication").check();
        await app.page.getByRole("slider").first().waitFor();
      }
      found.push(...(await findingsOf(app.page, step)));
    }
    expect(found).toEqual([]);
    expect(app.problems).toEqual([]);
  });

  it("has the plan so far beside the step on a wide window, and a way back from it", async () => {
    const { app, wizard } = at();
    await app.page.setViewportSize({ width: 1920, height: 1080 });
    const plan = app.page.getByRole("complementary", { name: "Your plan so far" });
    await wizard.open();
    await app.page.getByRole("button", { name: "Start over" }).click();
    await wizard.choose("recorded");
    await wizard.next("Check");
    expect(await plan.count()).toBe(0);
    await wizard.next("Target");
    expect(await plan.innerText()).toMatch(/Name\s+recorded/);
    await wizard.next("Plan");
    await wizard.field("Compression").selectOption({ label: "Small (zstd 9)" });
    await plan.getByText("Small (zstd 9)").waitFor();
    await wizard.next("Review");
    await plan.getByRole("button", { name: "Change Target" }).click();
    await wizard.heading("Target").waitFor();
    await app.page.setViewportSize({ width: 1280, height: 800 });
    expect(await plan.isVisible()).toBe(false);
    expect(app.problems).toEqual([]);
  });
});
