/** A bucket of `burst` tokens for each key that fills again at `perSecond`. Forgets keys whose bucket is full. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #clock: () => number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(limit: { readonly burst: number; readonly perSecond: number }, clock: () => number) {
    this.#burst = limit.burst;
    this.#perSecond = limit.perSecond;
    this.#clock = clock;
  }

  /** Takes a token; false where there is none. */
  take(key: string): boolean {
    const now = this.#clock();
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, atMs: now };
    // A clock set back gives nothing, and takes nothing away.
    const passed = Math.max(0, now - bucket.atMs) / 1000;
    const tokens = Math.min(this.#burst, bucket.tokens + passed * this.#perSecond);
    const isAllowed = tokens >= 1;
    this.#buckets.set(key, { tokens: isAllowed ? tokens - 1 : tokens, atMs: now });
    if (this.#buckets.size > 10_000) this.#forget(now);
    return isAllowed;
  }

  #forget(now: number): void {
    for (const [key, { tokens, atMs }] of this.#buckets)
      if (tokens + ((now - atMs) / 1000) * this.#perSecond >= this.#burst) this.#buckets.delete(key);
    // Under a flood of addresses remembering all would itself be the harm.
    if (this.#buckets.size > 10_000) this.#buckets.clear();
  }
}
