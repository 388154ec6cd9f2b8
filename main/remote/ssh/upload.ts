import { createHash, randomBytes } from "node:crypto";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { fail, ok, type Result } from "../../../common/result.ts";
import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { RemoteSession, RunOptions, UploadOptions } from "../contract.ts";
import { finishScript, receiveScript, removeScript } from "./upload-scripts.ts";
import { writeThroughSftp } from "./sftp-write.ts";
import type { SshSessionParts } from "./session.ts";

/** A link of 20 kB/s still passes, and something that hangs ends. */
function transferTimeoutMs(bytes: number): number {
  return 60_000 + bytes / 20;
}

/**
 * Uploads under a temporary name, checks the SHA-256 over there (by reading back where the far side has no tool for
 * it), sets exactly the mode that was asked for whatever the umask, and renames. Nothing stays behind on failure.
 */
export async function uploadFile(
  session: RemoteSession,
  parts: Pick<SshSessionParts, "client" | "context">,
  content: Buffer,
  remotePath: string,
  options: UploadOptions,
): Promise<Result<void>> {
  if (!posix.isAbsolute(remotePath) || remotePath.endsWith("/") || remotePath.includes("\0")) {
    return fail("input-invalid", told({ kind: "no-absolute-file", path: remotePath }), {
      field: "remotePath",
    });
  }
  if (!Number.isInteger(options.mode) || options.mode < 0 || options.mode > 0o7777) {
    return fail("input-invalid", told({ kind: "no-file-mode", mode: String(options.mode) }), {
      field: "mode",
    });
  }
  const directory = posix.dirname(remotePath);
  const temporary = posix.join(directory, `.sma-upload-${randomBytes(8).toString("hex")}`);
  const runOptions: RunOptions = {
    elevated: options.elevated === true,
    timeoutMs: transferTimeoutMs(content.length),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };

  const written = await write(session, parts, content, temporary, options, runOptions);
  const finished = written.ok
    ? await finish(session, content, temporary, remotePath, options.mode, runOptions)
    : written;
  if (finished.ok || finished.failure.code === "connection-lost") return finished;
  const removed = await session.script(removeScript, [temporary], {
    elevated: options.elevated === true,
    timeoutMs: 10_000,
  });
  // A dying link can show first as a command that ends oddly.
  return !removed.ok && removed.failure.code === "connection-lost" ? removed : finished;
}

async function write(
  session: RemoteSession,
  parts: Pick<SshSessionParts, "client" | "context">,
  content: Buffer,
  temporary: string,
  options: UploadOptions,
  runOptions: RunOptions,
): Promise<Result<void>> {
  if (options.elevated !== true) {
    const sent = await writeThroughSftp(parts, content, temporary, options);
    // Whatever keeps SFTP from working (no subsystem, a chroot, a full disk), the shell tries too and says why.
    if (sent.ok || sent.failure.code === "cancelled" || sent.failure.code === "connection-lost") return sent;
    await session.script(removeScript, [temporary], { timeoutMs: 10_000 });
  }
  return writeThroughShell(session, content, temporary, options, runOptions);
}

async function writeThroughShell(
  session: RemoteSession,
  content: Buffer,
  temporary: string,
  options: UploadOptions,
  runOptions: RunOptions,
): Promise<Result<void>> {
  const stdin = Readable.from(slicesOf(content, options.onProgress?.bind(options)), { objectMode: false });
  const output = await session.script(receiveScript, [temporary], { ...runOptions, stdin });
  stdin.destroy();
  if (!output.ok) return output;
  return output.value.exitCode === 0
    ? ok()
    : describeWriteError(temporary, output.value.stdout, output.value.stderr);
}

function* slicesOf(content: Buffer, onProgress: UploadOptions["onProgress"]): Generator<Buffer> {
  const slice = 256 * 1024;
  for (let at = 0; at < content.length; at += slice) {
    yield content.subarray(at, at + slice);
    onProgress?.(Math.min(at + slice, content.length), content.length);
  }
}

async function finish(
  session: RemoteSession,
  content: Buffer,
  temporary: string,
  remotePath: string,
  mode: number,
  runOptions: RunOptions,
): Promise<Result<void>> {
  const expected = createHash("sha256").update(content).digest("hex");
  const octal = mode.toString(8).padStart(4, "0");
  const output = await session.script(
    finishScript,
    [temporary, remotePath, octal, String(content.length), expected],
    runOptions,
  );
  if (!output.ok) return output;
  const { stdout, stderr, exitCode } = output.value;
  if (exitCode === 0) return ok();
  const verdict = stdout.trim();
  if (verdict === "no-digest-tool") {
    const same = await readsBackAs(session, temporary, expected, runOptions);
    if (!same.ok) return same;
    if (!same.value) return corrupt(remotePath, told({ kind: "reads-back-differently" }));
    const renamed = await session.script(
      finishScript,
      [temporary, remotePath, octal, String(content.length), "checked"],
      runOptions,
    );
    if (!renamed.ok) return renamed;
    return renamed.value.exitCode === 0
      ? ok()
      : describeWriteError(remotePath, renamed.value.stdout, renamed.value.stderr);
  }
  if (verdict.startsWith("differs")) return corrupt(remotePath, told({ kind: "tool-said", text: verdict }));
  return describeWriteError(remotePath, stdout, stderr);
}

function corrupt(path: string, why: Told): Result<never> {
  return fail("upload-corrupt", told({ kind: "arrived-altered", path, because: why }), { path });
}

async function readsBackAs(
  session: RemoteSession,
  path: string,
  expectedSha256: string,
  runOptions: RunOptions,
): Promise<Result<boolean>> {
  const digest = createHash("sha256");
  const output = await session.run(["cat", path], { ...runOptions, stdoutTo: digest });
  if (!output.ok) return output;
  return ok(output.value.exitCode === 0 && digest.digest("hex") === expectedSha256);
}

/** The scripts print `free <KiB> <mount point>` where they could not write. */
function describeWriteError(path: string, stdout: string, stderr: string): Result<never> {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  const free = /free (\d+) (.+)/.exec(stdout);
  const filesystem = free?.[2] ?? "";
  const isFull =
    /no space|disk quota|quota exceeded/i.test(stderr) || (free !== null && Number(free[1]) < 64);
  if (isFull) {
    return fail(
      "no-space",
      told({ kind: "no-room-on-source", path: filesystem, filesystem: path }),
      { path, filesystem },
      told({ kind: "free-room-on-source" }),
    );
  }
  return fail(
    "command-failed",
    told({ kind: "not-written", path, text: said === "" ? stdout.trim() : said }),
    {
      path,
      output: said,
    },
  );
}
