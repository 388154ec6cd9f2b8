/** What came of bringing files into a new layout. */
import { z } from "zod";
import { bytes } from "./values.ts";

/** A line of an exclude list, and what it left out. */
export const excludedPatternSchema = z.object({ pattern: z.string(), entries: bytes, bytes });

export const layoutOutcomeSchema = z.object({
  /** False where files of an earlier run were brought up to date. */
  isNew: z.boolean(),
  volumes: z.array(
    z.object({
      mountPoint: z.string(),
      /** Files, directories and all other entries that were to be brought over, and were compared. */
      entries: bytes,
      /** In files. */
      bytes,
      excluded: z.array(excludedPatternSchema),
    }),
  ),
  /** Entries that are not equal in the replica and the new filesystems, at most 1,000. */
  differing: z.array(z.object({ path: z.string(), what: z.string() })),
  seconds: z.number(),
});
export type LayoutOutcome = z.infer<typeof layoutOutcomeSchema>;
