import { createHash } from "node:crypto";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { RunOptions, RunOutput, WindowsUploadOptions } from "../contract.ts";
import { uploadReceiveScript, uploadStatusScript } from "./upload-scripts.ts";

/** Runs one of the project's PowerShell scripts; `onInputSent` counts bytes of `stdin`. */
export type ScriptRunner = (
  script: string,
  parameters: readonly string[],
  options: RunOptions & { onInputSent?(totalBytes: number): void },
) => Promise<Result<RunOutput>>;

// Windows error codes (winerror.h): ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, and those of a missing or barred path.
const diskFull = new Set([39, 112]);
const barred = new Set([2, 3, 5, 32]);

/** Slow links move no less than this; less than that for so long is a dead one. */
const slowestBytesPerSecond = 20_000;
const scriptTimeoutMs = 120_000;

/**
 * Sends `content` through a script's standard input into `path` + `.sma-part`, which becomes `path` once its SHA-256 is
 * right. What an earlier upload of the same content left there is kept. Failures: `upload-corrupt`, `no-space`,
 * `command-failed` where the path cannot be written, and those of running a script.
 */
export async function uploadFile(
  run: ScriptRunner,
  content: Buffer,
  path: string,
  { signal, onProgress }: WindowsUploadOptions,
): Promise<Result<void>> {
  const cancellable = signal === undefined ? {} : { signal };
  const status = await run(uploadStatusScript, [path], { timeoutMs: scriptTimeoutMs, ...cancellable });
  if (!status.ok) return status;
  const offset = usableOffset(status.value.stdout, content);
  onProgress?.(offset, content.length);

  const rest = content.subarray(offset);
  const received = await run(uploadReceiveScript, [path, String(offset), sha256(content)], {
    stdin: rest,
    timeoutMs: scriptTimeoutMs + Math.ceil((rest.length / slowestBytesPerSecond) * 1000),
    onInputSent: (sent) => onProgress?.(offset + sent, content.length),
    ...cancellable,
  });
  return received.ok ? judgeUpload(received.value, path) : received;
}

/** How much of `content` is already there, by its hash; 0 where something else is. */
function usableOffset(stdout: string, content: Buffer): number {
  const part = /^sma-upload part (\d{1,15}) ([0-9a-f]{64})\s*$/m.exec(stdout);
  const length = Number(part?.[1] ?? 0);
  if (part === null || length > content.length) return 0;
  return sha256(content.subarray(0, length)) === part[2] ? length : 0;
}

/** What a receiving script said in its one line. */
export function judgeUpload(output: RunOutput, path: string): Result<void> {
  const line = /^sma-upload (done|differs|failed)(?: (.*))?$/m.exec(output.stdout.replaceAll("\r", ""));
  const rest = line?.[2] ?? "";
  if (line?.[1] === "done") return ok();
  if (line?.[1] === "differs") {
    return fail("upload-corrupt", told({ kind: "arrived-with-other-checksum", path }), { path });
  }
  const code = Number.parseInt(rest, 10);
  const words =
    line === null
      ? `exit code ${output.exitCode}: ${output.stderr.slice(0, 500)}`
      : rest.replace(/^\d+ /, "");
  if (diskFull.has(code)) return fail("no-space", told({ kind: "no-space-on-source", path }), { path });
  const remedy = barred.has(code) ? told({ kind: "check-folder-and-antivirus" }) : undefined;
  return fail("command-failed", told({ kind: "not-written", path, text: words }), { path }, remedy);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
