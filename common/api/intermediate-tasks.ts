/** Long work that the assistant asks the intermediate for: requests, results, how far it is. */
import { z } from "zod";
import { bootVerdictSchema } from "../domain/boot-verdict.ts";
import { conversionOutcomeSchema, conversionPlanSchema, movedDevicesSchema } from "../domain/conversion.ts";
import { imageFactsSchema, imageFileSchema, imageFormatSchema } from "../domain/image.ts";
import { failureSchema } from "../domain/job.ts";
import { keptRemarkSchema } from "../domain/remark.ts";
import { layoutOutcomeSchema } from "../domain/layout-outcome.ts";
import { excludeTextSchema, sourceVolumeSchema, targetLayoutSchema } from "../domain/target-layout.ts";
import { byteRangeSchema, sha256HexSchema, wholeBytes } from "../domain/values.ts";

/** A part of a file and the signed address that takes it. */
export const partToSendSchema = z.object({
  number: z.number().int().min(1).max(10_000),
  offset: wholeBytes,
  length: z.number().int().positive(),
  /** Whoever has it may send this one part, for a while. */
  url: z.url({ protocol: /^https$/ }),
});
export type PartToSend = z.infer<typeof partToSendSchema>;

export const sentPartSchema = z.object({
  number: z.number().int(),
  /** MD5 of what was read and of what arrived, upper-case hex. */
  etag: z.string(),
  bytes: wholeBytes,
});
export type SentPart = z.infer<typeof sentPartSchema>;

/** Long work on the intermediate. The same task of the same job runs once; asking again joins it. */
export const taskRequestSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("verify") }),
  /**
   * Brings the replicas' files into new disks, which conversion, boot check, images and seals are then about. What an
   * earlier run brought over is brought up to date, deletions included.
   */
  z.object({
    kind: z.literal("layout"),
    layout: targetLayoutSchema,
    volumes: z.array(sourceVolumeSchema),
    excludes: z.array(excludeTextSchema),
  }),
  /** Makes the overlay over the replica anew; what was proved of an earlier one is forgotten. */
  z.object({
    kind: z.literal("convert"),
    /** What the source starts with. */
    firmware: z.enum(["bios", "uefi"]),
    conversion: conversionPlanSchema,
    /** Where the source's devices went; null where the disks are as they were. */
    moved: movedDevicesSchema.nullable().optional(),
  }),
  z.object({
    kind: z.literal("image"),
    formats: z.array(imageFormatSchema).min(1),
    /** The run whose images these are; they get a folder of their own. Absent: the job has only one run. */
    run: z.number().int().min(1).optional(),
    /** Images of so many newest runs are kept, older ones removed; null or absent: all. */
    keepRuns: z.number().int().min(1).nullable().optional(),
    /** From the conversion's overlay instead of the bare replica. */
    converted: z.boolean().default(false),
  }),
  z.object({
    kind: z.literal("boot-check"),
    /** Boots the conversion's overlay instead of the bare replica. */
    converted: z.boolean().default(false),
    /** Where it does not boot, remedies are tried and those that help are kept in the conversion's overlay. */
    repair: z.boolean().default(false),
    firmware: z.enum(["bios", "uefi"]),
    memoryMiB: z.number().int().min(128).max(65536),
    timeoutSeconds: z.number().int().min(10).max(7200),
  }),
  /** Hashes what the images hold and describes them. `converted`: they were made of the conversion's overlays. */
  z.object({ kind: z.literal("seal"), converted: z.boolean(), facts: imageFactsSchema }),
  /** Makes the replicas as they were at the end of an earlier run into qcow2 images. */
  z.object({ kind: z.literal("restore"), run: z.number().int().min(1) }),
  /** Sends parts of one of the job's images to where the target wants it. */
  z.object({
    kind: z.literal("upload"),
    path: z.string(),
    authorityPem: z.string().max(65_536).nullable(),
    parts: z.array(partToSendSchema).min(1).max(64),
  }),
]);
export type TaskRequest = z.infer<typeof taskRequestSchema>;

export const sealedDiskSchema = z.object({
  diskId: z.number().int(),
  /** Tree hash of the bytes that the disk's images hold; its leaves are in `disk-N.leaves` beside them. */
  contentTreeHash: sha256HexSchema,
  /** Bytes of chunks in which the images differ from the replica. */
  changedBytes: wholeBytes,
  /** What the images hold, where the conversion made the disk larger. */
  contentBytes: wholeBytes.optional(),
});
export type SealedDisk = z.infer<typeof sealedDiskSchema>;

export const restoredFileSchema = z.object({ diskId: z.number().int(), path: z.string() });

/** The replicas at the end of an earlier run. */
export const replicaSnapshotSchema = z.object({
  run: z.number().int().min(1),
  /** When it was made, which is when the next run began. */
  at: z.iso.datetime(),
  disks: z.array(
    z.object({
      diskId: z.number().int(),
      /** Null where that run's replica was never proved. */
      treeHash: sha256HexSchema.nullable(),
    }),
  ),
  /** What it costs so far. */
  deltaBytes: wholeBytes,
});
export type ReplicaSnapshot = z.infer<typeof replicaSnapshotSchema>;

export const taskResultSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("verify"),
    equal: z.boolean(),
    differing: z.array(byteRangeSchema),
  }),
  z.object({ kind: z.literal("layout"), outcome: layoutOutcomeSchema }),
  z.object({ kind: z.literal("convert"), outcome: conversionOutcomeSchema }),
  z.object({
    kind: z.literal("image"),
    files: z.array(imageFileSchema),
    /** Files of earlier runs' images that were removed. */
    removed: z.array(z.string()).default([]),
  }),
  z.object({ kind: z.literal("boot-check"), verdict: bootVerdictSchema }),
  z.object({ kind: z.literal("seal"), disks: z.array(sealedDiskSchema) }),
  z.object({ kind: z.literal("restore"), files: z.array(restoredFileSchema) }),
  z.object({ kind: z.literal("upload"), parts: z.array(sentPartSchema) }),
]);
export type TaskResult = z.infer<typeof taskResultSchema>;

export const taskKinds = [
  "verify",
  "layout",
  "convert",
  "boot-check",
  "image",
  "seal",
  "restore",
  "upload",
] as const;

export const taskStatusSchema = z.object({
  kind: z.enum(taskKinds),
  state: z.enum(["running", "done", "failed"]),
  /** Work done and in all, in `unit`; total 0 while unknown. */
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  unit: z.enum(["bytes", "seconds"]),
  /** What is going on, for a person: English words, and the same as data. */
  note: z.string(),
  said: keptRemarkSchema.nullable().default(null),
  result: taskResultSchema.nullable(),
  failure: failureSchema.nullable(),
});
export type TaskStatus = z.infer<typeof taskStatusSchema>;
