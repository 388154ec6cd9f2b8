import { fail, ok, type Result } from "../../common/result.ts";
import type { AgentControl } from "../migrations/services.ts";
import {
  findAgent,
  launchAgent,
  placeAgent,
  readAgentBuild,
  removeAgent,
  stopAgent,
} from "./agent-placement.ts";
import type { RemoteSession, SourceSession } from "./contract.ts";

/** The agent's life on sources, with the builds below `agentsDirectory` (`<os>-<arch>/sma-agent`). */
export function createAgentControl(options: { readonly agentsDirectory: string }): AgentControl {
  return {
    place: (session, jobId, signal) =>
      onPosix(session, (posix) =>
        placeAgent(posix, {
          jobId,
          signal,
          binaryFor: (platform) => readAgentBuild(options.agentsDirectory, platform, "sma-agent"),
        }),
      ),
    launch: (session, placement, launchDocument) =>
      onPosix(session, async (posix) => {
        const launched = await launchAgent(posix, placement, launchDocument);
        return launched.ok ? ok() : launched;
      }),
    find: (session, jobId) => onPosix(session, (posix) => findAgent(posix, jobId)),
    stop: (session, placement) => onPosix(session, (posix) => stopAgent(posix, placement)),
    remove: (session, jobId) => onPosix(session, (posix) => removeAgent(posix, jobId)),
  };
}

async function onPosix<T>(
  session: SourceSession,
  act: (posix: RemoteSession) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (session.platform === "posix") return act(session);
  return fail("no-agent-for-platform", "Windows sources can be assessed, not migrated, by this version", {
    platform: "windows",
  });
}
