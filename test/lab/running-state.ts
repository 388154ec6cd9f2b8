/**
 * Booting without KVM costs the better part of a minute of a processor, so a lab machine is booted once: its memory and
 * what it had written are kept in the cache, and the next one goes on from there.
 */
import { inEnglish } from "../support/in-english.ts";
import { randomBytes } from "node:crypto";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { fail, ok, type Result } from "../../common/result.ts";
import { acceleratorArguments, detectAccelerator } from "../../intermediate/qemu/accelerator.ts";
import type { QmpClient } from "../../intermediate/qemu/qmp.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import type { LabSource } from "./boot-source.ts";
import { makeWorkDirectory, publish, recipeHash } from "./cache.ts";
import type { LabContext, LabImage } from "./prepare-image.ts";

/**
 * The processor of a lab machine without KVM. Measured: what OpenSSL does with a newer one's wide registers is slower to
 * emulate than its plain SHA-256, and where there are no AES instructions TLS takes ChaCha20. A whole job costs the
 * machine 74 s of a processor, and 95 s with all that QEMU can emulate. `rdrand`, for a kernel that starts without waits
 * for chance.
 */
export const labProcessor = "qemu64,+rdrand";

export const runningDiskName = "running.qcow2";
export const runningSnapshot = "running";

const qemuSource = join(import.meta.dirname, "..", "..", "intermediate", "qemu", "guest.ts");

/** Directory of the state of such a machine, be it there or not; another QEMU or machine has another. */
export async function runningStatePlace(image: LabImage, memoryMiB: number): Promise<string> {
  const version = await runTool("qemu-system-x86_64", ["--version"], {
    signal: new AbortController().signal,
  });
  const hash = await recipeHash(
    [qemuSource],
    [
      version.ok ? version.value.stdout : "",
      acceleratorArguments(await detectAccelerator(), { model: labProcessor }).join(" "),
      String(memoryMiB),
    ],
  );
  return join(image.directory, `running-${hash}`);
}

/**
 * Keeps a machine that has just booted, and lets it run on. That it cannot be kept is no failure: the next one boots.
 */
export async function keepRunningState(source: LabSource, place: string, context: LabContext): Promise<void> {
  context.report("the running machine is being kept for the next time", { kind: "demo-keeping-state" });
  // What is still starting would start again in every copy.
  await source.run("systemctl is-system-running --wait; sync");
  const { qmp } = source.guest;
  const work = await makeWorkDirectory("running");
  try {
    if (!(await save(qmp, context.signal))) return;
    const stopped = await qmp.execute("stop");
    if (!stopped.ok) return;
    await copyFile(source.overlayPath, join(work, runningDiskName));
    await qmp.execute("cont");
    await publish(work, place);
  } catch (error) {
    context.report(`the running machine could not be kept: ${String(error)}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const jobsSchema = z.array(z.object({ id: z.string(), status: z.string(), error: z.string().optional() }));

async function save(qmp: QmpClient, signal: AbortSignal): Promise<boolean> {
  const begun = await qmp.execute("snapshot-save", {
    "job-id": runningSnapshot,
    tag: runningSnapshot,
    vmstate: "disk0",
    devices: ["disk0"],
  });
  if (!begun.ok) return false;
  while (!signal.aborted) {
    const listed = await qmp.execute("query-jobs");
    if (!listed.ok) return false;
    const job = jobsSchema.parse(listed.value).find(({ id }) => id === runningSnapshot);
    if (job?.status === "concluded") {
      await qmp.execute("job-dismiss", { id: runningSnapshot });
      return job.error === undefined;
    }
    await sleep(100);
  }
  return false;
}

/** Gives a machine that slept in the cache the time of day, and randomness that its twins do not have. */
export async function wakeUp(source: LabSource): Promise<Result<void>> {
  const seconds = (Date.now() / 1000).toFixed(3);
  const ran = await source.run(`date -u -s @${seconds} > /dev/null && cat > /dev/urandom`, {
    stdin: randomBytes(64).toString("hex"),
  });
  if (!ran.ok) return ran;
  if (ran.value.exitCode === 0) return ok();
  return fail("command-failed", inEnglish("the lab machine did not take the time of day"), {
    output: ran.value.stderr,
  });
}
