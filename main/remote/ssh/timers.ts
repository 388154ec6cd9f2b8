/** Time as the SSH layer uses it; tests pass their own. */
export interface Timers {
  /** Calls `act` once after `ms` milliseconds unless the returned function was called before. */
  after(ms: number, act: () => void): () => void;
}

export const systemTimers: Timers = {
  after(ms, act) {
    const handle = setTimeout(act, ms);
    return () => clearTimeout(handle);
  },
};

/** A time limit that can be held while a person thinks. Calls `expire` at most once. */
export class Deadline {
  readonly #timers: Timers;
  readonly #ms: number;
  readonly #expire: () => void;
  #cancel: () => void;

  constructor(timers: Timers, ms: number, expire: () => void) {
    this.#timers = timers;
    this.#ms = ms;
    this.#expire = expire;
    this.#cancel = timers.after(ms, expire);
  }

  /** Stops the limit; `restart` gives the whole time again. May be called twice. */
  stop(): void {
    this.#cancel();
  }

  restart(): void {
    this.#cancel();
    this.#cancel = this.#timers.after(this.#ms, this.#expire);
  }
}
