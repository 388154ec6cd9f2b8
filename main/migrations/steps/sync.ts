import { z } from "zod";
import { byteRangeSchema } from "../../../common/domain/values.ts";
import { savingsSchema } from "../../../common/domain/sync-figures.ts";
import { ok } from "../../../common/result.ts";
import { consistencySchema, makeConsistent } from "../consistency/last-pass.ts";
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
    /** Of the raw bytes: hashed on arrival; the others were left to the read-back. Null in earlier journals. */
    checkedBytes: z.number().nullable().default(null),
    seconds: z.number(),
    /** Null in journals of earlier versions. */
    consistency: consistencySchema.nullable().default(null),
    savings: savingsSchema.nullable().default(null),
  }),

  async run(context, { preflight: { disks }, push: { hosts, directory } }) {
    // The session would otherwise write logs on the source all the while, which the passes would then chase.
    await context.connections.closeSession();
    const begun = context.services.sinceBoot();
    const { number } = context.run;
    const status = await superviseSync(context, disks, hosts, {
      mode: number === 1 ? "resume" : "next",
      run: number,
      repairDiffering: false,
      keepSnapshots: context.plan.runs.incremental?.keep ?? 0,
    });
    if (!status.ok) return status;
    const copied = status.value;
    const moment = await makeConsistent(context, copied, {
      disks,
      hosts,
      agentDirectory: directory,
      passSeconds: copied.passSeconds,
    });
    await context.connections.closeSession();
    if (!moment.ok) return moment;
    const { status: last, consistency } = moment.value;

    const { settled, stillChanging, readErrors, remarks, pass, firstPass, receivedInRun } = last;
    const passes = pass - copied.firstPass + 1;
    if (consistency.method === "passes") {
      context.log(
        "warning",
        { kind: "still-written", passes },
        { ranges: stillChanging.slice(0, 20).map(describeRange) },
      );
    }
    for (const text of remarks) context.log("info", { kind: "agent-remark", text });
    if (readErrors.length > 0) {
      context.log(
        "warning",
        { kind: "unreadable-zeroed", ranges: readErrors.length },
        { ranges: readErrors.map(describeRange) },
      );
    }
    return ok({
      passes,
      // A pass over a source that held still is the truth even where it changed something.
      settled:
        settled || (firstPass !== copied.firstPass && ["frozen", "snapshots"].includes(consistency.method)),
      consistency,
      stillChanging,
      readErrors,
      rawBytes: receivedInRun.rawBytes,
      wireBytes: receivedInRun.wireBytes,
      checkedBytes: receivedInRun.checkedBytes,
      savings: savingsOf(copied),
      seconds: (context.services.sinceBoot() - begun) / 1000,
    });
  },
});

function describeRange(range: z.infer<typeof byteRangeSchema>): string {
  return `disk ${range.diskId}: ${range.length} bytes at ${range.offset}`;
}
