import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";

export interface ToolOptions {
  readonly signal: AbortSignal;
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with what the tool prints on either stream, as it comes. */
  onOutput?(text: string, stream: "stdout" | "stderr"): void;
}

export interface ToolOutput {
  readonly exitCode: number;
  /** The last 64 Ki characters of each. */
  readonly stdout: string;
  readonly stderr: string;
}

const keptCharacters = 65_536;

/** Absolute path of a program in PATH (the sbin directories included) or of one named so, or `tool-missing`. */
export async function findTool(name: string): Promise<Result<string>> {
  const searched = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const directories = name.startsWith("/") ? ["/"] : searched;
  for (const directory of directories.filter((candidate) => candidate.startsWith("/"))) {
    const path = join(directory, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return ok(path);
  }
  return fail("tool-missing", told({ kind: "program-absent", program: name }), { tool: name });
}

/**
 * Starts a program that dies with this process, whatever ends this process (PR_SET_PDEATHSIG through setpriv), and
 * that a Ctrl-C on this process's terminal does not reach.
 */
export async function spawnTool(
  name: string,
  argv: readonly string[],
  stdio: StdioOptions,
  environment: Readonly<Record<string, string>> = {},
  /** Where it starts; here where not given. */
  directory?: string,
): Promise<Result<ChildProcess>> {
  const setpriv = await findTool("setpriv");
  if (!setpriv.ok) return setpriv;
  const program = await findTool(name);
  if (!program.ok) return program;
  const child = spawn(setpriv.value, ["--pdeathsig", "KILL", "--", program.value, ...argv], {
    stdio,
    detached: true,
    ...(directory === undefined ? {} : { cwd: directory }),
    env: { ...process.env, LC_ALL: "C", ...environment },
  });
  const spawned = await new Promise<Error | null>((settle) => {
    child.once("spawn", () => settle(null));
    child.once("error", settle);
  });
  if (spawned !== null) {
    return fail("tool-missing", told({ kind: "program-not-started-here", name, text: spawned.message }), {
      tool: name,
    });
  }
  return ok(child);
}

/**
 * Runs a program to its end. A non-zero exit is a value; the failures are `tool-missing` and `cancelled`, and after
 * either the program is gone.
 */
export async function runTool(
  name: string,
  argv: readonly string[],
  options: ToolOptions,
): Promise<Result<ToolOutput>> {
  if (options.signal.aborted)
    return fail("cancelled", told({ kind: "command-stopped", name }), { tool: name });
  const started = await spawnTool(name, argv, ["ignore", "pipe", "pipe"], options.environment);
  if (!started.ok) return started;
  const child = started.value;

  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout = (stdout + text).slice(-keptCharacters);
    options.onOutput?.(text, "stdout");
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-keptCharacters);
    options.onOutput?.(text, "stderr");
  });
  const stop = (): void => void child.kill("SIGKILL");
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  const exitCode = await new Promise<number>((settle) => {
    child.once("close", (code, signal) => settle(code ?? (signal === null ? 1 : 128)));
  });
  options.signal.removeEventListener("abort", stop);

  if (options.signal.aborted)
    return fail("cancelled", told({ kind: "command-stopped", name }), { tool: name });
  return ok({ exitCode, stdout, stderr });
}
