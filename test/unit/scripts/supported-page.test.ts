/** docs/SUPPORTED.md says what the data and the stores say. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { osMatrix } from "../../../main/compatibility/os-matrix.ts";
import { mostRunning } from "../../../main/store/job-leases.ts";
import { mostJobs } from "../../../main/store/job-store.ts";
import { mostSources } from "../../../main/store/source-store.ts";

const page = readFileSync(new URL("../../../docs/SUPPORTED.md", import.meta.url), "utf8");

it("the page of supported systems names every entry of the list and of the lab", () => {
  const labels = [...osMatrix.listed, ...osMatrix.labTested].map(({ label }) => label);
  expect(labels.filter((label) => !page.includes(`| ${label} |`))).toEqual([]);
});

it("the page of supported systems has the stores' limits", () => {
  const english = new Intl.NumberFormat("en");
  expect(page).toContain(`| sources | ${english.format(mostSources)} |`);
  expect(page).toContain(`| jobs on record | ${english.format(mostJobs)},`);
  expect(page).toContain(`| jobs that run at once | ${mostRunning};`);
});
