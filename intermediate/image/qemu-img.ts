import { spawn } from "node:child_process";
import { fail, ok, type FailureContext, type Result } from "../../common/result.ts";

export interface QemuImgOptions {
  readonly signal: AbortSignal;
  /** 0 to 1; only of subcommands that were given `-p`. */
  onProgress?(share: number): void;
}

const keptOutput = 4000;

/**
 * Runs qemu-img. Paths among `args` must be absolute: a relative one with a colon would be taken for a protocol. An
 * exit status of 1 is a value (of `compare`: the images differ); a higher one is `image-failed`, or `no-space`.
 */
export async function runQemuImg(args: readonly string[], options: QemuImgOptions): Promise<Result<0 | 1>> {
  const context: FailureContext = { command: `qemu-img ${args[0] ?? ""}` };
  if (options.signal.aborted) return fail("cancelled", "the image was cancelled", context);
  const child = spawn("qemu-img", args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  const stop = () => child.kill("SIGKILL");
  options.signal.addEventListener("abort", stop, { once: true });

  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (said = (said + part).slice(-keptOutput)));
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    const shares = [...part.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)];
    const last = shares.at(-1)?.[1];
    if (last !== undefined) options.onProgress?.(Number(last) / 100);
  });

  const ended = await new Promise<number | null | Error>((resolve) => {
    child.once("error", resolve);
    child.once("close", (code) => resolve(code));
  });
  options.signal.removeEventListener("abort", stop);

  if (options.signal.aborted) return fail("cancelled", "the image was cancelled", context);
  if (ended instanceof Error) {
    return fail(
      "tool-missing",
      `qemu-img cannot be run: ${ended.message}`,
      { ...context, tool: "qemu-img" },
      "Install qemu-img, on Debian: apt-get install --no-install-recommends qemu-utils",
    );
  }
  if (ended === 0) return ok(0);
  if (ended === 1 && args[0] === "compare") return ok(1);
  const output = said.trim();
  if (/no space left/i.test(output))
    return fail("no-space", "the images' filesystem is full", { ...context, output });
  return fail(
    "image-failed",
    `qemu-img ended with ${ended ?? "a signal"}: ${output.split("\n").at(-1) ?? ""}`,
    {
      ...context,
      output,
    },
  );
}
