import { Socket } from "node:net";
import type { Remark } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, type Failure, type Result } from "../../../common/result.ts";
import type { Timers } from "./timers.ts";

/** Opens a TCP connection; what a system error code means is said in words. The socket has no listeners left. */
export function dial(
  host: string,
  port: number,
  options: { readonly timers: Timers; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Result<Socket>> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const settle = (result: Result<Socket>) => {
      cancelTimer();
      options.signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners();
      if (!result.ok) {
        // A late error of a socket that nobody owns any more must not become an uncaught exception.
        socket.on("error", () => undefined);
        socket.destroy();
      }
      resolve(result);
    };
    const onAbort = () =>
      settle(
        fail("cancelled", told({ kind: "connecting-stopped", where: `${host}:${port}` }), { host, port }),
      );
    const cancelTimer = options.timers.after(options.timeoutMs, () =>
      settle(
        fail(
          "host-unreachable",
          told({ kind: "no-answer", host, port, seconds: Math.round(options.timeoutMs / 1000) }),
          {
            host,
            port,
            cause: "timed out",
          },
        ),
      ),
    );
    if (options.signal.aborted) return onAbort();
    options.signal.addEventListener("abort", onAbort, { once: true });

    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.once("error", (error: NodeJS.ErrnoException) =>
      settle({ ok: false, failure: describeDialError(error, host, port) }),
    );
    socket.connect({ host, port, autoSelectFamily: true }, () => settle(ok(socket)));
  });
}

/** The failure behind a socket error while connecting. */
export function describeDialError(error: NodeJS.ErrnoException, host: string, port: number): Failure {
  // Happy-eyeballs wraps the errors of all addresses; the first one serves.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = first instanceof Error && "code" in first ? String(first.code) : "";
  const context = { host, port, cause: code === "" ? error.message : code };
  const unreachable = (said: Remark) => fail("host-unreachable", told(said), context).failure;
  switch (code) {
    case "ENOTFOUND":
      return fail("host-name-unknown", told({ kind: "name-unknown", host }), context).failure;
    case "EAI_AGAIN":
      return unreachable({ kind: "name-server-silent", host });
    case "ECONNREFUSED":
      return unreachable({ kind: "connection-refused", host, port });
    case "ETIMEDOUT":
      return unreachable({ kind: "silent-host", host, port });
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return unreachable({ kind: "no-route", host });
    case "ECONNRESET":
      return unreachable({ kind: "closed-at-once", host, port });
    default:
      return unreachable({
        kind: "not-reached",
        address: `${host}:${port}`,
        text: first instanceof Error ? first.message : String(first),
      });
  }
}
