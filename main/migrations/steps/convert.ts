import { z } from "zod";
import { conversionChangeSchema, guestSummarySchema } from "../../../common/domain/conversion.ts";
import { ok } from "../../../common/result.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";
import { preflight } from "./preflight.ts";

/** Makes the system in the replica fit for the target, in an overlay: the replica itself is never written. */
export const convert = defineStep({
  name: "convert",
  needs: [preflight],
  output: z.object({
    /** False where the admin switched it off: boot check and images then use the bare replica. */
    enabled: z.boolean(),
    guest: guestSummarySchema.nullable(),
    changes: z.array(conversionChangeSchema),
    notes: z.array(z.string()),
    seconds: z.number(),
  }),

  async run(context, { preflight: { firmware } }) {
    const { conversion } = context.plan;
    if (!conversion.enabled) {
      context.log("warning", "the conversion was switched off: the replica is used as it is");
      return ok({ enabled: false, guest: null, changes: [], notes: [], seconds: 0 });
    }
    const result = await runTask(context, { kind: "convert", firmware, conversion });
    if (!result.ok) return result;
    const { outcome } = result.value;
    for (const { step, what } of outcome.changes) context.log("info", `converted: ${what}`, { step });
    for (const note of outcome.notes) context.log("warning", note);
    return ok({ enabled: true, ...outcome });
  },
});
