/** The wizard's journeys in a browser on `sma serve`, and what axe says of every screen and step. */
import { expect, it } from "vitest";
import type { JobView } from "../../../common/api/procedures.ts";
import { seriousFindingsInBothThemes } from "../../support/accessibility.ts";
import { startBrowserHost } from "../journeys/hosts.ts";
import { describeWizard } from "../journeys/wizard-journeys.ts";

describeWizard("the wizard in a browser", startBrowserHost, (at) => {
  it("has nothing serious for axe on any screen and step, in light and in dark", async () => {
    const { app, wizard } = at();
    const [job] = await app.call<JobView[]>("job.list", {});
    const screens = [
      ...["#/start", "#/sources", "#/compatibility", `#/compatibility/${job?.sourceId}`, "#/jobs"],
      ...[`#/jobs/${job?.id}`, "#/cutover", `#/cutover/${job?.id}`, "#/settings"],
    ];
    const found: string[] = [];
    for (const screen of screens) {
      await app.show(screen);
      await app.page.reload();
      await app.page.locator("#page-title").waitFor();
      found.push(...(await seriousFindingsInBothThemes(app.page)).map((each) => `${screen} ${each}`));
    }
    await wizard.open();
    await app.page.getByRole("button", { name: "Start over" }).click();
    await wizard.choose("recorded");
    found.push(...(await seriousFindingsInBothThemes(app.page)).map((each) => `source ${each}`));
    for (const step of ["Check", "Target", "Plan", "Review"] as const) {
      await wizard.next(step);
      if (step === "Plan") {
        await wizard.field("File replication").check();
        await app.page.getByRole("slider").first().waitFor();
      }
      found.push(...(await seriousFindingsInBothThemes(app.page)).map((each) => `${step} ${each}`));
    }
    expect(found).toEqual([]);
    expect(app.problems).toEqual([]);
  });
});
