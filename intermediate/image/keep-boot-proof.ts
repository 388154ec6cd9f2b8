import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BootVerdict } from "../../common/domain/boot-verdict.ts";
import { preparedName, replaceFile } from "../durable-file.ts";

const names = { verdict: "boot-check.json", console: "boot-console.log", screen: "boot-screen.png" } as const;

/**
 * Keeps what the boot check saw beside the images that it speaks of: verdict with timeline, console log and last
 * screen. The check's own folder is of the newest run alone, and goes with the job. System errors are thrown.
 */
export async function keepBootProof(
  verdict: BootVerdict,
  directory: string,
  claim: (path: string) => Promise<void>,
): Promise<void> {
  const keep = async (name: string, content: string | Buffer | null): Promise<string | null> => {
    if (content === null) return null;
    const path = join(directory, name);
    await claim(preparedName(path));
    await claim(path);
    await replaceFile(path, content);
    return basename(path);
  };
  // A file that somebody removed leaves the verdict as good as it was.
  const read = (path: string | null): Promise<Buffer | null> =>
    path === null ? Promise.resolve(null) : readFile(path).catch(() => null);
  const { consoleLogPath, screenshotPath, ...said } = verdict;
  const consoleLog = await keep(names.console, await read(consoleLogPath));
  const screen = await keep(names.screen, await read(screenshotPath));
  await keep(names.verdict, `${JSON.stringify({ ...said, consoleLog, screen }, null, 2)}\n`);
}
