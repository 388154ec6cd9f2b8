/** What a person does in the app, in the words of the screens. */
import type { Locator, Page } from "playwright-core";
import type { PreloadApi } from "../../../common/api/bridge.ts";

/** Notes what live regions say of jobs from now on, as a screen reader would read it out. */
export async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const heard: string[] = [];
    const note = () => {
      for (const region of document.querySelectorAll("[role=status].visually-hidden")) {
        const words = region.textContent;
        if (words !== "" && words !== heard.at(-1)) heard.push(words);
      }
    };
    new MutationObserver(note).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    Object.assign(window, { heard });
  });
  return () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
}

export class AppPage {
  readonly page: Page;
  /** What the content policy refused, and what went wrong in the page. */
  readonly problems: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("console", (message) => {
      if (/content security policy/i.test(message.text())) this.problems.push(message.text());
    });
    page.on("dialog", (dialog) => {
      this.problems.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  get navigation(): Locator {
    return this.page.getByRole("navigation");
  }

  async open(link: string): Promise<void> {
    await this.page.goto(link);
    await this.navigation.waitFor();
  }

  /** Another place of the same pages, as a link within them would. */
  async show(hash: string): Promise<void> {
    await this.page.evaluate((to) => {
      window.location.hash = to;
    }, hash);
  }

  async goTo(screen: string): Promise<void> {
    await this.navigation.getByRole("link", { name: screen }).click();
  }

  async importList(
    format: string,
    text: string,
  ): Promise<{ check(): Promise<string>; add(): Promise<void> }> {
    await this.page.getByRole("button", { name: "Import a list" }).first().click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByText(format, { exact: true }).click();
    // As a file: typing ten thousand lines into a text field takes Chromium minutes.
    await this.page
      .locator("input[type=file]")
      .last()
      .setInputFiles({ name: "list.txt", mimeType: "text/plain", buffer: Buffer.from(text) });
    return {
      check: async () => {
        await dialog.getByRole("button", { name: "Check" }).click();
        return dialog.getByRole("status").locator("strong").innerText();
      },
      add: async () => {
        await dialog.getByRole("button", { name: /^Add / }).click();
        await dialog.waitFor({ state: "hidden" });
      },
    };
  }

  async addSource(given: {
    host: string;
    name: string;
    port: number;
    user: string;
    keyFile: string;
  }): Promise<void> {
    await this.page.getByRole("button", { name: "Add a source" }).first().click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByLabel("Host name or IP address").fill(given.host);
    await dialog.getByLabel(/^Name/).fill(given.name);
    await dialog.getByLabel("Port").fill(String(given.port));
    await dialog.getByLabel("Log in with").selectOption({ label: "A key file" });
    await dialog.getByLabel("User").fill(given.user);
    await dialog.getByLabel("Private key file on this machine").fill(given.keyFile);
    await dialog.getByLabel("Becoming root").selectOption({ label: "Not needed: the user is root" });
    await dialog.getByRole("button", { name: "Save and test the connection" }).click();
  }

  /** The dialog about a host key that was not seen before. */
  get hostKeyQuestion(): Locator {
    return this.page.getByRole("dialog", { name: "Is this the right server?" });
  }

  /** Calls a procedure as the page itself does. */
  async call<T>(name: string, input: object): Promise<T> {
    const answer = await this.page.evaluate(
      async ([procedure, body]) => {
        type Answer = { ok: boolean; value: unknown; failure?: { message: string } };
        const { sma } = window as { sma?: PreloadApi };
        // Numbers that the page itself does not reach.
        if (sma !== undefined) {
          const number = Math.floor(1e9 + Math.random() * 1e9);
          return (await sma.call(number, procedure, JSON.parse(body))) as Answer;
        }
        const headers = { "Content-Type": "application/json" };
        const response = await fetch(`/api/${procedure}`, { method: "POST", headers, body });
        return (await response.json()) as Answer;
      },
      [name, JSON.stringify(input)] as const,
    );
    if (!answer.ok) throw new Error(`${name}: ${answer.failure?.message}`);
    return answer.value as T;
  }
}
