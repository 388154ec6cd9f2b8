/** One observation of how much is done. */
interface Sample {
  readonly atMs: number;
  readonly done: number;
}

export interface Flow {
  readonly rate: number | null;
  readonly eta: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Slices of the flow from which its swings are told. */
const sliceMs = 2_000;
const slicesMost = 60;
const slicesLeast = 3;
/** However even a flow has been, more than this is not promised. */
const leastSpread = 0.05;
/** Nobody watched for so long, as while the machine slept: what was seen before says nothing of the flow now. */
const gapMs = 60_000;

/**
 * Turns observations into a rate over a sliding window, a time to go, and an interval around it. The window is long
 * enough to ride out bursts, so that the ETA does not jump; a stall shows as a rate that falls to zero and an ETA that
 * becomes unknown. The interval comes from how far the flow's slices lie apart. As long as new ones overlap with what
 * was said before it only narrows; where they do not, the flow has changed and it starts afresh.
 */
export class RateMeter {
  readonly #windowMs: number;
  #samples: Sample[] = [];
  #slices: number[] = [];
  #sliceStart: Sample | undefined;
  /** When the end was said to come, in the clock's milliseconds. */
  #end: { readonly low: number; readonly high: number } | null = null;
  #round = -1;

  constructor(windowMs = 15_000) {
    this.#windowMs = windowMs;
  }

  observe(atMs: number, done: number, total: number, round: number): Flow {
    const last = this.#samples.at(-1);
    const isBroken = last !== undefined && (atMs < last.atMs || atMs - last.atMs > gapMs);
    if (round !== this.#round || isBroken) {
      this.#samples = [];
      this.#slices = [];
      this.#sliceStart = undefined;
      this.#end = null;
      this.#round = round;
    }
    this.#samples.push({ atMs, done });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - this.#windowMs) {
      this.#samples.shift();
    }
    this.#slice(atMs, done);
    const first = this.#samples[0];
    if (first === undefined || atMs - first.atMs < 1000) return { rate: null, eta: null, interval: null };
    const rate = Math.max(0, done - first.done) / ((atMs - first.atMs) / 1000);
    const hasEnd = rate > 0 && total >= done && total > 0;
    if (!hasEnd) {
      this.#end = null;
      return { rate, eta: null, interval: null };
    }
    const eta = (total - done) / rate;
    return { rate, eta, interval: this.#interval(atMs, total - done, rate, eta) };
  }

  #slice(atMs: number, done: number): void {
    this.#sliceStart ??= { atMs, done };
    const ms = atMs - this.#sliceStart.atMs;
    if (ms < sliceMs) return;
    this.#slices.push(Math.max(0, done - this.#sliceStart.done) / (ms / 1000));
    this.#slices.splice(0, this.#slices.length - slicesMost);
    this.#sliceStart = { atMs, done };
  }

  #interval(atMs: number, left: number, rate: number, eta: number): Flow["interval"] {
    const count = this.#slices.length;
    if (count < slicesLeast) return null;
    const mean = this.#slices.reduce((sum, slice) => sum + slice, 0) / count;
    const variance = this.#slices.reduce((sum, slice) => sum + (slice - mean) ** 2, 0) / (count - 1);
    // Slices in which nothing moved leave a mean of zero, from which no end could be told.
    const usual = Math.max(mean, rate / 10);
    const spread = Math.max((2 * Math.sqrt(variance / count)) / usual, leastSpread);
    const low = left / (Math.max(mean, rate) * (1 + spread));
    const high = left / (Math.min(usual, rate) * Math.max(1 - spread, 0.25));
    const said = this.#end;
    const now = { low: atMs + low * 1000, high: atMs + high * 1000 };
    const both =
      said === null ? now : { low: Math.max(now.low, said.low), high: Math.min(now.high, said.high) };
    this.#end = both.low <= both.high ? both : now;
    const toGo = (end: number) => Math.max(0, (end - atMs) / 1000);
    return { low: Math.min(toGo(this.#end.low), eta), high: Math.max(toGo(this.#end.high), eta) };
  }
}
