import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { FailureCode } from "../../common/failure-codes.ts";
import { fail, failure, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Logger } from "../log/log.ts";
import type { IntermediateSettings } from "../settings.ts";
import { adminRoutes, answer, type AdminRequest, type AdminServices } from "./admin-api.ts";
import { assistantObstacle, identityOf } from "./peer-identity.ts";

export interface AdminListenerOptions {
  readonly services: AdminServices;
  readonly installation: string;
  readonly settings: IntermediateSettings;
  readonly logger: Logger;
  /** Somebody who may has asked something. */
  onRequest(): void;
}

const statusOfCode: Partial<Record<FailureCode, number>> = {
  "input-invalid": 400,
  "not-found": 404,
  "job-state": 409,
  "already-exists": 409,
  "no-space": 507,
};

/**
 * The admin API over TLS sockets that the control listener hands in. The HTTP server never listens itself, so it has
 * no clock of its own against slow requests: each connection gets a deadline to its next complete request instead.
 */
export function adminListener(options: AdminListenerOptions): (socket: TLSSocket) => void {
  const { settings, logger } = options;
  const routes = adminRoutes(options.services);
  const deadlines = new WeakMap<Socket, NodeJS.Timeout>();

  const expectRequest = (socket: Socket): void => {
    clearTimeout(deadlines.get(socket));
    deadlines.set(socket, setTimeout(() => socket.destroy(), settings.requestMs).unref());
  };

  const server: Server = createServer((request, response) => {
    options.onRequest();
    void (async () => {
      const body = await readBody(request, settings.requestBytesMost);
      clearTimeout(deadlines.get(request.socket));
      const { method = "", url = "/" } = request;
      const place = URL.parse(url, "https://intermediate");
      const path = place?.pathname ?? url;
      const query = Object.fromEntries(place?.searchParams ?? []);
      const result = !body.ok
        ? body
        : place === null
          ? fail("input-invalid", told({ kind: "url-no-path", url }), { field: "path" })
          : await answerOr500({ method, path, query, body: body.value });
      if (!result.ok) logger.warn("request-failed", { method, path, code: result.failure.code });
      response.on("finish", () => {
        // Whoever sent too much is not read to the end.
        if (request.complete) expectRequest(request.socket);
        else request.socket.destroy();
      });
      reply(response, result);
    })();
  });

  const answerOr500 = async (request: AdminRequest): Promise<Result<unknown>> => {
    const { method, path } = request;
    try {
      return await answer(routes, request);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : "unknown";
      logger.error("defect", { method, path, why });
      return {
        ok: false,
        failure: failure("internal", told({ kind: "request-broke-off", request: `${method} ${path}` })),
      };
    }
  };

  return (socket) => {
    const peer = identityOf(socket);
    const obstacle = assistantObstacle(peer, options.installation);
    if (obstacle !== undefined) {
      logger.warn("peer-refused", {
        address: socket.remoteAddress ?? "",
        reason: obstacle,
        unit: peer.unit ?? "",
      });
      socket.destroy();
      return;
    }
    expectRequest(socket);
    socket.on("close", () => clearTimeout(deadlines.get(socket)));
    server.emit("connection", socket);
  };
}

/** The parsed JSON body; undefined where it is empty. */
async function readBody(request: IncomingMessage, most: number): Promise<Result<unknown>> {
  const bytes = await new Promise<Result<Buffer>>((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    request.on("data", (part: Buffer) => {
      length += part.length;
      if (length <= most) parts.push(part);
      else {
        request.pause();
        resolve(fail("input-invalid", told({ kind: "body-too-long", most }), { field: "body" }));
      }
    });
    request.on("end", () => resolve(ok(Buffer.concat(parts))));
    request.on("close", () =>
      resolve(fail("input-invalid", told({ kind: "body-did-not-arrive" }), { field: "body" })),
    );
  });
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0) return ok<unknown>(undefined);
  try {
    return ok<unknown>(JSON.parse(bytes.value.toString("utf8")));
  } catch {
    return fail("input-invalid", told({ kind: "body-no-json" }), { field: "body" });
  }
}

function reply(response: ServerResponse, result: Result<unknown>): void {
  const status = result.ok ? 200 : (statusOfCode[result.failure.code] ?? 500);
  const text = JSON.stringify(result);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
