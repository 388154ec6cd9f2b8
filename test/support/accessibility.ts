import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** What axe calls serious or critical on the page as it is: rule, and where. Without `rules`, by all of axe's. */
export async function seriousFindings(page: Page, rules: readonly string[] = []): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(`window.axe === undefined && (() => { ${axe} })()`);
  return page.evaluate(async (only) => {
    const { axe } = window as unknown as {
      axe: {
        run(
          context: Document,
          options: object,
        ): Promise<{
          violations: { id: string; impact: string | null; nodes: { html: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run(document, {
      resultTypes: ["violations"],
      // Style sheets would be fetched anew, for rules that are not on.
      preload: false,
      ...(only.length === 0 ? {} : { runOnly: only }),
    });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
  }, rules);
}

/** The same in light and in dark, where only the colours differ. */
export async function seriousFindingsInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // The theme arrives by way of React, and colours may take their time: a page is judged at rest.
    await page.waitForFunction(
      (scheme) => document.documentElement.getAttribute("data-mantine-color-scheme") === scheme,
      colorScheme,
    );
    await page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    });
    const findings = await seriousFindings(page, colorScheme === "dark" ? ["color-contrast"] : []);
    found.push(...findings.map((each) => `${colorScheme}: ${each}`));
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  return found;
}
