import { z } from "zod";
import { bootVerdictSchema } from "../../../common/domain/boot-verdict.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok } from "../../../common/result.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";
import { convert } from "./convert.ts";
import { preflight } from "./preflight.ts";

const passphraseRemedy = told({ kind: "passphrase-ways-on" });

/** Boots the converted system, on throwaway overlays without a network, before anybody pays for it. */
export const bootCheck = defineStep({
  name: "boot-check",
  needs: [preflight, convert],
  output: z.object({ verdict: bootVerdictSchema.nullable() }),

  async run(context, { preflight, convert: { enabled: converted } }) {
    const { enabled, memoryMiB, timeoutSeconds } = context.plan.bootCheck;
    if (!enabled) {
      context.log("warning", { kind: "boot-check-off" });
      return ok({ verdict: null });
    }
    const { firmware: wanted, repair } = context.plan.conversion;
    const firmware = converted && wanted !== "same" ? wanted : preflight.firmware;
    const machine = { firmware, memoryMiB, timeoutSeconds };
    const result = await runTask(context, { kind: "boot-check", converted, repair, ...machine });
    if (!result.ok) return result;
    const { verdict } = result.value;
    for (const { id, remedy, kept } of verdict.repairs) {
      if (kept) context.log("warning", { kind: "boots-after-repair", step: id, remedy });
    }
    if (verdict.cause === "degraded")
      context.log("warning", {
        kind: "boots-degraded",
        evidence: verdict.evidence,
        found: verdict.found,
      });
    if (!verdict.booted) {
      const evidence = {
        cause: verdict.cause ?? "",
        repairsTried: verdict.repairs.map(({ remedy, evidence }) => `${remedy}: ${evidence}`),
        consoleLog: verdict.consoleLogPath,
        lastScreen: verdict.screenshotPath ?? "",
      };
      const remedy = verdict.cause === "passphrase-wanted" ? passphraseRemedy : undefined;
      const because = verdict.found[0] ?? { what: verdict.evidence };
      return fail("target-did-not-boot", told({ kind: "did-not-boot", because }), evidence, remedy);
    }
    return ok({ verdict });
  },
});
