import { z } from "zod";
import { byteRangeSchema } from "../../../common/api/intermediate.ts";
import { savingsSchema } from "../../../common/domain/sync-figures.ts";
import { ok } from "../../../common/result.ts";
import { defineStep } from "../step.ts";
import { savingsOf, superviseSync } from "../sync-supervisor.ts";
import { preflight } from "./preflight.ts";
import { push } from "./push.ts";

/** The agent streams the disks to the intermediate until source and replica agree. */
export const sync = defineStep({
  name: "sync",
  needs: [preflight, push],
  output: z.object({
    /** Passes of this run. */
    passes: z.number(),
    /** True where the last pass found nothing changed. */
    settled: z.boolean(),
    stillChanging: z.array(byteRangeSchema),
    readErrors: z.array(byteRangeSchema),
    rawBytes: z.number(),
    wireBytes: z.number(),
    seconds: z.number(),
    /** Null in journals of earlier versions. */
    savings: savingsSchema.nullable().default(null),
  }),

  async run(context, { preflight: { disks }, push: { hosts } }) {
    // The session would otherwise write logs on the source all the while, which the passes would then chase.
    await context.connections.closeSession();
    const begun = context.services.clock();
    const { number } = context.run;
    const status = await superviseSync(context, disks, hosts, {
      mode: number === 1 ? "resume" : "next",
      run: number,
      repairDiffering: false,
    });
    if (!status.ok) return status;

    const { settled, stillChanging, readErrors, pass, firstPass, receivedInRun } = status.value;
    const passes = pass - firstPass + 1;
    if (!settled) {
      context.log(
        "warning",
        `the source is still being written: the last of ${passes} passes found changes`,
        {
          ranges: stillChanging.slice(0, 20).map(describeRange),
        },
      );
    }
    if (readErrors.length > 0) {
      context.log("warning", "some ranges of the source could not be read and are zeros in the replica", {
        ranges: readErrors.map(describeRange),
      });
    }
    return ok({
      passes,
      settled,
      stillChanging,
      readErrors,
      rawBytes: receivedInRun.rawBytes,
      wireBytes: receivedInRun.wireBytes,
      savings: savingsOf(status.value),
      seconds: (context.services.clock() - begun) / 1000,
    });
  },
});

function describeRange(range: z.infer<typeof byteRangeSchema>): string {
  return `disk ${range.diskId}: ${range.length} bytes at ${range.offset}`;
}
