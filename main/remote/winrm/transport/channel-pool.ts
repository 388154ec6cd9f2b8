import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import type { ExchangeLimits, SoapChannel } from "./soap-channel.ts";

export type PooledChannel = Pick<SoapChannel, "usable" | "close" | "exchange">;

export interface ChannelPoolOptions {
  /** Opens and logs in a connection. */
  open(signal: AbortSignal): Promise<Result<PooledChannel>>;
  readonly maxChannels: number;
  /** A channel that was idle for longer is not used again: the server may be closing it. */
  readonly maxIdleMs: number;
  /** Milliseconds on a clock that only goes forward. */
  readonly monotonicMs: () => number;
}

interface Idle {
  readonly channel: PooledChannel;
  readonly sinceMs: number;
}

/**
 * The connections of one session. A channel carries one exchange at a time, so what goes on at once (input while output
 * is awaited) takes several; they are opened when needed and kept for the next exchange.
 */
export class ChannelPool {
  readonly #options: ChannelPoolOptions;
  #idle: Idle[] = [];
  readonly #busy = new Set<PooledChannel>();
  #count = 0;
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor(options: ChannelPoolOptions) {
    this.#options = options;
  }

  /**
   * Exchanges an envelope on a free channel. A connection that dies while the server may be acting on the envelope is
   * `connection-lost`: the caller knows whether to repeat the request. A login that the server forgot is renewed once.
   */
  async exchange(envelope: string, limits: ExchangeLimits): Promise<Result<string>> {
    const first = await this.#exchangeOnce(envelope, limits);
    if (first.result.ok || !first.reused || first.result.failure.code !== "authentication-failed")
      return first.result;
    return (await this.#exchangeOnce(envelope, limits)).result;
  }

  /** Closes all channels; exchanges under way fail. May be called twice. */
  close(): void {
    this.#closed = true;
    for (const channel of [...this.#busy, ...this.#idle.map((idle) => idle.channel)]) channel.close();
    this.#idle = [];
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #exchangeOnce(envelope: string, limits: ExchangeLimits) {
    await this.#seat(limits.signal);
    try {
      const taken = await this.#take(limits.signal);
      if (!taken.ok) return { result: taken, reused: false };
      const { channel, reused } = taken.value;
      this.#busy.add(channel);
      const result = await channel.exchange(envelope, limits);
      this.#busy.delete(channel);
      if (channel.usable && !this.#closed) this.#idle.push({ channel, sinceMs: this.#options.monotonicMs() });
      else channel.close();
      return { result, reused };
    } finally {
      this.#count -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #seat(signal: AbortSignal): Promise<void> {
    while (this.#count >= this.#options.maxChannels && !this.#closed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener("abort", wake);
          const place = this.#waiting.indexOf(wake);
          if (place >= 0) this.#waiting.splice(place, 1);
          resolve();
        };
        signal.addEventListener("abort", wake, { once: true });
        this.#waiting.push(wake);
      });
    }
    this.#count += 1;
  }

  async #take(signal: AbortSignal): Promise<Result<{ channel: PooledChannel; reused: boolean }>> {
    if (signal.aborted) return fail("cancelled", told({ kind: "request-stopped" }));
    if (this.#closed) return sessionClosed();
    const oldestMs = this.#options.monotonicMs() - this.#options.maxIdleMs;
    while (this.#idle.length > 0) {
      const candidate = this.#idle.pop();
      if (candidate === undefined) break;
      if (candidate.channel.usable && candidate.sinceMs >= oldestMs) {
        return ok({ channel: candidate.channel, reused: true });
      }
      candidate.channel.close();
    }
    const opened = await this.#options.open(signal);
    if (!opened.ok) return opened;
    if (!this.#closed) return ok({ channel: opened.value, reused: false });
    opened.value.close();
    return sessionClosed();
  }
}

function sessionClosed() {
  return fail("connection-lost", told({ kind: "winrm-session-closed" }));
}
