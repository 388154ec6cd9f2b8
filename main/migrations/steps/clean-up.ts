import { z } from "zod";
import { ok } from "../../../common/result.ts";
import { removeResources } from "../clean-up.ts";
import { defineStep } from "../step.ts";

/** Leaves the source as it was and ends what only the migration needed; replica and images stay. */
export const cleanUp = defineStep({
  name: "clean-up",
  needs: [],
  output: z.object({}),

  async run(context) {
    const access = await context.connections.intermediate(context.signal);
    if (access.ok) {
      // The agent leaves by itself; a job that the intermediate no longer knows has no agent.
      const finished = await access.value.client.finish(context.jobId);
      if (!finished.ok && finished.failure.code !== "not-found") return finished;
    }
    const removed = await removeResources(context, false);
    return removed.ok ? ok({}) : removed;
  },
});
