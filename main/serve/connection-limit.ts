import type { Server, Socket } from "node:net";
import { isLoopback, networkOf } from "./request-guard.ts";

/** A browser opens six, and one for events. */
const mostOfNetwork = 64;

/**
 * Keeps one network from taking all connections that a server has, by opening them and saying nothing. This machine's
 * own users share one address and are not counted.
 */
export function limitConnections(server: Server, most = mostOfNetwork): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    if (isLoopback(address)) return;
    const network = networkOf(address);
    const count = (open.get(network) ?? 0) + 1;
    open.set(network, count);
    socket.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
    if (count > most) socket.destroy();
  });
}
