import type { Client, ClientChannel, TerminalModes } from "ssh2";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, type Failure, type Result } from "../../../common/result.ts";

/** OpenSSH allows ten channels a connection (MaxSessions) unless told otherwise; two are left for others. */
const initialLimit = 8;

/** Raw from the start: nothing is echoed, and no byte is changed on its way. */
const rawTerminal: TerminalModes = { ECHO: 0, ICANON: 0, ISIG: 0, OPOST: 0, ICRNL: 0, IXON: 0, IEXTEN: 0 };

/** A place among the channels that may be open at once; `release` may be called twice. */
export interface ChannelSlot {
  release(): void;
}

/**
 * Opens channels on one connection, no more at a time than the server allows: the limit is learnt from its refusals.
 * Also the place that knows that the connection is gone.
 */
export class ChannelPool {
  readonly #client: Client;
  readonly #description: string;
  readonly #waiting: (() => void)[] = [];
  readonly #onLost = new Set<(failure: Failure) => void>();
  #limit = initialLimit;
  #open = 0;
  #lost: Failure | null = null;
  #lastError = "";

  constructor(client: Client, description: string) {
    this.#client = client;
    this.#description = description;
    client.on("error", (error) => (this.#lastError = error.message));
    client.on("close", () => {
      const why = this.#lastError === "" ? "the connection was closed" : this.#lastError;
      this.markLost(
        fail("connection-lost", told({ kind: "line-lost", where: description, text: why }), { cause: why })
          .failure,
      );
    });
  }

  get lost(): Failure | null {
    return this.#lost;
  }

  /** From now on everything fails with `failure`, pending calls too. The first call counts. */
  markLost(failure: Failure): void {
    if (this.#lost !== null) return;
    this.#lost = failure;
    for (const tell of [...this.#onLost]) tell(failure);
    this.#onLost.clear();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Calls back once when the connection dies (at once where it has). Returns how to stop listening. */
  whenLost(tell: (failure: Failure) => void): () => void {
    if (this.#lost !== null) {
      tell(this.#lost);
      return () => undefined;
    }
    this.#onLost.add(tell);
    return () => this.#onLost.delete(tell);
  }

  /** Starts a command. The slot is free again when the channel has closed. */
  async exec(
    command: string,
    options: { readonly pty: boolean },
    signal?: AbortSignal,
  ): Promise<Result<ClientChannel>> {
    return this.open((callback) => {
      if (options.pty) this.#client.exec(command, { pty: { term: "dumb", modes: rawTerminal } }, callback);
      else this.#client.exec(command, callback);
    }, signal);
  }

  /** Opens a channel by `start`, waiting for a free slot and backing off where the server has too many open. */
  async open<T extends { on(event: "close", listener: () => void): unknown }>(
    start: (callback: (error: Error | undefined, channel: T) => void) => void,
    signal?: AbortSignal,
  ): Promise<Result<T>> {
    for (;;) {
      const slot = await this.#takeSlot(signal);
      if (!slot.ok) return slot;
      const others = this.#open - 1;
      const opened = await this.#tryOpen(start);
      if (opened.kind === "open") {
        opened.channel.on("close", () => slot.value.release());
        return ok(opened.channel);
      }
      slot.value.release();
      if (this.#lost !== null) return { ok: false, failure: this.#lost };
      // Alone it would have been refused for good; among others it was one too many.
      if (opened.kind === "refused" && others > 0) {
        this.#limit = Math.max(1, Math.min(this.#limit, others));
        continue;
      }
      return fail(
        "command-failed",
        told({ kind: "command-not-begun", source: this.#description, text: opened.message }),
        {
          cause: opened.message,
        },
      );
    }
  }

  #tryOpen<T>(
    start: (callback: (error: Error | undefined, channel: T) => void) => void,
  ): Promise<{ kind: "open"; channel: T } | { kind: "refused" | "broken"; message: string }> {
    return new Promise((resolve) => {
      const stopListening = this.whenLost(({ message }) => resolve({ kind: "broken", message }));
      const settle = (outcome: Parameters<typeof resolve>[0]) => {
        stopListening();
        resolve(outcome);
      };
      try {
        start((error, channel) => {
          if (error === undefined || error === null) return settle({ kind: "open", channel });
          settle({ kind: "reason" in error ? "refused" : "broken", message: error.message });
        });
      } catch (error) {
        // ssh2 throws where the socket is gone already.
        settle({ kind: "broken", message: error instanceof Error ? error.message : String(error) });
      }
    });
  }

  async #takeSlot(signal: AbortSignal | undefined): Promise<Result<ChannelSlot>> {
    while (this.#open >= this.#limit && this.#lost === null && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        };
        const leave = () => {
          this.#waiting.splice(this.#waiting.indexOf(wake), 1);
          resolve();
        };
        this.#waiting.push(wake);
        signal?.addEventListener("abort", leave, { once: true });
      });
    }
    if (signal?.aborted === true) {
      // It may have been woken for a slot that it does not take.
      this.#waiting.shift()?.();
      return fail("cancelled", told({ kind: "command-stopped-early" }));
    }
    if (this.#lost !== null) return { ok: false, failure: this.#lost };
    this.#open += 1;
    let isReleased = false;
    return ok({
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#open -= 1;
        this.#waiting.shift()?.();
      },
    });
  }
}
