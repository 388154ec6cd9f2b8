/** What remarks are made of; see remark.ts. */
import { z } from "zod";

const text = z.string();

/** A remark as it is kept, whoever made it: this version may not know its kind. */
export const keptRemarkSchema = z.looseObject({ kind: text });
export type KeptRemark = z.infer<typeof keptRemarkSchema>;

/** A remark and its English words. Records of earlier versions have only those. */
export const toldSchema = z.object({ what: text, said: keptRemarkSchema.optional() });
export type Told = z.infer<typeof toldSchema>;

/** The data of a sentence and of what helps, beside their English words. */
export const saidSchema = z.object({
  message: keptRemarkSchema.optional(),
  remedy: keptRemarkSchema.optional(),
});
export type Said = z.infer<typeof saidSchema>;

/** Where something was seen of a machine that starts. */
export const bootViews = ["serial", "screen", "kernel"] as const;
export type BootView = (typeof bootViews)[number];

/** How far a machine has come, in order. */
export const bootStages = ["power on", "firmware", "boot loader", "kernel", "init", "login"] as const;
export type BootStage = (typeof bootStages)[number];
export const bootStageSchema = z.enum(bootStages);
