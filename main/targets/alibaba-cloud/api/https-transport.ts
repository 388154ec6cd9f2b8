/** One HTTPS request and its whole reply, bounded in time and size. */
import { Agent, request as httpsRequest } from "node:https";
import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";

export interface CloudReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface CloudRequest {
  readonly method: string;
  /** Host and, where it is not 443, port. */
  readonly endpoint: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** `cloud-unreachable` where no whole reply came; then it is not known whether the request was carried out. */
export type CloudTransport = (request: CloudRequest) => Promise<Result<CloudReply>>;

const idleMs = 60_000;
const mostBytes = 16 * 1024 ** 2;

/** `authorityPem`: whose certificates are believed; null: those that the system believes. */
export function createHttpsTransport(authorityPem: string | null): CloudTransport {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    ...(authorityPem === null ? {} : { ca: authorityPem }),
  });
  return ({ method, endpoint, path, headers, body, signal }) =>
    new Promise((resolve) => {
      const lost = (why: string): void =>
        resolve(
          signal.aborted
            ? fail("cancelled", told({ kind: "cloud-request-stopped" }))
            : fail("cloud-unreachable", told({ kind: "endpoint-silent", endpoint, text: why }), { endpoint }),
        );
      const url = new URL(`https://${endpoint}${path}`);
      const sent = httpsRequest(url, { method, headers, agent, signal, timeout: idleMs }, (reply) => {
        const parts: Buffer[] = [];
        let length = 0;
        reply.on("data", (part: Buffer) => {
          length += part.length;
          if (length > mostBytes) sent.destroy(new Error(`its reply is longer than ${mostBytes} bytes`));
          else parts.push(part);
        });
        reply.on("error", (error) => lost(error.message));
        reply.on("end", () => {
          const flat = Object.entries(reply.headers).map(([name, value]) => [name, String(value)] as const);
          resolve(
            ok({
              status: reply.statusCode ?? 0,
              headers: Object.fromEntries(flat),
              body: Buffer.concat(parts),
            }),
          );
        });
      });
      sent.on("timeout", () => sent.destroy(new Error(`nothing came for ${idleMs / 1000} s`)));
      sent.on("error", (error) => lost(error.message));
      sent.end(body);
    });
}
