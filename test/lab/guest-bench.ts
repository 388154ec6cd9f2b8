/** A lab guest as the source of whole jobs: real assistants over SSH, each with a state folder and ports of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobView } from "../../common/api/procedures.ts";
import { unwrap } from "../../common/result.ts";
import { runSma, startSma, type RunningSma, type SmaResult } from "../support/run-sma.ts";
import { freePort } from "../support/sshd/sshd.ts";
import { bootLabSource, type LabSource } from "./boot-source.ts";
import type { LayoutName } from "./layouts.ts";
import { prepareLabImage, type LabContext, type LabImage } from "./prepare-image.ts";

export interface GuestBench {
  readonly source: LabSource;
  readonly image: LabImage;
  readonly directory: string;
  /** Starts `migrate` of the guest with a state folder of its own, `<directory>/<name>`. */
  start(name: string, more: readonly string[]): Promise<RunningSma>;
  migrate(
    name: string,
    more: readonly string[],
  ): Promise<{ readonly ran: SmaResult; readonly job: JobView | null }>;
  /** Runs `sma` over that state folder. */
  sma(name: string, args: readonly string[]): Promise<SmaResult>;
}

export interface GuestCase {
  readonly name: string;
  run(bench: GuestBench): Promise<void>;
}

export function need(condition: boolean, what: string, evidence: unknown = ""): asserts condition {
  if (!condition) throw new Error(`${what}: ${JSON.stringify(evidence).slice(0, 1500)}`);
}

export const shell = async (source: LabSource, command: string): Promise<string> =>
  unwrap(await source.run(command)).stdout.trim();

/** Boots a guest for `act`. `more` are options of every `sma migrate`. */
export async function withGuestBench<T>(
  layout: LayoutName,
  more: readonly string[],
  context: LabContext,
  act: (bench: GuestBench) => Promise<T>,
): Promise<T> {
  const image = unwrap(await prepareLabImage(layout, context));
  const source = unwrap(await bootLabSource(image, context));
  const directory = mkdtempSync(join(tmpdir(), "sma-lab-guest-"));
  const sma: GuestBench["sma"] = (name, args) => runSma(args, { stateDirectory: join(directory, name) });
  const start: GuestBench["start"] = async (name, options) => {
    const stateDirectory = join(directory, name);
    const ports = ["--control-port", String(await freePort()), "--data-port", String(await freePort())];
    return startSma(
      [
        ...["migrate", `root@127.0.0.1:${source.port}`, "--identity", source.keyPath],
        ...["--accept-host-key", source.hostKey, "--advertise", source.hostAddress],
        ...["--directory", join(stateDirectory, "target"), ...ports, "--json", ...more, ...options],
      ],
      { stateDirectory },
    );
  };
  const migrate: GuestBench["migrate"] = async (name, options) => {
    const ran = await (await start(name, options)).result;
    return { ran, job: ran.exitCode === 0 ? (JSON.parse(ran.stdout) as JobView) : null };
  };
  try {
    return await act({ source, image, directory, start, migrate, sma });
  } finally {
    await source.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs those whose names contain a part, or all; true where all went as they should. */
export async function runCases(
  cases: readonly GuestCase[],
  parts: readonly string[],
  bench: GuestBench,
  { report, signal }: LabContext,
): Promise<boolean> {
  let isGood = true;
  for (const each of cases) {
    if (signal.aborted || (parts.length > 0 && !parts.some((part) => each.name.includes(part)))) continue;
    const begun = Date.now();
    try {
      await each.run(bench);
      report(`ok      ${each.name} (${Math.round((Date.now() - begun) / 1000)} s)`);
    } catch (error) {
      isGood = false;
      report(`FAILED  ${each.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return isGood;
}
