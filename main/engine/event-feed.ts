import type { EventFrame, EventPlace, NumberedEvent } from "../../common/api/bridge.ts";
import type { EventLog } from "./event-log.ts";

const batchMs = 50;
const largestBatch = 500;
const aliveMs = 10_000;

/**
 * Sends one window the engine's events: first what it missed, or the word that it must read everything anew, then
 * batches as things happen. Returns what ends the feed.
 */
export function feedEvents(
  log: EventLog,
  engine: string,
  position: EventPlace,
  send: (frame: EventFrame) => void,
): () => void {
  const missed = position.engine === engine ? log.since(position.after) : null;
  send({ type: "hello", engine, seq: log.seq, resync: missed === null });
  let waiting: NumberedEvent[] = [...(missed ?? [])];
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    timer = null;
    for (let at = 0; at < waiting.length; at += largestBatch)
      send({ type: "events", events: waiting.slice(at, at + largestBatch) });
    waiting = [];
  };
  flush();
  const unsubscribe = log.subscribe((event) => {
    waiting.push(event);
    timer ??= setTimeout(flush, batchMs);
  });
  const alive = setInterval(() => send({ type: "alive" }), aliveMs);
  return () => {
    unsubscribe();
    clearInterval(alive);
    if (timer !== null) clearTimeout(timer);
  };
}
