import { z } from "zod";

/** A source by its id or its name. */
export const sourceReference = z.object({ source: z.string().min(1).max(128) });
export const jobReference = z.object({ job: z.string().min(1).max(32) });
