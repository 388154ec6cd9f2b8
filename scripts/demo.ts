/** `npm run demo`: sets up what is missing, then has `sma demo` do the main job. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePackages } from "./setup/debian-packages.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const say = (line: string) => process.stderr.write(`${line}\n`);

function run(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(project, script), ...args], { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

if (!ensurePackages(["agent", "images", "machines", "conversion", "lab"], say)) process.exit(3);

// The lab's first build mostly waits for downloads and the agent's mostly computes: side by side they take less.
const agentIsBuilt = existsSync(join(project, "resources", "agents", "linux-x86_64", "sma-agent"));
const [agent, lab] = await Promise.all([
  agentIsBuilt ? 0 : run("scripts/agent/build.ts", ["--target", "linux-x86_64"]),
  run("test/lab/cli.ts", ["build", "gpt-lvm"]),
]);
if (agent !== 0 || lab !== 0) process.exit(agent !== 0 ? agent : lab);

process.exit(await run("main/cli/index.ts", ["demo", ...process.argv.slice(2)]));
