/** How a job is shown on a terminal: a status line while it runs, a summary when it ends. */
import type { AssistantEvent, JobView } from "../../common/api/procedures.ts";
import { bootVerdictSchema } from "../../common/domain/boot-verdict.ts";
import { imageFileSchema } from "../../common/domain/image.ts";
import { conversionOutcomeSchema } from "../../common/domain/conversion.ts";
import { stepNames, type JobState } from "../../common/domain/job.ts";
import type { JobProgress } from "../../common/domain/progress.ts";
import { savingsSchema, type Savings, type StageName } from "../../common/domain/sync-figures.ts";
import { assertNever } from "../../common/result.ts";
import { z } from "zod";
import { formatBytes, formatSeconds, formatTime, printable } from "./format.ts";
import type { Terminal } from "./terminal.ts";

export function describeState(state: JobState): string {
  switch (state.name) {
    case "running":
      return state.paused ? `paused in ${state.step}` : `running: ${state.step}`;
    case "stopped":
      return `stopped in ${state.step}`;
    case "in-error":
      return `in error in ${state.step}: ${state.failure.message}`;
    case "waiting":
      return describeWaiting(state);
    case "ready":
    case "finished":
    case "expired":
    case "deleting":
      return state.name;
    default:
      return assertNever(state);
  }
}

function describeWaiting({ reason, nextRunAt }: Extract<JobState, { name: "waiting" }>): string {
  const when = nextRunAt === null ? "" : ` ${formatTime(nextRunAt)}`;
  switch (reason) {
    case "next-run":
      return `waiting; next run due${when}`;
    case "slot":
      return "waiting for a free slot";
    case "window":
      return `waiting for its transfer window${when === "" ? "" : `, which opens${when}`}`;
    default:
      return assertNever(reason);
  }
}

/** `sync (4/10) copying  41 %  1.2 GiB of 3.0 GiB  67 MiB/s  ETA 0:28` */
export const describeProgress = (progress: JobProgress): string => progressParts(progress).join("  ");

function progressParts(progress: JobProgress): string[] {
  const { step, note, done, total, unit, ratePerSecond } = progress;
  const parts = [`${step} (${stepNames.indexOf(step) + 1}/${stepNames.length}) ${printable(note)}`];
  if (total > 0 && unit !== "steps") {
    parts.push(`${Math.floor((Math.min(done, total) / total) * 100)} %`);
    if (unit === "bytes") parts.push(`${formatBytes(done)} of ${formatBytes(total)}`);
    else parts.push(`${formatSeconds(done)} of at most ${formatSeconds(total)}`);
  }
  if (unit === "bytes" && ratePerSecond !== null) parts.push(`${formatBytes(ratePerSecond)}/s`);
  if (unit === "bytes" && total > 0) parts.push(`ETA ${describeEta(progress)}`);
  if (progress.bottleneck !== null) parts.push(limits[progress.bottleneck]);
  if (progress.savings !== null) {
    const saved = describeSavings(progress.savings);
    if (saved !== "") parts.push(`saved ${saved}`);
  }
  return parts;
}

/** `0:28`, or `0:20 to 0:35` where the flow's own swings tell how far off that may be. */
function describeEta({ etaSeconds, etaIntervalSeconds }: JobProgress): string {
  if (etaSeconds === null) return "-:--";
  if (etaIntervalSeconds === null) return formatSeconds(etaSeconds);
  const [low, high] = [formatSeconds(etaIntervalSeconds.low), formatSeconds(etaIntervalSeconds.high)];
  return low === high ? low : `${low} to ${high}`;
}

const limits: Readonly<Record<StageName, string>> = {
  read: "limited by reading",
  hash: "limited by hashing",
  compress: "limited by compression",
  network: "limited by the network",
  target: "limited by the target's disk",
  held: "held back",
};

/** `1.2 GiB unused, 300 MiB zeros, 2.0 GiB by compression`; empty where nothing was saved. */
export function describeSavings(savings: Savings): string {
  const parts: readonly (readonly [number, string])[] = [
    [savings.unusedBytes, "unused"],
    [savings.zeroBytes, "zeros"],
    [savings.sameBytes, "the same"],
    [savings.compressedBytes, "by compression"],
  ];
  return parts
    .filter(([bytes]) => bytes > 0)
    .map(([bytes, what]) => `${formatBytes(bytes)} ${what}`)
    .join(", ");
}

/** Shows a job's events as they come. Where there is no live terminal, a line now and then. */
export class JobDisplay {
  readonly #terminal: Terminal;
  readonly #clock: () => number;
  #lastLine = "";
  #lastHeadline = "";
  #lastAtMs = 0;

  constructor(terminal: Terminal, clock: () => number) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  handle(event: AssistantEvent): void {
    if (event.type === "job-progress") this.progress(event.progress);
    if (event.type === "job-log") this.log(event.entry);
  }

  log(entry: Extract<AssistantEvent, { type: "job-log" }>["entry"]): void {
    if (entry.level === "error") return;
    this.#terminal.note(`${entry.level === "warning" ? "warning: " : ""}${printable(entry.message)}`);
  }

  progress(progress: JobProgress): void {
    if (this.#terminal.isLive) {
      this.#terminal.status(...progressParts(progress));
      return;
    }
    const line = describeProgress(progress);
    const now = this.#clock();
    // What says nothing new is only a sign of life.
    if (line === this.#lastLine && now - this.#lastAtMs < 60_000) return;
    // Notes of long work change all the time; those of short steps are the news.
    const headline = `${progress.step} ${progress.round} ${progress.unit === "steps" ? progress.note : ""}`;
    if (headline === this.#lastHeadline && now - this.#lastAtMs < 10_000) return;
    this.#lastHeadline = headline;
    this.#lastLine = line;
    this.#lastAtMs = now;
    this.#terminal.note(line);
  }
}

const verifiedSchema = z.object({
  disks: z.array(
    z.object({ path: z.string(), sizeBytes: z.number(), pass: z.number(), treeHash: z.string() }),
  ),
});
const syncedSchema = z.object({
  passes: z.number(),
  settled: z.boolean(),
  rawBytes: z.number(),
  wireBytes: z.number(),
  checkedBytes: z.number().nullable().default(null),
  seconds: z.number(),
  savings: savingsSchema.nullable().default(null),
  consistency: z
    .object({
      method: z.string(),
      snapshots: z.array(z.string()).default([]),
      frozen: z.array(z.string()),
      frozenSeconds: z.number(),
    })
    .nullable()
    .default(null),
});

/** How fast the source's disks were read over all passes; empty where their size is not on record. */
function readRate(
  verified: { readonly success: boolean; readonly data?: z.infer<typeof verifiedSchema> | undefined },
  passes: number,
  seconds: number,
): string {
  const bytes = verified.data?.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0) ?? 0;
  return bytes > 0 && seconds > 0 ? ` (${formatBytes((bytes * passes) / seconds)}/s read and compared)` : "";
}

function describeConsistency({ settled, consistency }: z.infer<typeof syncedSchema>): string {
  if (consistency?.method === "frozen") {
    return `the last with ${consistency.frozen.map(printable).join(", ")} frozen for ${formatSeconds(consistency.frozenSeconds)}`;
  }
  if (consistency?.method === "snapshots") {
    return `the last from snapshots of ${consistency.snapshots.map(printable).join(", ")}`;
  }
  if (consistency?.method === "hooks") return "the last between the hooks";
  return settled
    ? "the last found nothing changed"
    : "the source was still being written, so the copy is as after a power cut";
}

/** What a finished job leaves: where the images are, how they were proved. */
export function printOutcome(terminal: Terminal, job: JobView): void {
  const { outputs } = job;
  const images = z.object({ files: z.array(imageFileSchema) }).safeParse(outputs["image"]);
  const verified = verifiedSchema.safeParse(outputs["verify"]);
  const synced = syncedSchema.safeParse(outputs["sync"]);
  const converted = conversionOutcomeSchema.extend({ enabled: z.boolean() }).safeParse(outputs["convert"]);
  const boot = z.object({ verdict: bootVerdictSchema.nullable() }).safeParse(outputs["boot-check"]);

  terminal.print(`job ${job.id} of ${printable(job.sourceName)}: ${describeState(job.state)}`);
  if (job.run.number > 1 || job.plan.runs.incremental !== null) {
    terminal.print(`  run       ${job.run.number}, ${job.run.kind}`);
  }
  if (synced.success) {
    const { rawBytes, wireBytes, checkedBytes, seconds, passes } = synced.data;
    const checked = checkedBytes === null ? "" : `; ${formatBytes(checkedBytes)} hashed on arrival`;
    terminal.print(`  copied    ${formatBytes(rawBytes)} as ${formatBytes(wireBytes)} on the wire${checked}`);
    const saved = synced.data.savings === null ? "" : describeSavings(synced.data.savings);
    if (saved !== "") terminal.print(`  saved     ${saved}`);
    terminal.print(
      `  passes    ${passes} in ${formatSeconds(seconds)}${readRate(verified, passes, seconds)}; ${describeConsistency(synced.data)}`,
    );
  }
  if (verified.success) {
    for (const disk of verified.data.disks) {
      terminal.print(
        `  equal     ${printable(disk.path)}: ${formatBytes(disk.sizeBytes)}, tree hash ${disk.treeHash}`,
      );
    }
  }
  if (converted.success) {
    const { enabled, guest, changes, seconds } = converted.data;
    const name = guest === null ? "" : ` ${printable(guest.name)}`;
    if (enabled) {
      const count = changes.length === 1 ? "1 change" : `${changes.length} changes`;
      terminal.print(`  converted${name}: ${count} in ${formatSeconds(seconds)}`);
      for (const { what } of changes) terminal.print(`            ${printable(what)}`);
    } else terminal.print("  converted no: the images hold the disks as they were");
  }
  if (boot.success && boot.data.verdict !== null) {
    const { verdict } = boot.data;
    terminal.print(
      `  boots     ${verdict.booted ? "yes" : "no"}, after ${formatSeconds(verdict.secondsToVerdict)} under ${verdict.accelerator}: ${printable(verdict.evidence)}`,
    );
    for (const { remedy } of verdict.repairs.filter(({ kept }) => kept))
      terminal.print(`  repaired  ${printable(remedy)}`);
    if (verdict.screenshotPath !== null) terminal.print(`  screen    ${verdict.screenshotPath}`);
    terminal.print(`  console   ${verdict.consoleLogPath}`);
  } else if (boot.success) {
    terminal.print("  boots     not tried");
  }
  if (images.success) {
    for (const file of images.data.files) {
      terminal.print(`  image     ${file.path}`);
      terminal.print(
        `            ${file.format}, ${formatBytes(file.fileBytes)} for a disk of ${formatBytes(file.virtualBytes)}, sha256 ${file.sha256}`,
      );
    }
  }
  if (job.state.name === "in-error") {
    terminal.explain(job.state.failure);
    terminal.print(`  resume    sma job resume ${job.id}`);
  }
  if (job.state.name === "finished") terminal.print(`  receipt   sma receipt show ${job.id}`);
  if (job.state.name === "stopped") terminal.print(`  resume    sma job resume ${job.id}`);
}
