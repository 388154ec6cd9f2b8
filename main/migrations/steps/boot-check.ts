import { z } from "zod";
import { bootVerdictSchema } from "../../../common/api/intermediate.ts";
import { fail, ok } from "../../../common/result.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";
import { preflight } from "./preflight.ts";

/** Boots what was received, on throwaway overlays without a network, before anybody pays for it. */
export const bootCheck = defineStep({
  name: "boot-check",
  needs: [preflight],
  output: z.object({ verdict: bootVerdictSchema.nullable() }),

  async run(context, { preflight: { firmware } }) {
    const { enabled, memoryMiB, timeoutSeconds } = context.plan.bootCheck;
    if (!enabled) {
      context.log("warning", "the boot check was switched off: nobody knows yet whether this boots");
      return ok({ verdict: null });
    }
    const result = await runTask(context, { kind: "boot-check", firmware, memoryMiB, timeoutSeconds });
    if (!result.ok) return result;
    const { verdict } = result.value;
    if (!verdict.booted) {
      return fail("target-did-not-boot", `the replica did not boot: ${verdict.evidence}`, {
        consoleLog: verdict.consoleLogPath,
        lastScreen: verdict.screenshotPath ?? "",
      });
    }
    return ok({ verdict });
  },
});
