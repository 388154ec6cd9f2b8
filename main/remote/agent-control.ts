import { ok } from "../../common/result.ts";
import type { AgentControl } from "../migrations/services.ts";
import {
  findAgent,
  launchAgent,
  placeAgent,
  readAgentBuild,
  removeAgent,
  stopAgent,
} from "./agent-placement.ts";
import {
  findWindowsAgent,
  launchWindowsAgent,
  listWindowsDisks,
  placeWindowsAgent,
  removeWindowsAgent,
  stopWindowsAgent,
} from "./windows/agent-placement.ts";

/** The agent's life on sources, with the builds below `agentsDirectory` (`<os>-<arch>/sma-agent`, `.exe` on Windows). */
export function createAgentControl(options: { readonly agentsDirectory: string }): AgentControl {
  const build = (fileName: string) => (platform: string) =>
    readAgentBuild(options.agentsDirectory, platform, fileName);
  return {
    place: (session, jobId, signal) =>
      session.platform === "windows"
        ? placeWindowsAgent(session, { jobId, signal, binaryFor: build("sma-agent.exe") })
        : placeAgent(session, { jobId, signal, binaryFor: build("sma-agent") }),
    async launch(session, placement, launchDocument) {
      if (session.platform === "windows") return launchWindowsAgent(session, placement, launchDocument);
      const launched = await launchAgent(session, placement, launchDocument);
      return launched.ok ? ok() : launched;
    },
    find: (session, jobId) =>
      session.platform === "windows" ? findWindowsAgent(session, jobId) : findAgent(session, jobId),
    stop: (session, placement) =>
      session.platform === "windows" ? stopWindowsAgent(session, placement) : stopAgent(session, placement),
    remove: (session, jobId) =>
      session.platform === "windows" ? removeWindowsAgent(session, jobId) : removeAgent(session, jobId),
    listWindowsDisks,
  };
}
