import { inEnglish } from "../../support/in-english.ts";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AssessedInput } from "../../../common/domain/report.ts";
import { languages } from "../../../common/domain/report-text/catalogue.ts";
import { failure } from "../../../common/result.ts";
import { assess } from "../../../main/compatibility/assess.ts";
import { createChromiumPrinter, findChromium, type PdfPrinter } from "../../../main/reports/pdf-printer.ts";
import { writeReports, type WriteReportsOptions } from "../../../main/reports/write-reports.ts";
import { plainLinux, plainWindows } from "../../unit/main/compatibility/sample-facts.ts";

const browser = await findChromium();
if (browser === null)
  console.warn("SKIPPED: no Chromium in PATH, so no PDF is printed and no report is opened");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sma-printed-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* inputs(): AsyncGenerator<AssessedInput> {
  yield {
    kind: "assessed",
    id: "<b>app01</b>",
    input: "app01.json",
    assessment: assess("<b>app01</b>", plainLinux()),
  };
  yield { kind: "assessed", id: "win", input: "win.json", assessment: assess("win", plainWindows("2008")) };
  yield {
    kind: "failed",
    id: "cut",
    input: "cut.json",
    failure: failure("bundle-invalid", inEnglish("cut.json: cut short")),
  };
}

const options = (parts: Partial<WriteReportsOptions> = {}): WriteReportsOptions => ({
  language: "en",
  timeZone: "UTC",
  now: 0,
  parallelJobs: 4,
  isSingle: false,
  printer: createChromiumPrinter(browser),
  ...parts,
});

describe.skipIf(browser === null)("the report in a browser", () => {
  it.each(languages)("is printed to a PDF of several pages (%s)", async (language) => {
    const pdfPath = join(folder, `${language}.pdf`);
    expect(await writeReports(inputs(), { pdfPath }, options({ language }))).toMatchObject({ ok: true });
    const pdf = await readFile(pdfPath, "latin1");
    expect(pdf.startsWith("%PDF-")).toBe(true);
    expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(2);
  });

  it.each(["light", "dark"] as const)(
    "opens without a script, a request or a complaint (%s)",
    async (colorScheme) => {
      const htmlPath = join(folder, "report.html");
      await writeReports(inputs(), { htmlPath }, options({ language: "ja" }));
      const running = await chromium.launch({ executablePath: browser ?? "", args: ["--no-sandbox"] });
      try {
        const page = await running.newPage({ colorScheme, viewport: { width: 1200, height: 900 } });
        const complaints: string[] = [];
        page.on("console", (message) => complaints.push(message.text()));
        page.on("request", (request) => {
          if (!request.url().startsWith("file:")) complaints.push(request.url());
        });
        await page.goto(`file://${htmlPath}`);
        expect(complaints).toEqual([]);
        expect(await page.locator("article h2").allTextContents()).toEqual(["<b>app01</b>", "win"]);
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(background).toBe(colorScheme === "dark" ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)");
        for (const width of [1200, 420]) {
          await page.setViewportSize({ width, height: 900 });
          const isTooWide = await page.evaluate(
            () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
          );
          expect(isTooWide, `${width} px`).toBe(false);
        }
      } finally {
        await running.close();
      }
    },
  );
});

describe("writing reports", () => {
  it("names the missing browser and leaves the HTML report there", async () => {
    const outputs = { htmlPath: join(folder, "kept.html"), pdfPath: join(folder, "none.pdf") };
    const result = await writeReports(inputs(), outputs, options({ printer: createChromiumPrinter(null) }));
    expect(result).toMatchObject({
      ok: false,
      failure: { code: "tool-missing", context: { tool: "chromium" } },
    });
    expect(existsSync(outputs.htmlPath)).toBe(true);
    expect(existsSync(outputs.pdfPath)).toBe(false);
  });

  it("finds no browser where there is none", async () => {
    expect(await findChromium(folder, "linux")).toBeNull();
  });

  it("reports what a browser that fails has said", async () => {
    const fake = join(folder, "chromium");
    await writeFile(fake, "#!/bin/sh\necho no display for you >&2\nexit 3\n", { mode: 0o700 });
    expect(await findChromium(folder)).toBe(fake);
    const printed = await createChromiumPrinter(fake).print(join(folder, "x.html"), join(folder, "x.pdf"));
    expect(printed).toMatchObject({
      ok: false,
      failure: { code: "command-failed", context: { exitCode: 3 } },
    });
    expect(JSON.stringify(printed)).toContain("no display for you");
  });

  it("leaves nothing half behind when a report cannot be written", async () => {
    const target = join(folder, "half");
    const result = await writeReports(
      inputs(),
      { htmlPath: join(target, "not-there", "a.html"), json: join(folder, "whole.json") },
      options(),
    );
    expect(result).toMatchObject({ ok: false, failure: { code: "storage-failed" } });
    expect((await readdir(folder)).filter((name) => /whole|partial/.test(name))).toEqual([]);
  });

  it("is cancelled between two sources and leaves nothing behind", async () => {
    const controller = new AbortController();
    const neverPrints: PdfPrinter = { print: () => Promise.reject(new Error("must not be called")) };
    const result = await writeReports(
      inputs(),
      { json: join(folder, "cancelled.json"), pdfPath: join(folder, "cancelled.pdf") },
      options({ signal: controller.signal, printer: neverPrints, onInput: () => controller.abort() }),
    );
    expect(result).toMatchObject({ ok: false, failure: { code: "cancelled" } });
    expect((await readdir(folder)).filter((name) => name.includes("cancelled"))).toEqual([]);
  });
});
