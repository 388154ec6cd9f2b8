/** A job's own screen. */
import type { Locator, Page } from "playwright-core";

export class JobPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The job whose screen is open. */
  get id(): string {
    return /#\/jobs\/([0-9a-f]+)/.exec(this.page.url())?.[1] ?? "";
  }

  get title(): Locator {
    return this.page.locator("#page-title");
  }

  /** The state beside the source's name. */
  state(words: string): Locator {
    return this.title.getByText(words, { exact: true });
  }

  section(title: string): Locator {
    return this.page.locator("section").filter({ has: this.page.getByRole("heading", { name: title }) });
  }

  /** A step of the list of phases, as it stands. */
  step(name: string, status: "Done" | "Now"): Locator {
    return this.page.locator(".phase-step").filter({ hasText: name }).filter({ hasText: status });
  }
}
