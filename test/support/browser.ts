/** The browser that tests look through. */
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/**
 * Chromium without what only a person needs (its own window, extensions, a compositor): the same pages for half the
 * processor's time. The whole Chromium where Debian's package of it is missing. Not the script
 * in /usr/bin: it stays between, and what ends it leaves the browser running.
 */
export const browserProgram =
  ["/usr/lib/chromium/chromium-headless-shell"].find((path) => existsSync(path)) ?? "/usr/bin/chromium";

/** What pages are drawn with is no part of what tests are about: one thread, and no emulated graphics card. */
export const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--num-raster-threads=1",
  "--renderer-process-limit=2",
] as const;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserProgram, args: [...browserArguments] });
}
