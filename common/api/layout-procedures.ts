/** What a person plans file replication with. */
import { z } from "zod";
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
  problems: z.array(z.object({ field: z.string(), message: z.string() })),
  /** When the source's facts were collected. */
  collectedAt: z.string(),
});
export type LayoutProposal = z.infer<typeof layoutProposalSchema>;

export const layoutProcedures = {
  /** Collects the source's facts and plans its files' new places; changes nothing. Linux sources only. */
  "layout.propose": {
    input: sourceReference.extend({
      /** Empty: all disks. */
      diskPaths: z.array(z.string().min(1)).max(64).default([]),
      files: filePlanSchema.prefault({}),
    }),
    output: layoutProposalSchema,
  },
} as const;
