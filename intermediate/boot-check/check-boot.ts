/** Boots what was received and says whether it came up, with the last screen and the console as evidence. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootVerdict } from "../../common/api/intermediate.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { TaskContext, TaskImplementations } from "../tasks/implementations.ts";
import { findAccelerator, type Accelerator } from "./accelerator.ts";
import { BootWatch, type Outcome } from "./console-watch.ts";
import { Guest } from "./guest.ts";
import { loadVgaFont, parsePpm, readScreen, type VgaFont } from "./screen-text.ts";

const pollMs = 1000;
/** Of the serial console; what scrolled further back has been looked at already. */
const serialTailBytes = 64 * 1024;

/**
 * Boots the disks in QEMU on overlays that are thrown away; the replicas are opened read-only and stay untouched. A
 * machine that does not come up is a verdict, not a failure. Fails with `tool-missing`, `image-failed`, `no-space` or
 * `cancelled`, and then leaves no machine and no overlay behind.
 */
export const checkBoot: TaskImplementations["checkBoot"] = async (options) => {
  const accelerator = await findAccelerator();
  const font = await loadVgaFont();
  const picturePath = join(options.workDirectory, "screen.ppm");
  const screenshotPath = join(options.workDirectory, "last-screen.png");
  await options.claim(picturePath);
  await options.claim(screenshotPath);

  const started = await Guest.start({ ...options, accelerator });
  if (!started.ok) return started;
  const guest = started.value;
  try {
    const watched = await watch(guest, font, picturePath, accelerator, options);
    if (!watched.ok) return watched;
    const { outcome, seconds, timeline } = watched.value;
    const hasScreenshot = await guest.screenshot(screenshotPath, "png");
    const verdict: BootVerdict = {
      booted: outcome.kind === "booted",
      evidence: outcome.evidence,
      accelerator,
      secondsToVerdict: seconds,
      consoleLogPath: guest.serialPath,
      screenshotPath: hasScreenshot ? screenshotPath : null,
      timeline: [...timeline],
    };
    return ok(verdict);
  } finally {
    await guest.destroy();
    await rm(picturePath, { force: true });
  }
};

interface Watched {
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly timeline: BootVerdict["timeline"];
}

async function watch(
  guest: Guest,
  font: VgaFont | null,
  picturePath: string,
  accelerator: Accelerator,
  options: TaskContext & { readonly timeoutSeconds: number },
): Promise<Result<Watched>> {
  const boot = new BootWatch();
  const begun = performance.now();
  const slow = accelerator === "tcg" ? " (emulated: slow, no KVM here)" : "";
  for (let screen = ""; ;) {
    const seconds = (performance.now() - begun) / 1000;
    if (options.signal.aborted) return fail("cancelled", "the boot check was cancelled");
    screen = (await screenText(guest, font, picturePath)) ?? screen;
    const outcome = boot.observe(round(seconds), await guest.serialTail(serialTailBytes), screen);
    const watched = (settled: Outcome) =>
      ok({ outcome: settled, seconds: round(seconds), timeline: boot.timeline });
    if (outcome !== null) return watched(outcome);
    if (guest.ended !== null) {
      return watched({
        kind: "failed",
        evidence: `the machine switched itself off or restarted after: ${boot.stage}`,
      });
    }
    if (seconds > options.timeoutSeconds) {
      const last = screen.trimEnd().split("\n").at(-1)?.trim() ?? "";
      return watched({
        kind: "failed",
        evidence: `no sign of a running system within ${options.timeoutSeconds} s; it came as far as: ${boot.stage}${last === "" ? "" : `; last line: ${last}`}`,
      });
    }
    options.report({
      done: Math.floor(seconds),
      total: options.timeoutSeconds,
      unit: "seconds",
      note: `booting: ${boot.stage}${slow}`,
    });
    await sleep(pollMs);
  }
}

/** Null where the screen cannot be read now. */
async function screenText(guest: Guest, font: VgaFont | null, path: string): Promise<string | null> {
  if (font === null || !(await guest.screenshot(path, "ppm"))) return null;
  const file = await readFile(path).catch(() => null);
  const picture = file === null ? null : parsePpm(file);
  return picture === null ? null : readScreen(picture, font);
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
