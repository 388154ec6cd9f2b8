/** `WS /events?engine=…&after=…`: what the engine tells, from the place where the window left off. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { EventFrame } from "../../common/api/bridge.ts";
import { feedEvents } from "../engine/event-feed.ts";
import type { EventLog } from "../engine/event-log.ts";

const mostSockets = 64;
/** A window that reads so slowly is let go; it comes back and asks for what it missed. */
const mostBufferedBytes = 4 * 1024 * 1024;

export class EventSockets {
  readonly #log: EventLog;
  readonly #engine: string;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
  readonly #sockets = new Set<WebSocket>();

  constructor(log: EventLog, engine: string) {
    this.#log = log;
    this.#engine = engine;
  }

  get isFull(): boolean {
    return this.#sockets.size >= mostSockets;
  }

  /** Takes over a connection whose request has been checked. `isSignedIn` is asked again now and then. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL, isSignedIn: () => boolean): void {
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      this.#sockets.add(accepted);
      const after = Number(url.searchParams.get("after") ?? "0");
      const stop = feedEvents(
        this.#log,
        this.#engine,
        {
          engine: url.searchParams.get("engine") ?? "",
          after: Number.isSafeInteger(after) && after >= 0 ? after : 0,
        },
        (frame: EventFrame) => {
          if (accepted.bufferedAmount > mostBufferedBytes || (frame.type === "alive" && !isSignedIn()))
            accepted.terminate();
          else accepted.send(JSON.stringify(frame));
        },
      );
      accepted.on("close", () => {
        stop();
        this.#sockets.delete(accepted);
      });
      accepted.on("error", () => accepted.terminate());
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#server.close();
  }
}
