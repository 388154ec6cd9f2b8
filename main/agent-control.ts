import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../common/result.ts";
import type { AgentControl } from "./migrations/services.ts";
import { findAgent, launchAgent, placeAgent, removeAgent, stopAgent } from "./remote/agent-placement.ts";

/** The agents that `npm run build:agent` made, put to work by main/remote. */
export function createAgentControl(agentsDirectory: string): AgentControl {
  const binaryFor = async (platform: string): Promise<Result<Buffer>> => {
    const path = join(agentsDirectory, platform, "sma-agent");
    try {
      return ok(await readFile(path));
    } catch (error) {
      return fail("no-agent-for-platform", `there is no agent for ${platform}: ${String(error)}`, {
        platform,
        path,
      });
    }
  };
  return {
    place: (session, jobId, signal) => placeAgent(session, { jobId, binaryFor, signal }),
    async launch(session, placement, launchDocument) {
      const launched = await launchAgent(session, placement, launchDocument);
      return launched.ok ? ok() : launched;
    },
    find: (session, jobId) => findAgent(session, jobId),
    stop: stopAgent,
    remove: (session, jobId) => removeAgent(session, jobId),
  };
}
