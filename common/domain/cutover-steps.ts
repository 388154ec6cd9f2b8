import { z } from "zod";

/**
 * What happens, in order, in a drill (on an instance of its own) and in a cutover. Each may be repeated after a crash.
 * Up to `image` the instance is not touched.
 */
export const cutoverSteps = ["receive", "snapshot", "image", "stop", "replace", "start", "watch"] as const;
export const cutoverStepSchema = z.enum(cutoverSteps);
export type CutoverStep = z.infer<typeof cutoverStepSchema>;
