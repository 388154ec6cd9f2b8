/** Watches an instance as the boot check does, on serial, screen and in memory, until its system shows that it runs. */
import type { Stats } from "node:fs";
import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { ConsoleMemory } from "../../intermediate/boot-check/console-memory.ts";
import { BootWatch, type View } from "../../intermediate/boot-check/console-watch.ts";
import { pngOf } from "../../intermediate/boot-check/png.ts";
import {
  loadVgaFont,
  parsePpm,
  readScreen,
  type Picture,
  type VgaFont,
} from "../../intermediate/boot-check/screen-text.ts";
import { openGuestMemory } from "../../intermediate/qemu/guest-memory.ts";
import type { InstanceDocument } from "../store/cutover-store.ts";
import { instanceFiles, type PowerDriver } from "./power.ts";

const pollMs = 500;
const tailBytes = 65_536;
/** How long a system that says it is up may take to show a login prompt as well. */
const promptSeconds = 15;

export interface WatchOptions {
  readonly instance: InstanceDocument;
  readonly power: PowerDriver;
  /** Bytes of the console log that were there before this start. */
  readonly consoleFrom: number;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  onNote(note: Told): void;
}

/** The evidence, or `target-did-not-boot` with what was seen last. */
export async function watchInstance(options: WatchOptions): Promise<Result<Told>> {
  const { instance, power, signal, timeoutSeconds } = options;
  const boot = new BootWatch();
  const font = await loadVgaFont();
  const now = await power.state(instance);
  if (!now.ok) return now;
  const memory = await openGuestMemory(now.value.pid);
  const consoles = memory === null ? null : new ConsoleMemory(memory);
  const begun = performance.now();
  let upSince: number | null = null;
  let nextScanAt = 0;
  let picture: Picture | null = null;
  try {
    for (;;) {
      if (signal.aborted) return fail("cancelled", told({ kind: "watching-stopped" }));
      const state = await power.state(instance);
      if (!state.ok) return state;
      const views: View[] = [{ name: "serial", text: await consoleTail(options) }];
      picture = (await screenOf(options)) ?? picture;
      if (picture !== null && font !== null) views.push({ name: "screen", text: textOn(picture, font) });
      if (consoles !== null) {
        if (performance.now() >= nextScanAt) {
          const scanned = performance.now();
          await consoles.scan(signal);
          nextScanAt = performance.now() + Math.max(2_000, (performance.now() - scanned) * 10);
        }
        for (const text of await consoles.readKnown()) views.push({ name: "kernel", text });
      }
      const seconds = (performance.now() - begun) / 1000;
      const outcome = boot.observe(seconds, views);
      if (outcome?.kind === "failed") return await notUp(options, outcome.seen, picture);
      if (outcome?.kind === "booted") {
        upSince ??= seconds;
        if (outcome.atPrompt || seconds >= upSince + promptSeconds) {
          await keepPicture(options, picture);
          return ok(outcome.seen);
        }
      }
      if (state.value.power === "stopped")
        return await notUp(options, told({ kind: "boot-ended", stage: boot.stage, text: null }), picture);
      if (seconds > timeoutSeconds) return await notUp(options, boot.inVain(timeoutSeconds), picture);
      options.onNote(boot.underWay);
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await memory?.close();
    await rm(join(instance.folder, instanceFiles.screen), { force: true });
  }
}

function textOn(picture: Picture, font: VgaFont): string {
  return readScreen(picture, font);
}

async function notUp(options: WatchOptions, evidence: Told, picture: Picture | null): Promise<Result<never>> {
  await keepPicture(options, picture);
  const { instance } = options;
  return fail(
    "target-did-not-boot",
    told({ kind: "did-not-come-up", name: instance.spec.name, because: evidence }),
    {
      consoleLog: join(instance.folder, instanceFiles.console),
      ...(picture === null ? {} : { lastScreen: join(instance.folder, instanceFiles.picture) }),
    },
  );
}

async function keepPicture({ instance }: WatchOptions, picture: Picture | null): Promise<void> {
  if (picture !== null)
    await writeFile(join(instance.folder, instanceFiles.picture), pngOf(picture), { mode: 0o600 });
}

async function consoleTail({ instance, consoleFrom }: WatchOptions): Promise<string> {
  const path = join(instance.folder, instanceFiles.console);
  const file = await open(path, "r").catch(() => null);
  if (file === null) return "";
  try {
    const { size } = await file.stat();
    const from = Math.max(consoleFrom, size - tailBytes);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    await file.read(bytes, 0, bytes.length, from);
    return bytes.toString("latin1");
  } finally {
    await file.close();
  }
}

async function screenOf({ instance, power }: WatchOptions): Promise<Picture | null> {
  const path = join(instance.folder, instanceFiles.screen);
  if (!(await power.dumpScreen(instance, path))) return null;
  const bytes = await readFile(path).catch(() => null);
  return bytes === null ? null : parsePpm(bytes);
}

/** Bytes that a console log has now; 0 where there is none yet. */
export async function consoleBytes(instance: InstanceDocument): Promise<number> {
  return stat(join(instance.folder, instanceFiles.console)).then(
    ({ size }: Stats) => size,
    () => 0,
  );
}
