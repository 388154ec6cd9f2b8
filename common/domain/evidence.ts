/** What every fact is made of: the unknown, and the evidence. See facts.ts. */
import { z } from "zod";

/** A fact that may be unknown: null is "nobody said", never "no". */
export type Known<T> = T | null;

export const known = <T extends z.ZodType>(schema: T) => schema.nullable();
export const text = z.string();
export const count = z.number().int().nonnegative();

/** Where a fact comes from: `source` is a file path or a command line of the bundle. */
export const evidenceSchema = z.object({
  source: text,
  /** 1-based line in the file or in the command's output; null where there is no single line. */
  line: known(count),
  /** The line itself, trimmed and cut at 240 characters. Untrusted text: escape it where it is shown. */
  text,
});
export type Evidence = z.infer<typeof evidenceSchema>;
export const evidence = z.array(evidenceSchema);
