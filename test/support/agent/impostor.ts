/** A TLS server in the place of an intermediate, which takes any client and keeps what it says. */
import { createServer, type TLSSocket } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export interface Impostor {
  readonly port: number;
  /** Handshakes that were begun, finished or not. */
  connections(): number;
  /** All that clients have sent after their handshakes. */
  received(): Buffer;
  stop(): Promise<void>;
}

export interface ImpostorOptions {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly protocols?: readonly string[];
  readonly maxVersion?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  onConnection?(socket: TLSSocket): void;
}

export async function startImpostor(options: ImpostorOptions): Promise<Impostor> {
  let connections = 0;
  const parts: Buffer[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer({
    cert: options.certificatePem,
    key: options.keyPem,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: [...(options.protocols ?? ["sma-control/1"])],
    minVersion: "TLSv1",
    ciphers: "DEFAULT:@SECLEVEL=0",
    ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
  });
  server.on("connection", () => (connections += 1));
  server.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    options.onConnection?.(socket);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    received: () => Buffer.concat(parts),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
