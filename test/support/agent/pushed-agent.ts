/** The real agent in a private directory of its own, as an assistant would have pushed it. */
import { spawn } from "node:child_process";
import { accessSync, chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** `SMA_TEST_AGENT` puts another build in its place, such as one under a sanitizer. */
const builtAgent =
  process.env["SMA_TEST_AGENT"] ??
  join(import.meta.dirname, "../../../resources/agents/linux-x86_64/sma-agent");

export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of agent.status. */
export interface AgentStatus {
  readonly state: string;
  readonly pid: number;
  readonly pass: number;
  readonly disk: number | null;
  readonly chunksDone: number;
  readonly chunksTotal: number;
  readonly lastError: string | null;
}

export interface LaunchFields {
  readonly job: string;
  readonly host: string;
  readonly controlPort: number;
  /** Unix seconds. */
  readonly time: number;
  readonly retrySeconds: number;
  readonly nice: number;
  readonly ionice: number;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const launchKeys = {
  job: "job",
  host: "host",
  controlPort: "control-port",
  time: "time",
  retrySeconds: "retry-seconds",
  nice: "nice",
  ionice: "ionice",
  ca: "ca",
  certificate: "certificate",
  key: "key",
} as const satisfies Record<keyof LaunchFields, string>;

export function launchDocument(fields: LaunchFields): string {
  const entry = (key: string, value: string): string => `${key} ${Buffer.byteLength(value)}\n${value}\n`;
  const names = Object.keys(launchKeys) as (keyof LaunchFields)[];
  return entry("version", "1") + names.map((name) => entry(launchKeys[name], String(fields[name]))).join("");
}

/** Runs a program to its end with `input` on standard input. */
export function runProgram(program: string, args: readonly string[], input = ""): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => out.push(part));
    child.stderr.on("data", (part: Buffer) => err.push(part));
    child.on("error", reject);
    // A program that refuses early does not read all of its input.
    child.stdin.on("error", () => undefined);
    child.on("close", (exitCode) =>
      resolve({
        exitCode,
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8"),
      }),
    );
    child.stdin.end(input);
  });
}

export interface PushedAgent {
  readonly directory: string;
  readonly program: string;
  run(args: readonly string[], input?: string): Promise<CommandOutcome>;
  /** The status file's content; null while there is none. */
  status(): AgentStatus | null;
  log(): string;
  /** Waits until the status fulfils `condition`, asked every 50 ms. */
  waitFor(condition: (status: AgentStatus) => boolean): Promise<AgentStatus>;
  /** Ends the agent if it runs and removes the directory. */
  discard(): Promise<void>;
}

export function pushAgent(): PushedAgent {
  try {
    accessSync(builtAgent);
  } catch {
    throw new Error(`${builtAgent} is missing: run \`npm run build:agent\` first`);
  }
  const directory = mkdtempSync(join(tmpdir(), "sma-agent-"));
  const program = join(directory, "sma-agent");
  copyFileSync(builtAgent, program);
  chmodSync(program, 0o700);

  const agent: PushedAgent = {
    directory,
    program,
    run: (args, input) => runProgram(program, args, input),
    status() {
      try {
        return JSON.parse(readFileSync(join(directory, "agent.status"), "utf8")) as AgentStatus;
      } catch {
        return null;
      }
    },
    log() {
      try {
        return readFileSync(join(directory, "agent.log"), "utf8");
      } catch {
        return "";
      }
    },
    async waitFor(condition) {
      for (;;) {
        const status = agent.status();
        if (status !== null && condition(status)) return status;
        await sleep(50);
      }
    },
    async discard() {
      if (existsSync(program)) await runProgram(program, ["stop"]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return agent;
}
