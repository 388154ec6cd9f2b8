import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Failure } from "../../../../common/result.ts";
import { unwrap } from "../../../../common/result.ts";
import { lengthOfChunk, type Geometry } from "../../../../intermediate/replica/geometry.ts";
import { Manifest } from "../../../../intermediate/replica/manifest.ts";
import { ReplicaWriter, type DurableRun } from "../../../../intermediate/replica/replica-writer.ts";
import { leafOf, TreeHasher } from "../../../../intermediate/replica/tree-hash.ts";
import { verifyDisk } from "../../../../intermediate/replica/verify.ts";
import { inlineUnpacker } from "../../../../intermediate/unpack/unpacker.ts";
import { AlignedArena } from "../../../../intermediate/volume/aligned-memory.ts";
import { openSparseFile } from "../../../../intermediate/volume/sparse-file-sink.ts";
import type { VolumeSink } from "../../../../intermediate/volume/volume-sink.ts";
import { faulty } from "../../../support/intermediate/faulty-sink.ts";

const geometry: Geometry = { diskBytes: 40 * 65_536 + 512, chunkBytes: 65_536 };
const chunks = 41;
const limits = { bytes: 8 * 65_536, ageMs: 20, chunks: 16, rangeChunks: 64 };

let folder = "";
let arena: AlignedArena;
let file: VolumeSink;
let manifest: Manifest;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sma-writer-"));
  arena = new AlignedArena(32 * 65_536);
  file = unwrap(await openSparseFile({ path: join(folder, "raw"), sizeBytes: geometry.diskBytes, arena }));
  manifest = unwrap(await Manifest.open(join(folder, "manifest"), geometry));
});
afterEach(async () => {
  await file.close();
  await manifest.close();
  rmSync(folder, { recursive: true, force: true });
});

const contentOf = (chunk: number, version: number): Buffer =>
  Buffer.alloc(lengthOfChunk(geometry, chunk), `chunk ${chunk} version ${version}`);

interface Run {
  readonly writer: ReplicaWriter;
  readonly durable: DurableRun[];
  readonly failures: Failure[];
}

function start(sink: VolumeSink, pass: number, ageMs = limits.ageMs): Run {
  const durable: DurableRun[] = [];
  const failures: Failure[] = [];
  const writer = new ReplicaWriter({
    sink,
    manifest,
    pass,
    limits: { ...limits, ageMs },
    onDurable: (runs) => durable.push(...runs),
    onCommit: () => undefined,
    onFailure: (failure) => failures.push(failure),
  });
  return { writer, durable, failures };
}

async function send(writer: ReplicaWriter, chunk: number, bytes: Buffer): Promise<void> {
  const lease = await arena.lease(bytes.length);
  bytes.copy(lease.bytes);
  writer.writeChunk({ chunk, hash: leafOf(bytes), checked: true }, lease, chunk % 3);
}

/** What every chunk of the disk should hold, as far as the manifest claims to know it. */
async function liesOf(): Promise<number[]> {
  const lies: number[] = [];
  const runs = unwrap(await manifest.known({ first: 0, count: chunks }, 1));
  let chunk = 0;
  for (const run of runs) {
    for (let index = 0; index < run.length; index += 1, chunk += 1) {
      if (run.state === 0) continue;
      const bytes = Buffer.alloc(lengthOfChunk(geometry, chunk));
      unwrap(await file.read(chunk * geometry.chunkBytes, bytes));
      const claimed =
        run.state === 2
          ? run.hashes.subarray(index * 32, index * 32 + 32)
          : leafOf(Buffer.alloc(bytes.length));
      if (!leafOf(bytes).equals(claimed)) lies.push(chunk);
    }
  }
  return lies;
}

describe("a replica writer", () => {
  test("reports every chunk once, on the stream that brought it, after it can be read back", async () => {
    const { writer, durable, failures } = start(file, 1);
    for (let chunk = 0; chunk < 30; chunk += 1) await send(writer, chunk, contentOf(chunk, 1));
    await writer.writeZeros({ first: 30, count: 11 }, false, 7);
    await writer.settle();
    expect(failures).toEqual([]);
    expect(durable.filter((run) => run.kind === "data").map((run) => [run.first, run.stream])).toEqual(
      Array.from({ length: 30 }, (_, chunk) => [chunk, chunk % 3]),
    );
    expect(durable.at(-1)).toMatchObject({ kind: "zero", first: 30, count: 11, stream: 7 });
    expect(await liesOf()).toEqual([]);
    expect(unwrap(await manifest.survey(1))).toMatchObject({ unknownChunks: 0, sentInPass: chunks });
    expect(arena.lentBytes).toBe(0);
  });

  test("does not wait for the clock when nothing more is to come", async () => {
    const { writer, durable } = start(file, 1, 3_600_000);
    await send(writer, 3, contentOf(3, 1));
    writer.hurry();
    await expect.poll(() => durable.length, { timeout: 60_000 }).toBe(1);
    await send(writer, 4, contentOf(4, 1));
    await expect.poll(() => durable.length, { timeout: 60_000 }).toBe(2);
    expect(await liesOf()).toEqual([]);
    await writer.settle();
  }, 130_000);

  test("makes a single chunk durable without waiting for more", async () => {
    const { writer, durable } = start(file, 1);
    await send(writer, 3, contentOf(3, 1));
    await expect.poll(() => durable.length).toBe(1);
    expect(await liesOf()).toEqual([]);
    await writer.settle();
  });

  test("flushes the volume between a write and its record, and forgets the old record before the write", async () => {
    const first = start(file, 1);
    for (let chunk = 0; chunk < 10; chunk += 1) await send(first.writer, chunk, contentOf(chunk, 1));
    await first.writer.settle();

    const unflushed = new Set<number>();
    const breaches: string[] = [];
    const isKnown = async (chunk: number): Promise<boolean> =>
      unwrap(await manifest.isKnown({ first: chunk, count: 1 }));
    const watching: VolumeSink = {
      ...faulty(file, () => null),
      async write(offset, bytes) {
        const chunk = offset / geometry.chunkBytes;
        if (await isKnown(chunk)) breaches.push(`chunk ${chunk} was overwritten under a valid record`);
        const written = await file.write(offset, bytes);
        unflushed.add(chunk);
        return written;
      },
      async flush() {
        const covered = [...unflushed];
        for (const chunk of covered) {
          if (await isKnown(chunk)) breaches.push(`chunk ${chunk} was recorded before it was flushed`);
        }
        const flushed = await file.flush();
        for (const chunk of covered) unflushed.delete(chunk);
        return flushed;
      },
    };
    const writer = new ReplicaWriter({
      sink: watching,
      manifest,
      pass: 2,
      limits,
      onDurable: (runs) => {
        for (const run of runs)
          if (unflushed.has(run.first)) breaches.push(`chunk ${run.first} was reported unflushed`);
      },
      onCommit: () => undefined,
      onFailure: (failure) => breaches.push(failure.message),
    });
    for (let chunk = 0; chunk < 40; chunk += 1) await send(writer, chunk, contentOf(chunk, 2));
    await writer.settle();
    expect(breaches).toEqual([]);
    expect(unwrap(await manifest.survey(2)).recordedInPass).toBe(40);
  });

  test("refuses to take an unknown chunk for the same", async () => {
    const { writer } = start(file, 1);
    await send(writer, 0, contentOf(0, 1));
    await writer.settle();
    const second = start(file, 2);
    expect(await second.writer.confirmSame({ first: 0, count: 1 }, 0)).toMatchObject({ ok: true });
    expect(await second.writer.confirmSame({ first: 0, count: 2 }, 0)).toMatchObject({
      ok: false,
      failure: { code: "protocol-violation" },
    });
    await second.writer.settle();
    expect(unwrap(await manifest.survey(2))).toMatchObject({ recordedInPass: 1, sentInPass: 0 });
  });

  test("leaves a manifest that never lies, whichever call of the volume fails", async () => {
    const first = start(file, 1);
    for (let chunk = 0; chunk < chunks; chunk += 1) await send(first.writer, chunk, contentOf(chunk, 1));
    await first.writer.settle();

    let failedRuns = 0;
    for (let failing = 0; failing < 60; failing += 1) {
      const code = failing % 2 === 0 ? "no-space" : "storage-failed";
      const broken = faulty(file, (call) => (call >= failing ? code : null));
      const { writer, durable, failures } = start(broken, 2 + failing);
      for (let chunk = 0; chunk < chunks; chunk += 2)
        await send(writer, chunk, contentOf(chunk, 2 + failing));
      await writer.writeZeros({ first: 1, count: 1 }, false, 0);
      await writer.settle();
      expect(arena.lentBytes, `call ${failing}: memory given back`).toBe(0);
      expect(await liesOf(), `call ${failing}`).toEqual([]);
      for (const run of durable) {
        expect(unwrap(await manifest.isKnown(run)), `call ${failing}: acknowledged and kept`).toBe(true);
      }
      if (failures.length === 0) continue;
      failedRuns += 1;
      expect(failures).toMatchObject([{ code }]);
    }
    expect(failedRuns).toBeGreaterThan(10);
  });
});

describe("verification", () => {
  async function fill(): Promise<string> {
    const { writer } = start(file, 1);
    const tree = new TreeHasher(geometry);
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const zero = chunk >= 20 && chunk < 30;
      const bytes = zero ? Buffer.alloc(geometry.chunkBytes) : contentOf(chunk, 1);
      tree.addLeaf(leafOf(bytes));
      if (zero) await writer.writeZeros({ first: chunk, count: 1 }, false, 0);
      else await send(writer, chunk, bytes);
    }
    await writer.settle();
    return tree.finish().toString("hex");
  }
  const verify = (
    signal = new AbortController().signal,
    onProgress: (done: number) => void = () => undefined,
  ) => verifyDisk({ sink: file, manifest, arena, unpacker: inlineUnpacker, signal, onProgress });

  test("reads back the tree hash of what was sent and finds nothing different", async () => {
    const expected = await fill();
    const steps: number[] = [];
    const verdict = unwrap(await verify(undefined, (done) => steps.push(done)));
    expect(verdict.treeHash.toString("hex")).toBe(expected);
    expect(verdict.differing).toEqual([]);
    expect(steps.at(-1)).toBe(geometry.diskBytes);
    expect(arena.lentBytes).toBe(0);
  });

  test("names every chunk with a flipped byte, in data, in a hole and in the odd tail", async () => {
    const expected = await fill();
    for (const offset of [5 * 65_536 + 1, 25 * 65_536, geometry.diskBytes - 1]) {
      const byte = Buffer.alloc(1);
      unwrap(await file.read(offset, byte));
      unwrap(await file.write(offset, Buffer.of(byte.readUInt8(0) ^ 1)));
    }
    const verdict = unwrap(await verify());
    expect(verdict.differing).toEqual([
      { first: 5, count: 1 },
      { first: 25, count: 1 },
      { first: 40, count: 1 },
    ]);
    expect(verdict.treeHash.toString("hex")).not.toBe(expected);
  });

  test("counts a chunk that was never recorded as different, even where the volume is zero", async () => {
    await fill();
    unwrap(await manifest.invalidate([{ first: 21, count: 2 }]));
    expect(unwrap(await verify()).differing).toEqual([{ first: 21, count: 2 }]);
  });

  test("ends as cancelled when it is told to stop", async () => {
    await fill();
    const stop = new AbortController();
    stop.abort();
    expect(await verify(stop.signal)).toMatchObject({ ok: false, failure: { code: "cancelled" } });
    expect(arena.lentBytes).toBe(0);
  });

  test("fails instead of judging when the volume cannot be read", async () => {
    await fill();
    const broken = faulty(file, (_, act) => (act === "read" ? "storage-failed" : null));
    const result = await verifyDisk({
      sink: broken,
      manifest,
      arena,
      unpacker: inlineUnpacker,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    expect(result).toMatchObject({ ok: false, failure: { code: "storage-failed" } });
    expect(arena.lentBytes).toBe(0);
  });

  test("reads no holes, whatever lies between them", async () => {
    const large: Geometry = { diskBytes: 96 * 1_048_576, chunkBytes: 1_048_576 };
    const sink = unwrap(
      await openSparseFile({ path: join(folder, "large"), sizeBytes: large.diskBytes, arena }),
    );
    const records = unwrap(await Manifest.open(join(folder, "large-manifest"), large));
    try {
      const options = { sink, manifest: records, pass: 1, limits, onCommit: () => undefined };
      const writer = new ReplicaWriter({
        ...options,
        onDurable: () => undefined,
        onFailure: (failure) => expect.fail(failure.message),
      });
      const bytes = Buffer.alloc(large.chunkBytes, "a word");
      const lease = await arena.lease(bytes.length);
      bytes.copy(lease.bytes);
      writer.writeChunk({ chunk: 40, hash: leafOf(bytes), checked: true }, lease, 0);
      await writer.writeZeros({ first: 0, count: 40 }, true, 0);
      await writer.writeZeros({ first: 41, count: 55 }, true, 0);
      await writer.settle();
      const reads: number[] = [];
      const watched = faulty(sink, (_, act) => {
        if (act === "read") reads.push(1);
        return null;
      });
      const { signal } = new AbortController();
      const verdict = unwrap(
        await verifyDisk({
          sink: watched,
          manifest: records,
          arena,
          unpacker: inlineUnpacker,
          signal,
          onProgress: () => undefined,
        }),
      );
      expect(verdict.differing).toEqual([]);
      expect(verdict.treeHash).toEqual(unwrap(await records.survey(1)).treeHash);
      expect(reads).toHaveLength(1);
      expect(arena.lentBytes).toBe(0);
    } finally {
      await sink.close();
      await records.close();
    }
  });
});
