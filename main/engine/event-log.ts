import type { NumberedEvent } from "../../common/api/bridge.ts";
import type { AssistantEvent } from "../../common/api/procedures.ts";

/** Milliseconds for which progress of one job is held back, so that only its newest state travels. */
const progressIntervalMs = 100;
const defaultCapacity = 20_000;

export interface EventLogOptions {
  /** How many events are kept for windows that come back. */
  readonly capacity?: number;
  /** Calls back once after `ms`; the returned function takes that back. */
  readonly after?: (ms: number, act: () => void) => () => void;
}

/**
 * The engine's events in their order, numbered from 1, with the last ones kept. A window that was away names the last
 * number that it saw and gets what followed. Progress is thinned to one event a job and tick; nothing else is.
 */
export class EventLog {
  readonly #capacity: number;
  readonly #after: (ms: number, act: () => void) => () => void;
  readonly #listeners = new Set<(event: NumberedEvent) => void>();
  readonly #held = new Map<string, AssistantEvent>();
  #kept: NumberedEvent[] = [];
  #seq = 0;
  #cancelTick: (() => void) | null = null;

  constructor(options: EventLogOptions = {}) {
    this.#capacity = options.capacity ?? defaultCapacity;
    this.#after = options.after ?? afterTimeout;
  }

  get seq(): number {
    return this.#seq;
  }

  append(event: AssistantEvent): void {
    if (event.type === "job-progress") {
      this.#held.set(event.job, event);
      this.#cancelTick ??= this.#after(progressIntervalMs, () => this.#releaseAll());
      return;
    }
    // What a job says next must not overtake the progress that was before it.
    if ("job" in event) this.#release(event.job);
    this.#publish(event);
  }

  /** What followed event `seq`, oldest first; null where that is no longer known. */
  since(seq: number): readonly NumberedEvent[] | null {
    if (seq > this.#seq) return null;
    const oldest = this.#kept[0]?.seq ?? this.#seq + 1;
    if (seq < oldest - 1) return null;
    return this.#kept.slice(seq - oldest + 1);
  }

  subscribe(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#cancelTick?.();
    this.#held.clear();
    this.#listeners.clear();
  }

  #release(job: string): void {
    const event = this.#held.get(job);
    if (event === undefined) return;
    this.#held.delete(job);
    this.#publish(event);
  }

  #releaseAll(): void {
    this.#cancelTick = null;
    for (const job of [...this.#held.keys()]) this.#release(job);
  }

  #publish(event: AssistantEvent): void {
    this.#seq += 1;
    const numbered = { seq: this.#seq, event };
    this.#kept.push(numbered);
    // Cut in large pieces: cutting one by one would move the whole array every time.
    if (this.#kept.length >= this.#capacity * 2) this.#kept = this.#kept.slice(-this.#capacity);
    for (const listener of this.#listeners) listener(numbered);
  }
}

function afterTimeout(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}
