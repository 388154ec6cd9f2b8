/** What exclude lists leave out of a source, counted on it before anything is copied. */
import { z } from "zod";
import { bytes } from "./values.ts";

export const ruleSavingSchema = z.object({
  /** 1-based, in the list's text. */
  line: z.number().int().positive(),
  pattern: z.string(),
  /** Files, directories and all else; a directory that is left out counts with all that is in it. */
  entries: bytes,
  /** In files; one with several names counts once. */
  bytes,
  /** `part`: there is more than what was counted; `no`: it could not be counted, or not in time. */
  counted: z.enum(["whole", "part", "no"]),
});
export type RuleSaving = z.infer<typeof ruleSavingSchema>;

export const listSavingsSchema = z.object({
  mountPoint: z.string(),
  /** `own`: what the plan gives; `product`: what comes along, as far as it is about this volume. */
  origin: z.enum(["own", "product"]),
  /** The list as it is used. */
  text: z.string(),
  usedBytes: bytes.nullable(),
  /** Lines that exclude, in their order; what two of them match counts for the first. */
  rules: z.array(ruleSavingSchema),
  entries: bytes,
  bytes,
});
export type ListSavings = z.infer<typeof listSavingsSchema>;
