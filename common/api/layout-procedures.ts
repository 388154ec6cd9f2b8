/** What a person plans file replication with. */
import { z } from "zod";
import { listSavingsSchema } from "../domain/exclude-savings.ts";
import { toldSchema } from "../domain/remark.ts";
import { filePlanSchema, layoutBasisSchema, targetLayoutSchema } from "../domain/target-layout.ts";
import { sourceReference } from "./references.ts";

/** A layout for a source, and what it was made from: `checkLayout` judges every change of it by that. */
export const layoutProposalSchema = z.object({
  basis: layoutBasisSchema,
  /** What a job gets where nothing is chosen. */
  proposed: targetLayoutSchema,
  /** With the plan's choices; equal to `proposed` where there are none. */
  layout: targetLayoutSchema,
  /** What stands in the way, by field; empty where a job with this plan can begin. */
  problems: z.array(z.object({ field: z.string(), message: toldSchema })),
  /** When the source's facts were collected. */
  collectedAt: z.string(),
});
export type LayoutProposal = z.infer<typeof layoutProposalSchema>;

/** What is left out of each volume that file replication brings over, and what that saves. */
export const excludeSavingsSchema = z.object({
  lists: z.array(listSavingsSchema),
  collectedAt: z.string(),
});
export type ExcludeSavings = z.infer<typeof excludeSavingsSchema>;

const layoutChoices = sourceReference.extend({
  /** Empty: all disks. */
  diskPaths: z.array(z.string().min(1)).max(64).default([]),
  files: filePlanSchema.prefault({}),
});

export const layoutProcedures = {
  /** Collects the source's facts and plans its files' new places; changes nothing. Linux sources only. */
  "layout.propose": {
    input: layoutChoices,
    output: layoutProposalSchema,
  },
  /**
   * Counts on the source what the exclude lists of a plan leave out, pattern by pattern; reads only. Takes seconds, or
   * minutes where a pattern is about every directory. Linux sources only.
   */
  "layout.savings": { input: layoutChoices, output: excludeSavingsSchema },
  /** The product's own list of what a Linux system volume's files are left out by, as rsync reads it. */
  "layout.default-excludes": { input: z.object({}), output: z.object({ text: z.string() }) },
} as const;
