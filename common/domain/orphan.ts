import { z } from "zod";

/** Something that a migration left behind, or that looks as if one had. */
export const orphanSchema = z.object({
  kind: z.enum([
    "job-folder",
    "agent",
    "intermediate",
    "instance",
    "disk",
    "image",
    "snapshot",
    "security-group",
    "oss-object",
    "process",
  ]),
  /** Where it is: `this machine`, or the source's name. */
  place: z.string(),
  locator: z.string(),
  job: z.string().nullable(),
  /** True where this installation's ledger has it; nothing else is ever removed. */
  isLedgered: z.boolean(),
  /** Why it is left over, for a person. */
  why: z.string(),
  /** The command that removes it; null where that is for the admin to judge and do. */
  removedBy: z.string().nullable(),
});
export type Orphan = z.infer<typeof orphanSchema>;

export const orphanReportSchema = z.object({
  orphans: z.array(orphanSchema),
  /** Places that could not be looked at, with the reason. */
  notLooked: z.array(z.object({ place: z.string(), reason: z.string() })),
});
