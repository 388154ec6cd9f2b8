import { z } from "zod";
import { noted } from "../../../common/domain/report-text/told.ts";
import { ok } from "../../../common/result.ts";
import { addressesFor, checkReachable, launchAgent } from "../agent-launch.ts";
import { defineStep } from "../step.ts";
import { preflight } from "./preflight.ts";
import { provision } from "./provision.ts";

/** Puts the agent on the source and starts it. */
export const push = defineStep({
  name: "push",
  needs: [preflight, provision],
  output: z.object({ directory: z.string(), agentPath: z.string(), hosts: z.array(z.string()) }),

  async run(context) {
    const access = await context.connections.intermediate(context.signal);
    if (!access.ok) return access;

    return context.connections.withSession(context.signal, async (session) => {
      context.report({ ...noted({ kind: "trying-ports" }), done: 0, total: 3, unit: "steps" });
      const candidates = await addressesFor(
        session,
        access.value,
        context.plan.target.advertisedAddresses.length > 0,
      );
      const hosts = await checkReachable(context, session, access.value, candidates);
      if (!hosts.ok) return hosts;

      context.report({ ...noted({ kind: "uploading-agent" }), done: 1, total: 3, unit: "steps" });
      context.planResource("agent-directory", context.jobId);
      const placement = await context.services.agents.place(session, context.jobId, context.signal);
      if (!placement.ok) return placement;

      context.report({ ...noted({ kind: "starting-agent" }), done: 2, total: 3, unit: "steps" });
      // An agent that an earlier, interrupted try of this step started goes on; its certificate is still good. One
      // that is not heard tries ports that the job no longer has.
      const found = await context.services.agents.find(session, context.jobId);
      if (!found.ok) return found;
      const heard = await access.value.client.job(context.jobId);
      if (!heard.ok) return heard;
      const isThere = found.value?.running === true;
      if (isThere && !heard.value.agent.connected) {
        const stopped = await context.services.agents.stop(session, placement.value);
        if (!stopped.ok) return stopped;
      }
      if (!isThere || !heard.value.agent.connected) {
        const launched = await launchAgent(context, session, placement.value, hosts.value, access.value);
        if (!launched.ok) return launched;
      }
      const { directory } = placement.value;
      context.log("info", { kind: "agent-runs", directory }, { hosts: [...hosts.value] });
      return ok({ ...placement.value, hosts: [...hosts.value] });
    });
  },
});
