import { sayingOf, told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type FailureContext, type Result } from "../../common/result.ts";
import { runTool } from "./run-tool.ts";

export interface QemuImgOptions {
  readonly signal: AbortSignal;
  /** 0 to 1; only of subcommands that were given `-p`. */
  onProgress?(share: number): void;
}

const keptOutput = 4_000;

/**
 * Runs qemu-img, which dies with this process. Paths among `args` must be absolute: a relative one with a colon would
 * be taken for a protocol. An exit status of 1 is a value (of `compare`: the images differ); any other but 0 is
 * `image-failed`, or `no-space`.
 */
export async function runQemuImg(args: readonly string[], options: QemuImgOptions): Promise<Result<0 | 1>> {
  const onOutput = (part: string): void => {
    // "    (12.34/100%)\r"
    const last = [...part.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
    if (last !== undefined) options.onProgress?.(Number(last) / 100);
  };
  const ran = await runTool("qemu-img", args, { signal: options.signal, onOutput });
  if (!ran.ok) {
    if (ran.failure.code !== "tool-missing" || ran.failure.context["tool"] !== "qemu-img") return ran;

    return fail(
      "tool-missing",
      sayingOf(ran.failure),
      ran.failure.context,
      told({ kind: "install-packages", command: "apt-get install --no-install-recommends qemu-utils" }),
    );
  }
  const { exitCode, stderr } = ran.value;
  if (exitCode === 0) return ok(0);
  if (exitCode === 1 && args[0] === "compare") return ok(1);
  const output = stderr.trim().slice(-keptOutput);
  const context: FailureContext = {
    tool: "qemu-img",
    command: `qemu-img ${args.join(" ")}`,
    exitCode,
    output,
  };
  if (/no space left/i.test(output)) return fail("no-space", told({ kind: "no-room-for-qemu-img" }), context);
  const last = output.split("\n").at(-1) ?? "";
  return fail(
    "image-failed",
    told({ kind: "qemu-img-failed", act: args[0] ?? "", status: exitCode, text: last }),
    context,
  );
}
