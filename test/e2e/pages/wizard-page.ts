/** The wizard as a person goes through it. */
import type { Locator, Page } from "playwright-core";

export type WizardStepTitle = "Source" | "Check" | "Target" | "Plan" | "Review";

export class WizardPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get #content(): Locator {
    return this.page.locator("#content");
  }

  heading(step: WizardStepTitle): Locator {
    return this.#content.getByRole("heading", { level: 2, name: new RegExp(`^${step}\\s*, Step `) });
  }

  async open(): Promise<void> {
    await this.page.getByRole("button", { name: "New migration" }).first().click();
    await this.#content.getByRole("heading", { level: 1, name: "New migration" }).waitFor();
  }

  /** Goes on and waits for the step that follows. */
  async next(to: WizardStepTitle): Promise<void> {
    await this.#content.getByRole("button", { name: "Next" }).click();
    await this.heading(to).waitFor();
  }

  /** Goes back by the button of the wizard itself. */
  async back(to: WizardStepTitle): Promise<void> {
    await this.#content.getByRole("button", { name: "Back", exact: true }).click();
    await this.heading(to).waitFor();
  }

  /** Goes to a step by the list of steps at the top. */
  async jump(to: WizardStepTitle): Promise<void> {
    await this.#content.getByRole("listitem").getByRole("button", { name: to }).click();
    await this.heading(to).waitFor();
  }

  row(source: string): Locator {
    return this.#content.getByRole("row").filter({ has: this.page.getByText(source, { exact: true }) });
  }

  async choose(source: string): Promise<void> {
    await this.#content.getByRole("checkbox", { name: `Select ${source}` }).check();
  }

  isChosen(source: string): Promise<boolean> {
    return this.#content.getByRole("checkbox", { name: `Select ${source}` }).isChecked();
  }

  /** Has every chosen source assessed and waits for the last verdict. */
  async assess(): Promise<void> {
    await this.#content.getByRole("button", { name: /^Assess / }).click();
    await this.#content.getByRole("link", { name: "Disk map and all findings" }).first().waitFor();
    await this.#content.getByText("Reading from the engine").waitFor({ state: "hidden" });
  }

  /** A field by its label. */
  field(label: string): Locator {
    return this.#content.getByLabel(label, { exact: true });
  }

  async fill(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(values)) await this.field(label).fill(value);
  }

  async start(source: string): Promise<void> {
    await this.#content.getByRole("checkbox", { name: "I have read this" }).check();
    await this.#content.getByRole("button", { name: `Migrate ${source}` }).click();
  }
}
