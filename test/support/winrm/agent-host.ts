import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { WindowsMachine, WindowsProgram } from "./windows-machine.ts";

/** Where a Windows system has what the scripts name; the rest is taken as a path. */
const places: Readonly<Record<string, string>> = {
  "WINDOWS-TEMP": "C:\\Windows\\Temp",
  "PROGRAM-DATA": "C:\\ProgramData",
  "SYSTEM-DRIVE": "C:\\",
  "USER-TEMP": "C:\\Users\\user\\Temp",
};

export interface AgentHostOptions {
  /** Size in bytes of what a migration names as a disk; null where there is none. */
  diskSize(path: string): number | null;
}

/**
 * Does in TypeScript what the project's PowerShell scripts around the agent's folder do, in the folders of a machine.
 * Permissions are those of the folder below: 0700.
 */
export function agentScripts(
  machine: () => WindowsMachine,
  options: AgentHostOptions,
): Readonly<Record<string, WindowsProgram>> {
  const folderOf = (candidate: string, name: string) => {
    const base = places[candidate] ?? candidate;
    return `${base.replace(/\\$/, "")}\\${name}`;
  };
  const present = (candidates: readonly string[], name: string) =>
    candidates
      .map((candidate) => folderOf(candidate, name))
      .filter((folder) => existsSync(machine().path(folder)));
  const lines =
    (write: (parameters: readonly string[]) => readonly string[]): WindowsProgram =>
    (parameters, { stdout }) => {
      for (const line of write(parameters)) stdout.write(`${line}\r\n`);
      return Promise.resolve(0);
    };
  return {
    "sma agent survey": lines(([name = "", ...candidates]) =>
      present(candidates, name).map((folder) => {
        const agent = machine().path(`${folder}\\sma-agent.exe`);
        const sum = existsSync(agent) ? createHash("sha256").update(readFileSync(agent)).digest("hex") : "";
        return `found ${folder} ${sum}`;
      }),
    ),
    "sma agent folder": lines(([candidate = "", name = ""]) => {
      const base = machine().path(places[candidate] ?? candidate);
      if (!existsSync(base)) return ["refused it does not exist"];
      const folder = folderOf(candidate, name);
      mkdirSync(machine().path(folder), { recursive: true, mode: 0o700 });
      return [`folder ${folder}`];
    }),
    "sma agent find": lines(([name = "", ...candidates]) =>
      present(candidates, name).flatMap((folder) => [
        `agent ${folder}`,
        existsSync(machine().path(`${folder}\\sma-agent.exe`)) ? "program yes" : "program no",
      ]),
    ),
    "sma agent stop": lines(() => ["ended"]),
    "sma agent remove": lines(([name = "", ...candidates]) =>
      present(candidates, name).flatMap((folder) => {
        const path = machine().path(folder);
        const ours = /^(?:sma-agent\.exe(?:\.sma-part)?|agent\.(?:log|log\.1|pid|status|status\.new))$/;
        for (const file of readdirSync(path)) if (ours.test(file)) rmSync(join(path, file));
        const left = readdirSync(path);
        if (left.length === 0) rmdirSync(path);
        return left.length === 0 ? [] : [`left ${folder} ${left.join(" ")}`];
      }),
    ),
    "sma disk size": lines(([path = ""]) => {
      const size = options.diskSize(path);
      return size === null ? [] : [String(size)];
    }),
    "sma reach port": (_parameters, { stdout }) => {
      stdout.write("reached\r\n");
      return Promise.resolve(0);
    },
  };
}

/** The size of a file of this machine, as a disk's. */
export function fileSize(path: string): number | null {
  return existsSync(path) ? statSync(path).size : null;
}
