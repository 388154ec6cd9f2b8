/**
 * The result of the compatibility rules for one source: is its system supported, what was found, what becomes of each
 * disk in either replication mode, and how long it would take.
 */
import { z } from "zod";
import { bytes } from "./values.ts";
import { osFactsSchema, partitionTableKindSchema, platformKindSchema } from "./facts.ts";
import { findingSchema, modeEffectsSchema, severities, type Finding } from "./finding.ts";

const text = z.string();
const seconds = z.number().nonnegative();

// ---------------------------------------------------------------------------------------------------- support

/**
 * - `listed`: in the operating system table of Server Migration Center.
 * - `lab-tested`: not in the table; this project's lab migrates it and boots the result.
 * - `unproven`: neither; block replication may work.
 * - `unsupported`: neither Linux nor Windows, or no server.
 * - `undetermined`: the system, or its version, is not known, or the table's wording leaves it open.
 */
export const supportTiers = ["listed", "lab-tested", "unproven", "unsupported", "undetermined"] as const;
export const supportTierSchema = z.enum(supportTiers);
export type SupportTier = z.infer<typeof supportTierSchema>;

export const supportSchema = z.object({
  /** Null where it cannot be told: never a guess. */
  onList: z.boolean().nullable(),
  tier: supportTierSchema,
  /** The table's entry that matched or comes closest, as the table words it: `CentOS 5, 6, 7, 8`. */
  entry: text.nullable(),
});
export type Support = z.infer<typeof supportSchema>;

// ------------------------------------------------------------------------------------------------------ disks

/** What a stretch of a disk is. `boot-area` holds boot code or firmware data and no files of the admin's. */
export const regionKinds = [
  "partition",
  "extended",
  "free",
  "whole-disk",
  "boot-area",
  "undetermined",
] as const;

/** A volume inside a region: a logical volume, an array, an opened encrypted container, a Windows volume. */
export const innerVolumeSchema = z.object({
  name: text,
  /** `ext4`, `swap`, … or null where unknown. */
  content: text.nullable(),
  mountPoints: z.array(text),
  sizeBytes: bytes.nullable(),
  usedBytes: bytes.nullable(),
  effects: modeEffectsSchema,
});
export type InnerVolume = z.infer<typeof innerVolumeSchema>;

export const regionSchema = z.object({
  /** Device id on the source (`/dev/sda1`); for a region that file replication makes, the source volume's id. */
  name: text,
  kind: z.enum(regionKinds),
  startBytes: bytes.nullable(),
  sizeBytes: bytes.nullable(),
  content: text.nullable(),
  mountPoints: z.array(text),
  usedBytes: bytes.nullable(),
  /** What becomes of it in either mode. */
  effects: modeEffectsSchema,
  volumes: z.array(innerVolumeSchema),
});
export type Region = z.infer<typeof regionSchema>;

/**
 * - `copied`: travels in a migration with default settings.
 * - `removable`: USB sticks, install media and the like stay behind unless the admin names them.
 * - `second-path`: another path to a disk that is copied already.
 * - `empty`: no medium, or size zero.
 */
export const diskTreatments = ["copied", "removable", "second-path", "empty"] as const;

export const diskMapSchema = z.object({
  id: text,
  model: text.nullable(),
  sizeBytes: bytes.nullable(),
  partitionTable: partitionTableKindSchema.nullable(),
  treatment: z.enum(diskTreatments),
  before: z.array(regionSchema),
  after: z.object({
    /** The replica, byte-true. */
    block: z.array(regionSchema),
    /** The standard partitions that file replication builds; empty where nothing of this disk needs a disk then. */
    file: z.array(regionSchema),
  }),
  /** Regions that are too many to list; they are counted in the estimate all the same. */
  omittedRegions: z.number().int().nonnegative(),
});
export type DiskMap = z.infer<typeof diskMapSchema>;

// --------------------------------------------------------------------------------------------------- estimate

/** `optimistic` ≤ `expected` ≤ `pessimistic`. */
const intervalOf = <T extends z.ZodType>(value: T) =>
  z.object({ optimistic: value, expected: value, pessimistic: value });
export const intervalSchema = intervalOf(z.number().nonnegative());
export type Interval = z.infer<typeof intervalSchema>;

export const modeEstimateSchema = z.object({
  /** What the agent reads from the source's disks in the first pass. */
  readBytes: bytes,
  /** What is sent before compression. */
  dataBytes: intervalOf(bytes),
  /** What crosses the network. */
  wireBytes: intervalOf(bytes),
  /** Until source and replica agree. */
  transferSeconds: intervalOf(seconds),
  /** Making the result bootable, the image and its boot check. */
  imageSeconds: intervalOf(seconds),
  totalSeconds: intervalOf(seconds),
});
export type ModeEstimate = z.infer<typeof modeEstimateSchema>;

export const rateSources = ["assumed", "given", "measured"] as const;
export const estimateAssumptionsSchema = z.object({
  bandwidthBytesPerSecond: intervalOf(z.number().positive()),
  bandwidthFrom: z.enum(rateSources),
  /** Bytes before compression for one byte after it; 1 where compression is off. */
  compressionRatio: intervalOf(z.number().min(1)),
  compressionFrom: z.enum(rateSources),
  diskReadBytesPerSecond: intervalOf(z.number().positive()),
  diskReadFrom: z.enum(rateSources),
  imageBytesPerSecond: intervalOf(z.number().positive()),
  /** Files a second that file replication gets through, whatever their size. */
  filesPerSecond: intervalOf(z.number().positive()),
  /** Share of unused space that still holds old data and so travels in block mode. */
  staleShare: intervalOf(z.number().min(0).max(1)),
  /** Share that is taken to be in use where the used space is not known. */
  unmeasuredShare: intervalOf(z.number().min(0).max(1)),
  /** Size of the volumes whose used space is not known. */
  unmeasuredBytes: bytes,
});
export type EstimateAssumptions = z.infer<typeof estimateAssumptionsSchema>;

export const estimateSchema = z.object({
  /** Null where no disk's size is known. */
  block: modeEstimateSchema.nullable(),
  /** Null where no filesystem's size is known. */
  file: modeEstimateSchema.nullable(),
  assumptions: estimateAssumptionsSchema,
});
export type Estimate = z.infer<typeof estimateSchema>;

// ------------------------------------------------------------------------------------------------- assessment

export const verdicts = ["blocked", "needs-attention", "ready"] as const;
export const verdictSchema = z.enum(verdicts);
export type Verdict = z.infer<typeof verdictSchema>;

export const assessmentSchema = z.object({
  /** The bundle's file name without its ending, or the name of the source. */
  id: text,
  os: osFactsSchema,
  platform: platformKindSchema.nullable(),
  support: supportSchema,
  /** Most severe first. */
  findings: z.array(findingSchema),
  disks: z.array(diskMapSchema),
  estimate: estimateSchema,
  /** When the facts were collected, by the source's clock; ISO 8601. */
  collectedAt: text.nullable(),
});
export type Assessment = z.infer<typeof assessmentSchema>;

/** The one word for a source: the severest finding decides. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const worst = severities.find((severity) => findings.some((finding) => finding.severity === severity));
  return worst === "blocker" ? "blocked" : worst === "warning" ? "needs-attention" : "ready";
}
