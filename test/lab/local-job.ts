/**
 * A real migration of a disk file: sshd on loopback stands for the server whose disk it is; agent, intermediate, job,
 * conversion, boot check, images and receipt are the real thing in processes of their own.
 */
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobView } from "../../common/api/procedures.ts";
import { startLocalSource, type LocalSource, type TestAssistant } from "../support/local-source.ts";
import type { RunningSma } from "../support/run-sma.ts";
import type { LabContext } from "./prepare-image.ts";

export interface LocalJob {
  readonly job: JobView;
  readonly assistant: TestAssistant;
  /** Runs `sma` over the job's state and gives what it printed; an Error where it fails. */
  sma(args: readonly string[]): Promise<string>;
  /** Removes everything. */
  close(): Promise<void>;
}

/** The source's name. */
export const localSourceName = "box";

/** What the migrated server's firmware looks like to the collector, whatever this machine's is. */
const tmpfs = ["-t", "tmpfs", "--mkdir", "sma-lab"] as const;
const firmwareMounts = {
  bios: [[...tmpfs, "/sys/firmware"]],
  uefi: [
    [...tmpfs, "/sys/firmware"],
    [...tmpfs, "/sys/firmware/efi/efivars"],
  ],
} as const;

export interface LocalJobOptions {
  readonly diskPath: string;
  readonly firmware: "bios" | "uefi";
  /** Further options of `sma migrate`. */
  readonly more: readonly string[];
  /** The intermediate is killed once, when the progress says this; the job is resumed then. */
  readonly killAt?: RegExp;
}

/** Migrates the disk; a job that fails is a result as well, with its state. */
export async function runLocalJob(options: LocalJobOptions, context: LabContext): Promise<LocalJob> {
  const { signal, report } = context;
  const source = await startLocalSource({ privateMounts: firmwareMounts[options.firmware] });
  try {
    const assistant = await source.newAssistant();
    const sma = (args: readonly string[]): Promise<string> =>
      finished(assistant.start(args), args, signal, report);
    const args = argumentsOf(assistant, options);
    let isKilled = false;
    const watch = (line: string): void => {
      report(line);
      if (isKilled || options.killAt?.test(line) !== true) return;
      isKilled = true;
      process.kill(
        Number(readFileSync(join(assistant.targetDirectory, "intermediate.pid"), "utf8")),
        "SIGKILL",
      );
      report("killed the intermediate");
    };
    // A job in error is told by its state.
    const tolerate = (error: unknown): void => {
      if (signal.aborted) throw error;
    };
    await finished(assistant.start(args), args, signal, watch).catch(tolerate);
    let [job] = await assistant.ask("job.list", {});
    if (job === undefined) throw new Error("the migration did not begin");
    if (options.killAt !== undefined) {
      if (!isKilled) throw new Error("the migration was over before the kill");
      if (job.state.name !== "finished") await sma(["job", "resume", job.id]).catch(tolerate);
      job = await assistant.ask("job.show", { job: job.id });
    }
    const close = async (): Promise<void> => {
      // What did not finish has an intermediate that waits for it to be resumed.
      if (job.state.name !== "finished") await assistant.run(["job", "cancel", job.id, "--yes"]);
      await closeSource(source);
    };
    return { job, assistant, sma, close };
  } catch (error) {
    await closeSource(source);
    throw error;
  }
}

function argumentsOf(assistant: TestAssistant, { diskPath, more }: LocalJobOptions): string[] {
  const without = new Set(["--no-boot-check", "--no-conversion"]);
  const usual = assistant.migrateArguments(diskPath).filter((argument) => !without.has(argument));
  return [...usual, "--boot-memory", "768", "--boot-timeout", "1800", ...more];
}

async function finished(
  running: RunningSma,
  args: readonly string[],
  signal: AbortSignal,
  report: (text: string) => void,
): Promise<string> {
  const stop = (): void => void running.child.kill("SIGINT");
  signal.addEventListener("abort", stop, { once: true });
  let lastLine = "";
  running.child.stderr?.on("data", (part: string) => {
    for (const line of part.split("\n").map((each) => each.trim())) {
      // The same thing going on is told once.
      const headline = line.replaceAll(/\d+/g, "");
      if (headline !== "" && headline !== lastLine) report(line);
      lastLine = headline === "" ? lastLine : headline;
    }
  });
  const { exitCode, stdout, stderr } = await running.result;
  signal.removeEventListener("abort", stop);
  if (exitCode === 0) return stdout;
  throw new Error(
    `sma ${args.slice(0, 2).join(" ")} ended with ${exitCode}: ${stdout}${stderr.slice(-2_000)}`,
  );
}

async function closeSource(source: LocalSource): Promise<void> {
  await source.stop();
  await rm(source.directory, { recursive: true, force: true });
}
