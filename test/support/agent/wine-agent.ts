/** The agent for Windows in a private directory of a wine prefix, as an assistant would have pushed it. */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentStatus, CommandOutcome } from "./pushed-agent.ts";
import type { WinePrefix } from "./wine-prefix.ts";

const agents = join(import.meta.dirname, "../../../resources/agents");

export interface WineAgent {
  /** The directory here. */
  readonly directory: string;
  /** The program's path in Windows. */
  readonly program: string;
  run(args: readonly string[], input?: string, environment?: NodeJS.ProcessEnv): Promise<CommandOutcome>;
  status(): AgentStatus | null;
  log(): string;
  /** Waits until the status fulfils `condition`, asked every 50 ms. */
  waitFor(condition: (status: AgentStatus) => boolean): Promise<AgentStatus>;
  exists(): boolean;
}

export function pushWineAgent(prefix: WinePrefix, platform: string, name: string): WineAgent {
  const built = join(agents, platform, "sma-agent.exe");
  if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build:agent\` first`);
  const directory = prefix.folder(name);
  copyFileSync(built, join(directory, "sma-agent.exe"));
  const program = `C:\\${name}\\sma-agent.exe`;
  const read = (file: string): string | null => {
    try {
      return readFileSync(join(directory, file), "utf8");
    } catch {
      return null;
    }
  };
  const status = (): AgentStatus | null => {
    const text = read("agent.status");
    try {
      return text === null ? null : (JSON.parse(text) as AgentStatus);
    } catch {
      return null;
    }
  };
  return {
    directory,
    program,
    run: (args, input, environment) => prefix.run(program, args, input, environment),
    status,
    log: () => read("agent.log") ?? "",
    async waitFor(condition) {
      for (;;) {
        const now = status();
        if (now !== null && condition(now)) return now;
        await sleep(50);
      }
    },
    exists: () => existsSync(directory),
  };
}
