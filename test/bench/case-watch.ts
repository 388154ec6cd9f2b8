/** How true it is what `sma job watch` says: beside a count of the bytes at the sockets, on a line that is the bottleneck. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { JobProgress } from "../../common/domain/progress.ts";
import { savingsSchema } from "../../common/domain/sync-figures.ts";
import { startFaultyLine } from "../support/faulty-line.ts";
import { startLocalSource, type LocalSource } from "../support/local-source.ts";
import { writeMixedDisk } from "../support/mixed-disk.ts";
import type { WatchResult } from "./result.ts";

const mebibyte = 2 ** 20;
const diskMib = 64;
const bytesPerSecond = 2e6;
const pollMs = 500;
/** What a rate is compared with: the count of so long before. */
const rateMs = 5_000;

const outputSchema = z.object({
  rawBytes: z.number(),
  wireBytes: z.number(),
  savings: savingsSchema,
});

interface Sample {
  readonly atMs: number;
  /** At the sockets, of all that the agent sent. */
  readonly counted: number;
  readonly progress: JobProgress;
}

/** Migrates a disk over a slow line and notes twice a second what is said of the copy and what is counted. */
async function watch(
  source: LocalSource,
  disk: string,
  more: readonly string[],
): Promise<{
  readonly samples: readonly Sample[];
  readonly endedAtMs: number;
  readonly said: z.infer<typeof outputSchema>;
  readonly counted: number;
}> {
  const assistant = await source.newAssistant();
  const line = await startFaultyLine([assistant.controlPort, assistant.dataPort]);
  try {
    line.pace(bytesPerSecond);
    const running = assistant.start(
      assistant.migrateArguments(disk, ["--advertise", line.address, "--format", "raw", ...more]),
    );
    const samples: Sample[] = [];
    let endedAtMs = 0;
    let hasEnded = false;
    const result = running.result.finally(() => (hasEnded = true));
    while (!hasEnded && endedAtMs === 0) {
      const [job] = await assistant.ask("job.list", {});
      const progress = job?.progress;
      const isCopying = progress?.step === "sync" && progress.round === 1;
      if (isCopying) samples.push({ atMs: Date.now(), counted: line.carriedBytes, progress });
      else if (samples.length > 0) endedAtMs = Date.now();
      await sleep(pollMs);
    }
    const { exitCode, stderr } = await result;
    if (exitCode !== 0) throw new Error(stderr);
    const [job] = await assistant.ask("job.list", {});
    const said = outputSchema.parse(job?.outputs["sync"]);
    return { samples, endedAtMs, said, counted: line.carriedBytes };
  } finally {
    await line.close();
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

export async function benchWatch(directory: string, say: (line: string) => void): Promise<WatchResult> {
  const source = await startLocalSource();
  try {
    // Nothing of it shrinks or can be left out: a byte of the disk is a byte on the line.
    const plain = join(directory, "plain.img");
    writeFileSync(plain, randomBytes(diskMib * mebibyte));
    const { samples, endedAtMs, said, counted } = await watch(source, plain, ["--no-compression"]);
    const offs = samples.flatMap(({ atMs, counted: now, progress }) => {
      const before = samples.findLast((sample) => sample.atMs <= atMs - rateMs);
      if (before === undefined || progress.ratePerSecond === null) return [];
      const rate = ((now - before.counted) * 1_000) / (atMs - before.atMs);
      return [Math.abs(progress.ratePerSecond / rate - 1)];
    });
    const guesses = samples.flatMap(({ atMs, progress }) => {
      const guess = progress.etaIntervalSeconds;
      // Its own clock: what is asked may be a second old.
      const left = (endedAtMs - Date.parse(progress.at)) / 1_000;
      return guess === null ? [] : [{ atMs, ...guess, left }];
    });
    // The end is seen when the next poll looks, and a pass ends with its last acknowledgements.
    const slackSeconds = (3 * pollMs) / 1_000;
    const right = guesses.filter(
      ({ low, high, left }) => left >= low - slackSeconds && left <= high + slackSeconds,
    );
    const widthAt = (share: number): number => {
      const guess = guesses[Math.floor(guesses.length * share)];
      return guess === undefined ? Number.NaN : guess.high - guess.low;
    };
    const named = samples.filter(({ progress }) => progress.bottleneck !== null);
    say(`  ${samples.length} samples`);

    const mixed = join(directory, "mixed.img");
    writeMixedDisk(mixed, diskMib * mebibyte, "watch");
    const second = await watch(source, mixed, []);
    const { savings, rawBytes, wireBytes } = second.said;
    return {
      samples: samples.length,
      plain: { said: said.wireBytes, counted },
      mixed: { said: wireBytes, counted: second.counted },
      rateOff: median(offs),
      etaRight: right.length / guesses.length,
      etaWidths: [0.25, 0.5, 0.75].map(widthAt),
      network: named.filter(({ progress }) => progress.bottleneck === "network").length / named.length,
      diskBytes: diskMib * mebibyte,
      accounted: rawBytes + savings.zeroBytes + savings.unusedBytes + savings.sameBytes,
      compressionSaved: savings.compressedBytes - (rawBytes - wireBytes),
    };
  } finally {
    await source.stop();
  }
}
