/**
 * Kills of one part of a migration at a random point that follows from a seed: which part, in which step, how far into
 * it. The migration must end in an equal image all the same, with nothing left on the source.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { StepName } from "../../common/domain/job.ts";
import { jobProgressSchema } from "../../common/domain/progress.ts";
import { imageHash, imageOf, onlyJob } from "./job-views.ts";
import type { LocalSource, TestAssistant } from "./local-source.ts";
import { hashFile, writeMixedDisk } from "./mixed-disk.ts";
import type { RunningSma } from "./run-sma.ts";
import { seededRandom } from "./seeded-random.ts";

type Victim = "agent" | "intermediate" | "assistant";

export interface KillCase {
  readonly seed: number;
  readonly victim: Victim;
  readonly step: StepName;
  /** How much of the step is done: bytes of the first pass in a sync, a part of a second elsewhere. */
  readonly share: number;
  readonly diskBytes: number;
}

export interface KillOutcome {
  /** False where the point had passed before it was seen: the migration ended without a kill. */
  readonly wasKilled: boolean;
  readonly seconds: number;
  /** Empty where all was as it must be. */
  readonly wrong: string;
}

/** The steps in which each part works; a sync is most of a migration, and most of the kills. */
const stepsOf: Readonly<Record<Victim, readonly StepName[]>> = {
  agent: ["push", "sync", "sync", "sync", "sync"],
  intermediate: ["push", "sync", "sync", "sync", "verify", "image", "receipt"],
  assistant: [
    "preflight",
    "provision",
    "push",
    "sync",
    "sync",
    "sync",
    "verify",
    "image",
    "receipt",
    "clean-up",
  ],
};

export function killCaseOf(seed: number): KillCase {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const victim = pick(["agent", "intermediate", "assistant"] as const);
  return {
    seed,
    victim,
    step: pick(stepsOf[victim]),
    share: Math.round(random() * 900) / 1000,
    diskBytes: 8 * 1_048_576 + Math.floor(random() * 1000) * 512,
  };
}

export const describeKill = ({ seed, victim, step, share }: KillCase): string =>
  `seed ${seed}: ${victim} in ${step} at ${Math.round(share * 100)} %`;

export async function runKillCase(source: LocalSource, kill: KillCase): Promise<KillOutcome> {
  const begun = Date.now();
  const assistant = await source.newAssistant();
  const disk = join(assistant.stateDirectory, "disk.img");
  writeMixedDisk(disk, kill.diskBytes, `kill ${kill.seed}`);
  let outcome: Omit<KillOutcome, "seconds">;
  try {
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "2M"]));
    const wasKilled = await killAt(assistant, running, kill);
    outcome = { wasKilled, wrong: await endOf(assistant, running, disk) };
  } catch (error) {
    outcome = { wasKilled: false, wrong: error instanceof Error ? error.message : String(error) };
  }
  const wrong = outcome.wrong === "" ? "" : `${outcome.wrong} (${assistant.stateDirectory})`;
  if (wrong === "") rmSync(assistant.stateDirectory, { recursive: true, force: true });
  return { ...outcome, wrong, seconds: (Date.now() - begun) / 1000 };
}

/** What is not as it must be after the migration, resumed where it was left; empty for nothing. */
async function endOf(assistant: TestAssistant, running: RunningSma, disk: string): Promise<string> {
  let result = await running.result;
  // A job that somebody must resume says so; it is not asked more than twice.
  for (let tries = 0; result.exitCode !== 0 && tries < 2; tries += 1) {
    const job = await onlyJob(assistant).catch(() => null);
    result = await assistant.run(job === null ? assistant.migrateArguments(disk) : ["job", "resume", job.id]);
  }
  if (result.exitCode !== 0) return `it does not end: ${result.stdout}${result.stderr}`.slice(-2000);
  const job = await onlyJob(assistant);
  if (imageHash(imageOf(job)) !== hashFile(disk)) return "the image differs";
  const folders = ["/dev/shm", "/var/tmp", "/tmp", "/run"].map((base) => join(base, `sma-${job.id}`));
  const left = folders.filter((folder) => existsSync(folder));
  if (left.length > 0) return `left on the source: ${left.join(" ")}`;
  const daemon = pidIn(join(assistant.targetDirectory, "intermediate.pid"));
  return daemon !== null && isAlive(daemon) ? "the intermediate still runs" : "";
}

/** Waits for the case's point and kills; false where the migration was over first. */
async function killAt(assistant: TestAssistant, running: RunningSma, kill: KillCase): Promise<boolean> {
  const isOver = { yes: false };
  void running.result.then(() => (isOver.yes = true));
  while (!isOver.yes) {
    const job = peek(assistant);
    if (job !== null && job.step === kill.step && (kill.step !== "sync" || job.share >= kill.share)) {
      if (kill.step !== "sync") await sleep(kill.share * 1000);
      const pid = victimPid(assistant, running, kill.victim, job.id);
      // Not there yet, or between two lives.
      if (pid !== null && isAlive(pid)) {
        process.kill(pid, "SIGKILL");
        while (isAlive(pid)) await sleep(5);
        return true;
      }
    } else if (
      job !== null &&
      (job.isPast(kill.step) || (kill.step === "sync" && job.share > kill.share + 0.5))
    ) {
      return false;
    }
    await sleep(15);
  }
  return false;
}

function victimPid(
  assistant: TestAssistant,
  running: RunningSma,
  victim: Victim,
  jobId: string,
): number | null {
  if (victim === "assistant") return running.child.pid ?? null;
  if (victim === "intermediate") return pidIn(join(assistant.targetDirectory, "intermediate.pid"));
  return pidIn(join("/dev/shm", `sma-${jobId}`, "agent.pid"));
}

function pidIn(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, "utf8").trim());
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return /^State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

interface Glance {
  readonly id: string;
  readonly step: string;
  /** Of the first pass of the sync. */
  readonly share: number;
  isPast(step: StepName): boolean;
}

/** The job as it stands in the database, without a process of its own. */
function peek(assistant: TestAssistant): Glance | null {
  const path = join(assistant.stateDirectory, "state.sqlite");
  if (!existsSync(path)) return null;
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    const row = database.prepare("SELECT id, progress FROM job").get();
    if (row === undefined) return null;
    const steps = database.prepare("SELECT step, kind FROM journal ORDER BY seq").all();
    const last = steps.at(-1);
    const progress = jobProgressSchema.safeParse(JSON.parse(String(row["progress"] ?? "null"))).data;
    const isFirstPass = progress?.step === "sync" && progress.round <= 1 && progress.total > 0;
    return {
      id: String(row["id"]),
      step: last?.["kind"] === "begin" ? String(last["step"]) : "",
      share: isFirstPass ? progress.done / progress.total : progress?.step === "sync" ? 1 : 0,
      isPast: (step) => steps.some((entry) => entry["step"] === step && entry["kind"] === "done"),
    };
  } catch {
    // Between the file's making and its first table.
    return null;
  } finally {
    database.close();
  }
}

/** Waits until so much of the first pass is copied; the job's id. The copy must be slow enough to be seen. */
export async function untilCopied(assistant: TestAssistant, share: number): Promise<string> {
  for (;;) {
    const job = peek(assistant);
    if (job !== null && job.step === "sync" && job.share >= share) {
      if (job.share < 1) return job.id;
      throw new Error("the copy is over");
    }
    await sleep(20);
  }
}
