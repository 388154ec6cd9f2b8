/** Where a sync's time goes, and what it did not have to send. */
import { z } from "zod";
import { bytes } from "./values.ts";

export const stageNames = ["read", "hash", "compress", "network", "target", "held"] as const;
export type StageName = (typeof stageNames)[number];

const share = z.number().min(0).max(1);
export const stageSharesSchema = z.object({
  read: share,
  hash: share,
  compress: share,
  network: share,
  /** Waiting until the intermediate had written. */
  target: share,
  /** Held by a bandwidth limit, the load ceiling or a pause. */
  held: share,
});
export type StageShares = z.infer<typeof stageSharesSchema>;

export const savingsSchema = z.object({
  /** Zeros, which need no bytes. */
  zeroBytes: bytes,
  /** What no filesystem uses; not even read. */
  unusedBytes: bytes,
  /** The replica had it already. */
  sameBytes: bytes,
  /** What compression saved of the bytes that travelled. */
  compressedBytes: bytes,
});
export type Savings = z.infer<typeof savingsSchema>;

export type StageMicros = Readonly<Record<StageName, number>>;

interface Observation {
  readonly atMs: number;
  readonly pass: number;
  readonly micros: StageMicros;
}

/** Nobody watched for so long, as while the machine slept. */
const gapMs = 60_000;

/** Turns the counters of a pass into shares of the last seconds, and names the stage that takes most. */
export class StageMeter {
  readonly #windowMs: number;
  #observations: Observation[] = [];

  constructor(windowMs = 20_000) {
    this.#windowMs = windowMs;
  }

  observe(
    atMs: number,
    pass: number,
    micros: StageMicros,
  ): { readonly stages: StageShares | null; readonly bottleneck: StageName | null } {
    const last = this.#observations.at(-1);
    // Counters start again with a pass, with an agent that came back, and where nobody watched.
    const isNewCount =
      last !== undefined &&
      (last.pass !== pass ||
        atMs < last.atMs ||
        atMs - last.atMs > gapMs ||
        stageNames.some((name) => micros[name] < last.micros[name]));
    if (isNewCount) this.#observations = [];
    this.#observations.push({ atMs, pass, micros });
    while (this.#observations.length > 2 && (this.#observations[1]?.atMs ?? atMs) <= atMs - this.#windowMs) {
      this.#observations.shift();
    }
    const first = this.#observations[0];
    if (first === undefined || atMs <= first.atMs) return { stages: null, bottleneck: null };
    return sharesOf(first.micros, micros, (atMs - first.atMs) * 1000);
  }
}

/**
 * The agent only sees that it waits; the share of the passed time in which the intermediate was making things durable
 * is taken out of that waiting as the target's.
 */
function sharesOf(
  before: StageMicros,
  after: StageMicros,
  passedMicros: number,
): { readonly stages: StageShares | null; readonly bottleneck: StageName | null } {
  const spent = (name: StageName): number => Math.max(0, after[name] - before[name]);
  const waiting = spent("network");
  const target = waiting * Math.min(1, spent("target") / passedMicros);
  const micros: Record<StageName, number> = {
    read: spent("read"),
    hash: spent("hash"),
    compress: spent("compress"),
    network: waiting - target,
    target,
    held: spent("held"),
  };
  const total = stageNames.reduce((sum, name) => sum + micros[name], 0);
  if (total === 0) return { stages: null, bottleneck: null };
  const of = (name: StageName): number => Math.min(1, micros[name] / total);
  const stages: StageShares = {
    read: of("read"),
    hash: of("hash"),
    compress: of("compress"),
    network: of("network"),
    target: of("target"),
    held: of("held"),
  };
  const bottleneck = stageNames.reduce((most, name) => (stages[name] > stages[most] ? name : most), "read");
  return { stages, bottleneck };
}
