import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NetworkNamespace } from "../network-namespace.ts";
import type { DaemonBench } from "./daemon.ts";
import { jobId } from "./daemon.ts";

export const agentBinary = fileURLToPath(
  new URL("../../../resources/agents/linux-x86_64/sma-agent", import.meta.url),
);

/** Why the real agent cannot be run here, or null where it can. */
export function agentObstacle(): string | null {
  if (process.platform !== "linux" || process.arch !== "x64") return "the built agent is for Linux on x86-64";
  return existsSync(agentBinary) ? null : "the agent is not built (npm run build:agent)";
}

/** The real agent in a private directory of its own. */
export class AgentProcess {
  readonly directory: string;
  readonly pid: number;

  private constructor(directory: string, pid: number) {
    this.directory = directory;
    this.pid = pid;
  }

  /** `namespace`: in a network of its own. */
  static launch(bench: DaemonBench, name: string, namespace?: NetworkNamespace): AgentProcess {
    const directory = join(bench.folder, name);
    const executable = join(directory, "sma-agent");
    mkdirSync(directory, { mode: 0o700 });
    copyFileSync(agentBinary, executable);
    const identity = bench.authority.issue({ unit: "sma-agent", commonName: jobId });
    const entries: Readonly<Record<string, string>> = {
      version: "1",
      job: jobId,
      host: namespace?.hostAddress ?? "127.0.0.1",
      "control-port": String(bench.controlPort),
      time: String(Math.floor(Date.now() / 1_000)),
      "retry-seconds": "120",
      nice: "0",
      ionice: "0",
      ca: bench.authority.caPem,
      certificate: identity.certificatePem,
      key: identity.keyPem,
    };
    const document = Object.entries(entries)
      .map(([key, value]) => `${key} ${Buffer.byteLength(value)}\n${value}\n`)
      .join("");
    const [program, ...argv] = namespace?.command(executable, "run") ?? [executable, "run"];
    const run = spawnSync(program, argv, { input: document, encoding: "utf8" });
    const started = /^started (\d+)/.exec(run.stdout);
    if (started?.[1] === undefined) throw new Error(`the agent did not start: ${run.stdout}${run.stderr}`);
    return new AgentProcess(directory, Number(started[1]));
  }

  get isRunning(): boolean {
    try {
      return readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ")[1]?.startsWith("Z") === false;
    } catch {
      return false;
    }
  }

  get log(): string {
    const path = join(this.directory, "agent.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Ends it as a crash would. May be called twice. */
  kill(): void {
    if (this.isRunning) process.kill(this.pid, "SIGKILL");
  }
}
