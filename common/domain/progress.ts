import { z } from "zod";
import { jobPhases, stepNames } from "./job.ts";

/** Where a running job stands, for a progress line or bar. */
export const jobProgressSchema = z.object({
  /** The job's run that this is about. */
  run: z.number().int().min(1).default(1),
  step: z.enum(stepNames),
  phase: z.enum(jobPhases),
  /** What is going on, in words. */
  note: z.string(),
  /** Work done and in all in this step; `total` 0 while it is not known. Never runs backwards within a `round`. */
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  unit: z.enum(["bytes", "seconds", "steps"]),
  /** Grows when `done` starts again at 0 for a good reason, such as the sync's next pass. */
  round: z.number().int().nonnegative(),
  /** Units a second over the last seconds; null while there is nothing to tell from. */
  ratePerSecond: z.number().nonnegative().nullable(),
  /** Seconds left at this rate, for this step; null while unknown. */
  etaSeconds: z.number().nonnegative().nullable(),
  at: z.iso.datetime(),
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

/** One observation of how much is done. */
interface Sample {
  readonly atMs: number;
  readonly done: number;
}

/**
 * Turns observations into a rate over a sliding window and a time to go. A window long enough to ride out bursts, so
 * that the ETA does not jump; a stall shows as a rate that falls to zero and an ETA that becomes unknown.
 */
export class RateMeter {
  readonly #windowMs: number;
  #samples: Sample[] = [];
  #round = -1;

  constructor(windowMs = 15_000) {
    this.#windowMs = windowMs;
  }

  observe(
    atMs: number,
    done: number,
    total: number,
    round: number,
  ): { rate: number | null; eta: number | null } {
    if (round !== this.#round) {
      this.#samples = [];
      this.#round = round;
    }
    this.#samples.push({ atMs, done });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - this.#windowMs) {
      this.#samples.shift();
    }
    const first = this.#samples[0];
    if (first === undefined || atMs - first.atMs < 1000) return { rate: null, eta: null };
    const rate = Math.max(0, done - first.done) / ((atMs - first.atMs) / 1000);
    const eta = rate > 0 && total >= done && total > 0 ? (total - done) / rate : null;
    return { rate, eta };
  }
}
