import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, CommandContext } from "../command.ts";
import { runServe, serveOptions } from "./serve.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const electronFolder = join(project, "node_modules", "electron");
/** Electron's program comes from outside the package registry, which not every network lets through. */
const downloadLimitMs = 120_000;

/** Why no window can be opened here; null where one can. */
function whyNoWindow(environment: NodeJS.ProcessEnv): string | null {
  if (!existsSync(join(project, "scripts", "build-window.ts")) || !existsSync(electronFolder))
    return "this installation is without the window";
  if (process.platform === "linux" && !environment["DISPLAY"] && !environment["WAYLAND_DISPLAY"])
    return "there is no display";
  if (process.getuid?.() === 0) return "the window's sandbox does not work for root";
  return null;
}

/** Electron's program; null where it is not here. */
function electronProgram(): string | null {
  const pathFile = join(electronFolder, "path.txt");
  if (!existsSync(pathFile)) return null;
  const program = join(electronFolder, "dist", readFileSync(pathFile, "utf8"));
  return existsSync(program) ? program : null;
}

function run(program: string, words: readonly string[], signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["ignore", 2, 2], signal });
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
}

async function openWindow(context: CommandContext): Promise<number | string> {
  const { terminal, signal } = context;
  const reason = whyNoWindow(process.env);
  if (reason !== null) return reason;
  if (electronProgram() === null) {
    terminal.note("fetching Electron's program …");
    const limited = AbortSignal.any([signal, AbortSignal.timeout(downloadLimitMs)]);
    await run(process.execPath, [join(electronFolder, "install.js")], limited);
  }
  const program = electronProgram();
  if (program === null) return "Electron's program is not here and could not be fetched";
  for (const [script, ...words] of [["build-renderer.ts", "--if-stale"], ["build-window.ts"]])
    if ((await run(process.execPath, [join(project, "scripts", script ?? ""), ...words], signal)) !== 0)
      return "the window could not be built; see the messages above";
  return (await run(program, [project], signal)) ?? "Electron's program does not start";
}

export const startCommand: Command = {
  name: "start",
  operands: "",
  summary: "open the assistant: its window, or where that cannot be, in a browser",
  options: serveOptions,
  asksInWindows: true,
  async run(context) {
    const opened = await openWindow(context);
    if (typeof opened === "number") return opened;
    context.terminal.note(`No window: ${opened}. The same app opens in a browser:`);
    return runServe({ ...context, options: { open: true, ...context.options } });
  },
};
