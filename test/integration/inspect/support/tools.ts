/** Running the programs that make and check images. */
import { execFile } from "node:child_process";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const environment = {
  ...process.env,
  LC_ALL: "C.UTF-8",
  PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`,
};

/** Runs a program to its end; one that cannot be started throws, naming it. `more` is added to its environment. */
export function runTool(
  program: string,
  args: readonly string[],
  stdin?: string,
  more: NodeJS.ProcessEnv = {},
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...environment, ...more }, maxBuffer: 256 * 1024 * 1024 };
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      const code: unknown = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ stdout, stderr, exitCode: code });
      else reject(new Error(`${program}: ${error?.message ?? "ended by a signal"}`));
    });
    // Most tools read none of it and are gone before it is written.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin ?? "");
  });
}

/** Runs a program that must succeed and returns its standard output. */
export async function tool(program: string, args: readonly string[], stdin?: string): Promise<string> {
  const result = await runTool(program, args, stdin);
  if (result.exitCode !== 0) {
    throw new Error(
      `${program} ${args.join(" ")}: exit ${result.exitCode}\n${result.stdout}${result.stderr}`,
    );
  }
  return result.stdout;
}

/** The number behind a pattern's first group in a tool's output; commas as in 1,234 are no matter. */
export function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`${pattern} is not in:\n${output}`);
  return Number(found.replaceAll(",", ""));
}

/** A folder that is gone when `using` it ends. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "sma-inspect-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export async function makeSparse(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, "w");
  await file.truncate(sizeBytes);
  await file.close();
}

export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

const mebibyte = 1024 * 1024;

/**
 * A copy of `from` that has only the given ranges of it and 0xa5 everywhere else, except where the file would be
 * larger than `limitBytes`: then zeros.
 */
export async function copyRanges(
  from: string,
  to: string,
  ranges: readonly { readonly start: number; readonly length: number }[],
  limitBytes = 256 * mebibyte,
): Promise<void> {
  const size = await sizeOf(from);
  await makeSparse(to, size);
  const source = await open(from, "r");
  const target = await open(to, "r+");
  try {
    const noise = Buffer.alloc(mebibyte, 0xa5);
    for (let at = 0; size <= limitBytes && at < size; at += noise.length) {
      await target.write(noise, 0, Math.min(noise.length, size - at), at);
    }
    const buffer = Buffer.alloc(mebibyte);
    for (const { start, length } of ranges) {
      for (let at = start; at < start + length;) {
        const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, start + length - at), at);
        if (bytesRead === 0) throw new Error(`${from} ends before ${start + length}`);
        await target.write(buffer, 0, bytesRead, at);
        at += bytesRead;
      }
    }
  } finally {
    await source.close();
    await target.close();
  }
}
