import { z } from "zod";
import { noted } from "../../../common/domain/report-text/told.ts";
import { ok } from "../../../common/result.ts";
import { enrolJob } from "../enrolment.ts";
import { defineStep } from "../step.ts";
import { preflight } from "./preflight.ts";

/** Has the target bring up its intermediate and gives that the job. */
export const provision = defineStep({
  name: "provision",
  needs: [preflight],
  output: z.object({ controlPort: z.number(), dataPort: z.number(), dataDirectory: z.string() }),

  async run(context, { preflight: { disks } }) {
    context.report({ ...noted({ kind: "starting-intermediate" }), done: 0, total: 1, unit: "steps" });
    context.planResource("intermediate-daemon", JSON.stringify(context.plan.target));
    const access = await context.connections.intermediate(context.signal);
    if (!access.ok) return access;

    context.planResource("intermediate-job", context.jobId);
    const enrolled = await enrolJob(context, access.value, disks);
    if (!enrolled.ok) return enrolled;
    const status = await access.value.client.status();
    if (!status.ok) return status;
    const { controlPort, dataPort, dataDirectory, conversionUnavailable, layoutUnavailable } = status.value;
    if (context.plan.replication === "file" && layoutUnavailable !== null)
      return { ok: false, failure: layoutUnavailable };
    // Said now and not after hours of copying.
    if (context.plan.conversion.enabled && conversionUnavailable !== null) {
      const { remedy } = conversionUnavailable;
      const failure = { ...conversionUnavailable, remedy: `${remedy} (or resume with --no-conversion)` };
      return { ok: false, failure };
    }
    context.log("info", { kind: "intermediate-listens", controlPort, dataPort }, { dataDirectory });
    return ok({ controlPort, dataPort, dataDirectory });
  },
});
