import { utilityProcess } from "electron";
import type { EnginePort, FromEngine } from "../engine/messages.ts";

/** The engine as a utility process: a child of the main process that windows come and go on. */
export function launchEngine(enginePath: string): EnginePort {
  const child = utilityProcess.fork(enginePath, [], { serviceName: "engine", stdio: "inherit" });
  return {
    post: (message) => child.postMessage(message),
    onMessage: (listener) => child.on("message", (message: FromEngine) => listener(message)),
    onExit: (listener) => child.once("exit", () => listener()),
    kill: () => void child.kill(),
  };
}
