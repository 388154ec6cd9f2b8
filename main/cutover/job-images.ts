import { z } from "zod";
import { imageFileSchema, type ImageFormat } from "../../common/domain/image.ts";
import { deliveredImageSchema } from "../../common/domain/cloud.ts";
import { intermediateOf, placeOf, type JobPlan } from "../../common/domain/plan.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { JournalEntry } from "../store/job-records.ts";
import type { DiskImage } from "../targets/contract.ts";

/** What of a job a cutover needs. */
export interface MigratedSystem {
  /** One image of each disk; the first boots. */
  readonly images: readonly DiskImage[];
  readonly firmware: "bios" | "uefi";
  /** When the copy ended of which they were made. */
  readonly copiedAt: string;
}

const imageOutput = z.object({ files: z.array(imageFileSchema).min(1) });
const preflightOutput = z.object({ firmware: z.enum(["bios", "uefi"]) });
const deliverOutput = z.object({ delivered: deliveredImageSchema.nullable() });
const newestDone = (journal: readonly JournalEntry[], step: string): JournalEntry | undefined =>
  journal.findLast((entry) => entry.step === step && entry.kind === "done");
const convertOutput = z.object({ enabled: z.boolean() });
/** Which image of several is taken: the sparse and quick ones first. */
const preferred: readonly ImageFormat[] = ["qcow2", "raw", "vmdk", "vhd"];

/** The newest images on record; `cutover-state` where there are none yet. */
export function migratedSystem(
  jobId: string,
  plan: JobPlan,
  journal: readonly JournalEntry[],
): Result<MigratedSystem> {
  const place = intermediateOf(plan.target);
  const delivery = deliverOutput.safeParse(newestDone(journal, "deliver")?.data);
  const delivered = delivery.success ? delivery.data.delivered : null;
  if (place.kind !== "local" && delivered === null) {
    return fail(
      "cutover-state",
      told({ kind: "images-elsewhere", host: place.hostName }),
      { job: jobId, place: placeOf(plan.target) },
      told({ kind: "copy-images-here" }),
    );
  }
  const newest = (step: string): unknown => newestDone(journal, step)?.data;
  const made = newestDone(journal, "image");
  const image = imageOutput.safeParse(made?.data);
  const preflight = preflightOutput.safeParse(newest("preflight"));
  if (made === undefined || !image.success || !preflight.success) {
    return fail(
      "cutover-state",
      told({ kind: "no-images-yet" }),
      { job: jobId },
      told({ kind: "run-until-images" }),
    );
  }
  // The images say what there is: files in a new layout are on other disks than the source's, and a conversion may have
  // made a disk larger than its replica.
  const rank = ({ format }: { readonly format: ImageFormat }): number => preferred.indexOf(format);
  const files = image.data.files.toSorted((a, b) => a.diskId - b.diskId || rank(a) - rank(b));
  const images = files
    .filter(({ diskId }, index) => diskId !== files[index - 1]?.diskId)
    .map(({ diskId, path, format, virtualBytes }) => ({
      diskId,
      path,
      format,
      sizeBytes: virtualBytes,
      ...(delivered === null ? {} : { delivered }),
    }));
  const converted = convertOutput.safeParse(newest("convert")).data?.enabled === true;
  const wanted = plan.conversion.firmware;
  const copied = newestDone(
    journal.filter(({ run }) => run === made.run),
    "sync",
  );
  return ok({
    images,
    firmware: converted && wanted !== "same" ? wanted : preflight.data.firmware,
    copiedAt: (copied ?? made).at,
  });
}
