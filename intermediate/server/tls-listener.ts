import { constants } from "node:crypto";
import type { AddressInfo, Socket } from "node:net";
import { createSecureContext, createServer, type SecureContext, type Server, type TLSSocket } from "node:tls";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { Logger } from "../log/log.ts";
import type { IntermediateSettings } from "../settings.ts";
import { errorCode } from "../volume/storage-failure.ts";
import { jobOfServerName } from "./peer-identity.ts";

/**
 * A secure context for one server certificate. Both sides show certificates of the same CA; sessions are not resumed,
 * so that every connection is checked anew. Throws where PEM or key do not fit: `contextOf` makes that data.
 */
function makeContext(caPem: string, certificatePem: string, keyPem: string): SecureContext {
  return createSecureContext({
    ca: caPem,
    cert: certificatePem,
    key: keyPem,
    minVersion: "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
}

/** `input-invalid` where certificate and key cannot be used. */
export function contextOf(caPem: string, certificatePem: string, keyPem: string): Result<SecureContext> {
  try {
    return ok(makeContext(caPem, certificatePem, keyPem));
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown";
    return fail("input-invalid", told({ kind: "certificate-unusable", text: why }), {
      field: "certificatePem",
    });
  }
}

export interface ListenerOptions {
  readonly name: "control" | "data";
  readonly address: string;
  readonly port: number;
  readonly protocols: readonly string[];
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly settings: IntermediateSettings;
  readonly logger: Logger;
  /** The context of a job that is being asked for; undefined refuses the handshake. */
  contextOfJob(jobId: string): SecureContext | undefined;
  onConnection(socket: TLSSocket): void;
}

export interface Listener {
  readonly port: number;
  /** Stops listening and destroys what is connected. */
  close(): Promise<void>;
}

/** Listens with mutual TLS. `port-in-use` names the port; `input-invalid` an address that is not this machine's. */
export async function listenTls(options: ListenerOptions): Promise<Result<Listener>> {
  const { name, address, port, settings, logger } = options;
  const server = createServer({
    ca: options.caPem,
    cert: options.certificatePem,
    key: options.keyPem,
    minVersion: "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_TICKET,
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: settings.handshakeMs,
    ALPNProtocols: [...options.protocols],
    SNICallback: (serverName, done) => {
      const jobId = jobOfServerName(serverName);
      const context = jobId === undefined ? undefined : options.contextOfJob(jobId);
      if (jobId !== undefined && context === undefined) done(new Error("no such job"));
      else done(null, context);
    },
  });
  server.maxConnections = settings.connectionsMost;
  const sockets = limitHandshakes(server, settings.handshakesMost);
  server.on("tlsClientError", (error, socket) => {
    // Expected from strangers and from our own with wrong certificates; the code tells which.
    logger.warn("handshake-refused", {
      listener: name,
      address: socket.remoteAddress ?? "",
      code: errorCode(error),
    });
    socket.destroy();
  });
  server.on("secureConnection", (socket) => {
    // Until a handler takes over, an error must not become an uncaught exception.
    socket.on("error", () => socket.destroy());
    options.onConnection(socket);
  });

  const problem = await listening(server, address, port);
  if (problem !== undefined) {
    const code = errorCode(problem);
    if (code === "EADDRINUSE") {
      return fail("port-in-use", told({ kind: "port-in-use", listener: name, port }), {
        listener: name,
        port,
        address,
      });
    }
    if (code === "EACCES") {
      return fail("port-in-use", told({ kind: "port-not-allowed", listener: name, port }), {
        listener: name,
        port,
      });
    }
    return fail(
      "input-invalid",
      told({ kind: "not-listening", where: `${address}:${port}`, text: problem.message }),
      {
        field: "listenAddress",
      },
    );
  }
  // E.g. no file descriptor left for another connection: those that are there go on, and so does listening.
  server.on("error", (error) => logger.error("listener-failed", { listener: name, code: errorCode(error) }));
  return ok({
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}

function listening(server: Server, host: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    server.once("error", resolve);
    server.listen({ host, port }, () => {
      server.off("error", resolve);
      resolve(undefined);
    });
  });
}

const endpoint = (socket: Socket): string => `${socket.remoteAddress}|${socket.remotePort}`;

/** Bounds unfinished handshakes; returns the set of open TCP connections. */
function limitHandshakes(server: Server, most: number): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  const unfinished = new Set<string>();
  server.prependListener("connection", (socket: Socket) => {
    const from = endpoint(socket);
    open.add(socket);
    unfinished.add(from);
    socket.once("close", () => {
      unfinished.delete(from);
      open.delete(socket);
    });
    if (unfinished.size > most) socket.destroy();
  });
  server.on("secureConnection", (socket) => unfinished.delete(endpoint(socket)));
  return open;
}
