import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobView } from "../../common/api/procedures.ts";
import { until, type TestAssistant } from "./local-source.ts";
import { hashFile } from "./mixed-disk.ts";

/** The one job of an assistant. */
export async function onlyJob(assistant: TestAssistant): Promise<JobView> {
  const jobs = await assistant.ask("job.list", {});
  const [job] = jobs;
  if (job === undefined || jobs.length !== 1) throw new Error(`${jobs.length} jobs`);
  return job;
}

/** Directories of agents that are still about for a job. */
export function agentLeftovers(jobId: string): string[] {
  return ["/var/tmp", "/tmp", "/run", "/root", "/dev/shm"]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(`sma-${jobId}`));
}

/** Path of a job's first image. */
export function imageOf(job: JobView): string {
  const output = job.outputs["image"] as { files: { path: string }[] } | undefined;
  const path = output?.files[0]?.path;
  if (path === undefined) throw new Error(`no image: ${JSON.stringify(job.state)}`);
  return path;
}

/** SHA-256 of an image's content as a raw disk, read back by qemu-img alone. */
export function imageHash(path: string): string {
  const directory = mkdtempSync(join(tmpdir(), "sma-raw-"));
  try {
    const raw = join(directory, "disk.raw");
    execFileSync("qemu-img", ["convert", "-O", "raw", path, raw]);
    return hashFile(raw);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Waits until the job copies and has done at least `share` of the first pass. Throws where the copy was over before
 * that was seen: then the test's disk is too small or its bandwidth limit too high.
 */
export function copied(assistant: TestAssistant, share: number): Promise<void> {
  return until(async () => {
    const [job] = await assistant.ask("job.list", {});
    const progress = job?.progress ?? null;
    const isOver = job !== undefined && (job.state.name === "finished" || job.state.name === "in-error");
    if (isOver || (progress !== null && progress.round > 1)) {
      throw new Error(`the copy is over: ${JSON.stringify(job?.state)}`);
    }
    return progress !== null && progress.note === "copying" && progress.done >= share * progress.total;
  });
}
