/** Turns an HTML report into a PDF. On the command line Chromium does it; the Electron window has its own printer. */
import { spawn } from "node:child_process";
import { access, constants, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

export interface PdfPrinter {
  /**
   * Prints the HTML file to `pdfPath`. Failures: `tool-missing` where nothing can print, `command-failed` with what
   * the printer said, `cancelled`.
   */
  print(htmlPath: string, pdfPath: string, signal?: AbortSignal): Promise<Result<void>>;
}

const names = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
  "msedge",
  "brave-browser",
];

/** Where installers put browsers that are not in PATH. */
const usualPlaces: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: [
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    "C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe",
  ],
};

/** The first Chromium-like browser of the system, or null. `searchPath` has the form of PATH. */
export async function findChromium(
  searchPath: string = process.env["PATH"] ?? "",
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  const suffix = platform === "win32" ? ".exe" : "";
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  const candidates = [
    ...names.flatMap((name) => folders.map((folder) => join(folder, name + suffix))),
    ...(usualPlaces[platform] ?? []),
  ];
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // not this one
    }
  }
  return null;
}

/** A report of a thousand sources has some ten thousand pages. */
const timeoutMs = 15 * 60_000;

/** `browser` null: none was found. */
export function createChromiumPrinter(browser: string | null): PdfPrinter {
  return {
    async print(htmlPath, pdfPath, signal) {
      if (browser === null) {
        return fail(
          "tool-missing",
          told({ kind: "no-browser-for-pdf" }),
          { tool: "chromium" },
          told({ kind: "install-browser" }),
        );
      }
      const profile = await mkdtemp(join(tmpdir(), "sma-pdf-"));
      try {
        const ended = await run(browser, argumentsFor(htmlPath, pdfPath, profile), signal);
        if (signal?.aborted) return fail("cancelled", told({ kind: "printing-stopped" }));
        const written = await stat(pdfPath).catch(() => null);
        if (ended.exitCode === 0 && written !== null && written.size > 0) return ok();
        return fail("command-failed", told({ kind: "pdf-not-made" }), {
          command: browser,
          exitCode: ended.exitCode,
          output: ended.output.slice(-2000),
        });
      } finally {
        await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      }
    },
  };
}

function argumentsFor(htmlPath: string, pdfPath: string, profile: string): string[] {
  const isRoot = process.getuid?.() === 0;
  return [
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    // Nothing in the report asks for the network; the browser itself shall not either.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    // Chromium's sandbox refuses to run as root.
    ...(isRoot ? ["--no-sandbox"] : []),
    `--user-data-dir=${profile}`,
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    `--print-to-pdf=${resolve(pdfPath)}`,
    pathToFileURL(resolve(htmlPath)).href,
  ];
}

function run(
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  return new Promise((settle) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    let output = "";
    const collect = (data: Buffer): void => {
      output = (output + data.toString("utf8")).slice(-16_384);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => settle({ exitCode: -1, output: `${output}${error.message}` }));
    child.on("close", (code) => settle({ exitCode: code ?? -1, output }));
  });
}
