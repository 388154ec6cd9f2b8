/** Boots what was received and says whether it came up, with the last screen and the console as evidence. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootCheckIn, BootVerdict } from "../../common/domain/boot-verdict.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { detectAccelerator, type Accelerator } from "../qemu/accelerator.ts";
import type { Guest } from "../qemu/guest.ts";
import type { TaskContext, TaskImplementations } from "../tasks/implementations.ts";
import { injectCheckIn, parseCheckIn, shortcomings } from "./check-in.ts";
import { ConsoleMemory } from "./console-memory.ts";
import { BootWatch, type Outcome, type View } from "./console-watch.ts";
import { startThrowawayMachine, type MachineOptions, type ThrowawayMachine } from "./machine.ts";
import { pngOf } from "./png.ts";
import { Standstill } from "./standstill.ts";
import { loadVgaFont, parsePpm, readScreen, type Picture, type VgaFont } from "./screen-text.ts";

export type BootOptions = Omit<Parameters<TaskImplementations["checkBoot"]>[0], "repair">;

const pollMs = 1_000;
/** How long a system that says it is up may take to show its login prompt as well. */
const promptSeconds = 15;
/** How long it is watched after its first login prompt, so that log and picture hold those of other consoles. */
const settleSeconds = 4;
/** From power on to the first sign of a boot loader, at most; tens of times what it takes on a busy machine. */
const loaderSeconds = 150;
const mostCheckInCharacters = 65_536;
/** How long a system that is up may take to check in from inside. */
const checkInSeconds = 150;
/** SELinux labels all files anew and restarts the machine then. */
const relabelling =
  /selinux-autorelabel|SELinux .*relabel is required|Relabeling could take a very long time/;
/** How many times the usual time a boot may take that labels every file. */
const relabelFactor = 4;
/** Scanning the guest's memory takes at most this share of the time. */
const scanShare = 0.1;

/**
 * Boots the disks in QEMU on overlays that are thrown away; the replicas are opened read-only and stay untouched. A
 * machine that does not come up is a verdict, not a failure. Fails with `tool-missing`, `image-failed`, `no-space` or
 * `cancelled`, and then leaves no machine and no overlay behind.
 *
 * Three places are watched, because a guest boots as it is and writes where its own configuration says: the serial
 * port; the screen, read by its glyphs (VGA text mode, and framebuffers with the kernel's own font); and the kernel's
 * consoles in the guest's memory (framebuffers with any font, and consoles that no driver draws).
 *
 * In the work directory stay `console.log` (serial), `last-screen.png` and `last-screen.txt` (all text seen last).
 */
export async function bootOnce(options: BootOptions): Promise<Result<BootVerdict>> {
  const { workDirectory, claim, signal } = options;
  if (signal.aborted) return cancelled();
  const picturePath = join(workDirectory, "screen.ppm");
  const screenshotPath = join(workDirectory, "last-screen.png");
  const textPath = join(workDirectory, "last-screen.txt");
  for (const path of [picturePath, screenshotPath, textPath]) await claim(path);

  const accelerator = await detectAccelerator();
  const inside = new CheckIn(options);
  const network = { kind: "none" } as const;
  const started = await startThrowawayMachine({ ...options, ...inside.hooks, accelerator, network });
  if (!started.ok) return started;
  const machine = started.value;
  const eyes = await Eyes.open(machine, picturePath);
  try {
    const watched = await watch(machine.guest, eyes, accelerator, inside, options);
    if (!watched.ok) return watched;
    const { outcome, seconds, timeline } = watched.value;
    await writeFile(textPath, eyes.everything(), { mode: 0o600 });
    const picture = eyes.lastPicture;
    if (picture !== null) await writeFile(screenshotPath, pngOf(picture), { mode: 0o600 });
    const checkIn = outcome.kind === "booted" ? inside.said : null;
    const missing = checkIn === null ? [] : shortcomings(checkIn);
    const found = [outcome.seen, ...missing];
    const verdict: BootVerdict = {
      booted: outcome.kind === "booted",
      cause: outcome.kind === "failed" ? outcome.cause : missing.length > 0 ? "degraded" : null,
      checkIn,
      repairs: [],
      evidence: found.map(({ what }) => what).join("; "),
      found,
      accelerator,
      secondsToVerdict: seconds,
      consoleLogPath: machine.console.path,
      screenshotPath: picture === null ? null : screenshotPath,
      timeline: [...timeline],
    };
    return ok(verdict);
  } finally {
    await eyes.close();
    await machine.destroy();
    await rm(picturePath, { force: true });
  }
}

const cancelled = (): ReturnType<typeof fail> => fail("cancelled", told({ kind: "boot-check-stopped" }));

interface Watched {
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly timeline: BootVerdict["timeline"];
}

async function watch(
  guest: Guest,
  eyes: Eyes,
  accelerator: Accelerator,
  inside: CheckIn,
  { signal, timeoutSeconds, report }: TaskContext & { readonly timeoutSeconds: number },
): Promise<Result<Watched>> {
  const boot = new BootWatch();
  const begun = performance.now();
  let ended: string | null = null;
  let upSince: number | null = null;
  let promptSince: number | null = null;
  let relabels = false;
  const standstill = new Standstill();
  void guest.ended.then(({ reason }) => (ended = reason));
  const settled = (outcome: Outcome, atSeconds: number): Result<Watched> =>
    ok({ outcome, seconds: atSeconds, timeline: boot.timeline });
  for (;;) {
    if (signal.aborted) return cancelled();
    // Asked before looking: what a machine wrote before it ended is still seen.
    const endedBefore: string | null = ended;
    const views = await eyes.look(signal);
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    if (!relabels && views.some(({ text }) => relabelling.test(text))) {
      // A machine of the check ends where it would restart: this restart is part of the boot.
      relabels = true;
      await guest.qmp.execute("set-action", { reboot: "reset" });
    }
    const outcome = boot.observe(seconds, views);
    if (outcome?.kind === "failed") return settled(outcome, seconds);
    if (outcome?.kind === "booted") {
      upSince ??= seconds;
      if (outcome.atPrompt) promptSince ??= seconds;
      const waits = inside.isAwaited && seconds < upSince + checkInSeconds;
      const isSettled =
        endedBefore !== null ||
        seconds >= upSince + promptSeconds ||
        (promptSince !== null && seconds >= promptSince + settleSeconds);
      if (isSettled && !(waits && endedBefore === null)) return settled(outcome, promptSince ?? upSince);
    }
    if (endedBefore !== null) {
      const text = endedBefore === "" ? null : endedBefore;
      const seen = told({ kind: "boot-ended", stage: boot.stage, text });
      return settled({ kind: "failed", cause: "ended", seen }, seconds);
    }
    // Code that is not a boot loader's is started all the same, and then nothing more is ever seen.
    if (boot.stage === "firmware" && seconds > loaderSeconds) {
      const seen = told({ kind: "boot-no-loader", seconds: loaderSeconds });
      return settled({ kind: "failed", cause: "no-bootable-device", seen }, seconds);
    }
    const stands = standstill.observe(seconds, boot.stage, eyes.appearance);
    if (stands !== null) {
      return settled({ kind: "failed", cause: "boot-loader-prompt", seen: stands }, seconds);
    }
    const limitSeconds = relabels ? timeoutSeconds * relabelFactor : timeoutSeconds;
    if (seconds > limitSeconds) {
      const cause = boot.waitsFor === null ? "timeout" : "filesystem-wait";
      return settled({ kind: "failed", cause, seen: boot.inVain(limitSeconds) }, seconds);
    }
    report({
      done: Math.floor(seconds),
      total: timeoutSeconds,
      unit: "seconds",
      ...noted({
        kind: "booting-copy",
        stage: boot.stage,
        isEmulated: accelerator === "tcg",
        lastLine: boot.lastLine === "" ? null : boot.lastLine.slice(0, 80),
      }),
    });
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The system's own word, where ours could be put into it. */
class CheckIn {
  readonly hooks: Pick<MachineOptions, "prepare" | "onCheckIn">;
  #text = "";
  #isInjected = false;

  constructor({ guest, signal, report }: BootOptions) {
    this.hooks =
      guest?.platform !== "linux"
        ? {}
        : {
            prepare: async (overlays) => {
              report({ done: 0, total: 0, unit: "seconds", ...noted({ kind: "preparing-check-in" }) });
              // Without it, what is seen from outside still counts.
              this.#isInjected = (await injectCheckIn(overlays, guest, signal)).ok;
            },
            onCheckIn: (bytes) => {
              this.#text = (this.#text + bytes.toString("latin1")).slice(-mostCheckInCharacters);
            },
          };
  }

  get said(): BootCheckIn | null {
    return parseCheckIn(this.#text);
  }

  get isAwaited(): boolean {
    return this.#isInjected && this.said === null;
  }
}

/** All that can be seen of a guest. */
class Eyes {
  readonly #machine: ThrowawayMachine;
  readonly #font: VgaFont | null;
  readonly #memory: ConsoleMemory | null;
  readonly #picturePath: string;
  #screen = "";
  #consoles: string[] = [];
  #nextScanAt = 0;
  lastPicture: Picture | null = null;

  private constructor(
    machine: ThrowawayMachine,
    font: VgaFont | null,
    memory: ConsoleMemory | null,
    picturePath: string,
  ) {
    this.#machine = machine;
    this.#font = font;
    this.#memory = memory;
    this.#picturePath = picturePath;
  }

  static async open(machine: ThrowawayMachine, picturePath: string): Promise<Eyes> {
    const memory = await machine.guest.openMemory();
    const consoles = memory === null ? null : new ConsoleMemory(memory);
    return new Eyes(machine, await loadVgaFont(), consoles, picturePath);
  }

  async look(signal: AbortSignal): Promise<View[]> {
    await this.#lookAtScreen();
    await this.#lookAtMemory(signal);
    return [
      { name: "serial", text: this.#machine.console.tail },
      { name: "screen", text: this.#screen },
      ...this.#consoles.map((text) => ({ name: "kernel" as const, text })),
    ];
  }

  /** What changes when anything that can be seen changes; a blinking cursor is nothing. */
  get appearance(): Buffer {
    const text = Buffer.from(this.#machine.console.tail + this.#screen);
    const pixels = this.#screen === "" ? this.lastPicture?.pixels : undefined;
    return pixels === undefined ? text : Buffer.concat([text, pixels]);
  }

  /** For the file beside the picture. */
  everything(): string {
    return [
      `== screen\n${this.#screen}`,
      ...this.#consoles.map((text) => `== a console of the kernel\n${text}`),
      `== serial console, its end\n${this.#machine.console.tail.slice(-4_000)}`,
      "",
    ].join("\n");
  }

  async close(): Promise<void> {
    await this.#memory?.close();
  }

  /** The last picture stays where there is no newer one: a machine that has ended has no screen. */
  async #lookAtScreen(): Promise<void> {
    const { qmp } = this.#machine.guest;
    const dumped = await qmp.execute("screendump", { filename: this.#picturePath });
    const file = dumped.ok ? await readFile(this.#picturePath).catch(() => null) : null;
    const picture = file === null ? null : parsePpm(file);
    if (picture === null) return;
    this.lastPicture = picture;
    if (this.#font !== null) this.#screen = readScreen(picture, this.#font);
  }

  async #lookAtMemory(signal: AbortSignal): Promise<void> {
    if (this.#memory === null) return;
    const begun = performance.now();
    if (begun >= this.#nextScanAt) {
      await this.#memory.scan(signal);
      const now = performance.now();
      this.#nextScanAt = now + Math.max(2_000, (now - begun) / scanShare);
    }
    this.#consoles = await this.#memory.readKnown();
  }
}
