import type { SFTPWrapper } from "ssh2";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { UploadOptions } from "../contract.ts";
import type { SshSessionParts } from "./session.ts";

const blockBytes = 32 * 1024;
/** Requests on their way at once; over a link of 100 ms this allows 20 MB/s. */
const window = 64;

/** Creates `path` (mode 0600, which must not exist yet) with `content` through the SFTP subsystem. */
export async function writeThroughSftp(
  { client, context }: Pick<SshSessionParts, "client" | "context">,
  content: Buffer,
  path: string,
  options: UploadOptions,
): Promise<Result<void>> {
  const opened = await context.pool.open<SFTPWrapper>((callback) => client.sftp(callback), options.signal);
  if (!opened.ok) return opened;
  const sftp = opened.value;
  return new Promise((resolve) => {
    let isSettled = false;
    const settle = (result: Result<void>) => {
      if (isSettled) return;
      isSettled = true;
      stopListening();
      options.signal?.removeEventListener("abort", onAbort);
      sftp.end();
      resolve(result);
    };
    let stopListening = (): void => undefined;
    const onAbort = () => settle(fail("cancelled", told({ kind: "upload-stopped", path })));
    stopListening = context.pool.whenLost((failure) => settle({ ok: false, failure }));
    if (options.signal?.aborted === true) return onAbort();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    // The same Result.failure serves every reason: the caller falls back to the shell, which names it better.
    const refuse = (error: Error) =>
      settle(fail("command-failed", told({ kind: "sftp-failed", text: error.message }), { path }));
    sftp.on("error", refuse);
    sftp.on("close", () => refuse(new Error("the subsystem ended")));

    sftp.open(path, "wx", { mode: 0o600 }, (openError, handle) => {
      if (openError) return refuse(openError);
      let nextOffset = 0;
      let acknowledged = 0;
      const close = () => sftp.close(handle, (error) => (error ? refuse(error) : settle(ok())));
      const pump = (): void => {
        if (isSettled) return;
        while (nextOffset < content.length && nextOffset - acknowledged < window * blockBytes) {
          const at = nextOffset;
          const length = Math.min(blockBytes, content.length - at);
          nextOffset += length;
          sftp.write(handle, content, at, length, at, (error) => {
            if (isSettled) return;
            if (error) return refuse(error);
            acknowledged += length;
            options.onProgress?.(acknowledged, content.length);
            if (acknowledged === content.length) close();
            else pump();
          });
        }
      };
      if (content.length === 0) close();
      else pump();
    });
  });
}
