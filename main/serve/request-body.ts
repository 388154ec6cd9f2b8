/** Bodies of requests, of a size that is known to be bearable, and answers to them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Result } from "../../common/result.ts";

/** The whole body; null where it is longer, of which nothing more is read then. */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer | null> {
  if (Number(request.headers["content-length"] ?? "0") > mostBytes) return null;
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const take = (part: Buffer) => {
      size += part.length;
      if (size <= mostBytes) {
        parts.push(part);
        return;
      }
      // Ending the loop over a stream would end its connection, and the answer with it.
      request.off("data", take);
      request.pause();
      resolve(null);
    };
    request.on("data", take);
    request.once("end", () => resolve(Buffer.concat(parts)));
    request.once("error", reject);
  });
}

/** For answers to requests of which not all was read: what is left of them is not waited for. */
export function endAfterAnswer(response: ServerResponse): void {
  response.setHeader("Connection", "close");
  response.once("finish", () => response.socket?.destroySoon());
}

export function sendResult(response: ServerResponse, status: number, result: Result<unknown>): void {
  if (response.destroyed) return;
  const body = JSON.stringify(result);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
  });
  response.end(body);
}
