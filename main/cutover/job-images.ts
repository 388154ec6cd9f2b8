import { z } from "zod";
import { imageFileSchema, type ImageFormat } from "../../common/api/intermediate.ts";
import { placeOf, type JobPlan } from "../../common/domain/plan.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { JournalEntry } from "../store/job-records.ts";
import type { DiskImage } from "../targets/contract.ts";

/** What of a job a cutover needs. */
export interface MigratedSystem {
  /** One image of each disk; the first boots. */
  readonly images: readonly DiskImage[];
  readonly firmware: "bios" | "uefi";
}

const imageOutput = z.object({ files: z.array(imageFileSchema).min(1) });
const preflightOutput = z.object({ firmware: z.enum(["bios", "uefi"]) });
const convertOutput = z.object({ enabled: z.boolean() });
const verifyOutput = z.object({ disks: z.array(z.object({ id: z.number(), sizeBytes: z.number() })) });
/** Which image of several is taken: the sparse and quick ones first. */
const preferred: readonly ImageFormat[] = ["qcow2", "raw", "vmdk", "vhd"];

/** The newest images on record; `cutover-state` where there are none yet. */
export function migratedSystem(
  jobId: string,
  plan: JobPlan,
  journal: readonly JournalEntry[],
): Result<MigratedSystem> {
  if (plan.target.kind !== "local") {
    return fail(
      "cutover-state",
      `the job's images are on ${plan.target.hostName}, and instances are made here`,
      { job: jobId, place: placeOf(plan.target) },
      "Copy the images from there, or migrate to this machine.",
    );
  }
  const newest = (step: string): unknown =>
    journal.findLast((entry) => entry.step === step && entry.kind === "done")?.data;
  const image = imageOutput.safeParse(newest("image"));
  const preflight = preflightOutput.safeParse(newest("preflight"));
  const verified = verifyOutput.safeParse(newest("verify"));
  if (!image.success || !preflight.success || !verified.success) {
    return fail(
      "cutover-state",
      "the job has no images yet that an instance could get",
      { job: jobId },
      "Run the job until its images are made: sma job resume.",
    );
  }
  const images: DiskImage[] = [];
  for (const { id, sizeBytes } of verified.data.disks) {
    const ofDisk = image.data.files.filter((file) => file.diskId === id);
    const chosen = preferred.flatMap((format) => ofDisk.filter((file) => file.format === format))[0];
    if (chosen === undefined)
      return fail("cutover-state", `disk ${id} of the job has no image`, { job: jobId, disk: id });
    images.push({ diskId: id, path: chosen.path, format: chosen.format, sizeBytes });
  }
  const converted = convertOutput.safeParse(newest("convert")).data?.enabled === true;
  const wanted = plan.conversion.firmware;
  return ok({ images, firmware: converted && wanted !== "same" ? wanted : preflight.data.firmware });
}
