import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const openers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Without a display xdg-open would give the link to a text browser that nobody sees. */
const isWithoutDisplay = () =>
  process.platform === "linux" && !process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"];

/**
 * Opens a link that holds a secret in the user's browser. The link goes through a file that only this user can read:
 * as an argument every user of the machine could see it. False where no browser could be asked.
 */
export async function openInBrowser(link: string, directory: string): Promise<boolean> {
  if (isWithoutDisplay()) return false;
  const file = join(directory, `open-${randomBytes(6).toString("hex")}.html`);
  await writeFile(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${link}">`, {
    mode: 0o600,
    flag: "wx",
  });
  // The link works once, so it does not matter that the file stays until the browser has surely read it.
  setTimeout(() => void rm(file, { force: true }), 60_000).unref();
  const [program, ...leading] = openers[process.platform] ?? ["xdg-open"];
  return new Promise((resolve) => {
    const child = spawn(program, [...leading, pathToFileURL(file).href], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
    child.unref();
  });
}
