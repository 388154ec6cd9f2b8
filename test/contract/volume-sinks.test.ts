import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unwrap, type Result } from "../../common/result.ts";
import { AlignedArena } from "../../intermediate/volume/aligned-memory.ts";
import { openDevice } from "../../intermediate/volume/device-sink.ts";
import { openSparseFile } from "../../intermediate/volume/sparse-file-sink.ts";
import { openPreserving } from "../../intermediate/snapshot/preserving-sink.ts";
import { createThrottle, throttled } from "../../intermediate/volume/throttled-sink.ts";
import type { VolumeSink } from "../../intermediate/volume/volume-sink.ts";
import { everyNth, faulty } from "../support/intermediate/faulty-sink.ts";
import { attachLoop, detachLoop, loopObstacle } from "../support/intermediate/loop-device.ts";

const mebi = 1_048_576;
/** No multiple of 4,096, as some disks are not. */
const sizeBytes = 5 * mebi + 512;
const arena = new AlignedArena(8 * mebi);

let folder = "";
let undo: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-sink-"));
  undo = [];
});
afterEach(() => {
  for (const act of undo.reverse()) act();
  rmSync(folder, { recursive: true, force: true });
});

const freshFile = async (): Promise<VolumeSink> =>
  unwrap(await openSparseFile({ path: join(folder, "disk.raw"), sizeBytes, arena }));

async function freshDevice(): Promise<VolumeSink> {
  const backing = join(folder, "backing");
  // A device is never empty: zero() must not take for granted what a new file offers.
  writeFileSync(backing, Buffer.alloc(6 * mebi, 0xa5));
  const device = attachLoop(backing);
  undo.push(() => detachLoop(device));
  return unwrap(await openDevice({ path: device, sizeBytes, arena }));
}

const clock = {
  now: () => performance.now(),
  sleep: (ms: number) => new Promise<void>((r) => setTimeout(r, ms)),
};
const obstacle = loopObstacle();
if (obstacle !== null) console.warn(`SKIPPED: the block device sink's conformance: ${obstacle}`);

interface Candidate {
  readonly name: string;
  readonly runnable: boolean;
  readonly startsAsZeros: boolean;
  open(): Promise<VolumeSink>;
}

const plain: readonly Candidate[] = [
  { name: "a sparse file", runnable: true, startsAsZeros: true, open: freshFile },
  { name: "a block device", runnable: obstacle === null, startsAsZeros: false, open: freshDevice },
  {
    name: "a throttled file",
    runnable: true,
    startsAsZeros: true,
    open: async () => throttled(await freshFile(), createThrottle(400 * mebi, clock)),
  },
  {
    name: "a preserved file",
    runnable: true,
    startsAsZeros: true,
    open: async () => unwrap(await openPreserving(await freshFile(), join(folder, "delta"))),
  },
];

const withFaults: readonly Candidate[] = plain.flatMap((candidate) =>
  [2, 3, 7].map((period) => ({
    ...candidate,
    name: `${candidate.name} that fails every call number ${period}`,
    open: async () => faulty(await candidate.open(), everyNth(period)),
  })),
);

/** Repeats a call as the contract allows; a sink that never succeeds fails the test. */
async function insist(call: () => Promise<Result<void>>): Promise<void> {
  let last = "";
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const result = await call();
    if (result.ok) return;
    expect(["no-space", "storage-failed"]).toContain(result.failure.code);
    last = result.failure.message;
  }
  throw new Error(`a hundred attempts failed, the last with: ${last}`);
}

async function content(sink: VolumeSink, offset: number, length: number): Promise<Buffer> {
  const into = Buffer.alloc(length, 0xee);
  await insist(() => sink.read(offset, into));
  return into;
}

describe.each([...plain, ...withFaults].filter((candidate) => candidate.runnable))("$name", (candidate) => {
  let sink: VolumeSink;
  beforeEach(async () => {
    sink = await candidate.open();
    undo.push(() => void sink.close());
  });
  afterEach(() => sink.close());

  test("reads back what was written at any offset, from any buffer", async () => {
    const bytes = randomBytes(300_001);
    for (const offset of [0, 1, 4_095, 4_096, mebi - 1, sizeBytes - bytes.length]) {
      await insist(() => sink.write(offset, bytes));
      expect((await content(sink, offset, bytes.length)).equals(bytes), `offset ${offset}`).toBe(true);
    }
  });

  test("reads back what was written from the arena, the disk's odd tail included", async () => {
    const tail = sizeBytes - 5 * mebi;
    const lease = await arena.lease(mebi + tail);
    lease.bytes.set(randomBytes(lease.bytes.length));
    const offset = 4 * mebi;
    await insist(() => sink.write(offset, lease.bytes));
    await insist(() => sink.flush());
    expect((await content(sink, offset, lease.bytes.length)).equals(lease.bytes)).toBe(true);
    const back = await arena.lease(lease.bytes.length);
    await insist(() => sink.read(offset, back.bytes));
    expect(back.bytes.equals(lease.bytes)).toBe(true);
    lease.release();
    back.release();
  });

  test("zeroes exactly the range that it is told to", async () => {
    const before = randomBytes(sizeBytes);
    await insist(() => sink.write(0, before));
    const ranges: readonly (readonly [number, number])[] = [
      [0, 1],
      [4_096, 65_536],
      [100_000, 1_500_001],
      [sizeBytes - 513, 513],
    ];
    for (const [offset, length] of ranges) {
      await insist(() => sink.zero(offset, length));
      before.fill(0, offset, offset + length);
    }
    expect(
      createHash("sha256")
        .update(await content(sink, 0, sizeBytes))
        .digest("hex"),
    ).toBe(createHash("sha256").update(before).digest("hex"));
  });

  test("calls nothing a hole that holds something", async () => {
    await insist(() => sink.write(mebi, Buffer.of(1)));
    expect(await sink.isHole(0, sizeBytes)).toBe(false);
    expect(await sink.isHole(mebi, 1)).toBe(false);
  });

  test("zeroes the whole volume in one call", async () => {
    await insist(() => sink.write(mebi, randomBytes(70_000)));
    await insist(() => sink.zero(0, sizeBytes));
    expect((await content(sink, 0, sizeBytes)).equals(Buffer.alloc(sizeBytes))).toBe(true);
  });

  test("takes overlapping calls on separate ranges", async () => {
    const parts = Array.from({ length: 20 }, () => randomBytes(65_536));
    await Promise.all(
      parts.flatMap((part, index) => [
        insist(() => sink.write(index * 131_072, part)),
        insist(() => sink.zero(index * 131_072 + 65_536, 65_536)),
      ]),
    );
    await insist(() => sink.flush());
    for (const [index, part] of parts.entries()) {
      const both = await content(sink, index * 131_072, 131_072);
      expect(both.subarray(0, 65_536).equals(part)).toBe(true);
      expect(both.subarray(65_536).equals(Buffer.alloc(65_536))).toBe(true);
    }
  });

  test("refuses every range that is not within the volume and leaves the volume as it was", async () => {
    await insist(() => sink.write(sizeBytes - 4_096, Buffer.alloc(4_096, 0x42)));
    const bytes = Buffer.alloc(4_097, 1);
    const refusals = [
      () => sink.write(sizeBytes - 4_096, bytes),
      () => sink.write(sizeBytes, Buffer.alloc(1)),
      () => sink.write(-1, bytes),
      () => sink.write(0.5, bytes),
      () => sink.write(Number.MAX_SAFE_INTEGER, bytes),
      () => sink.zero(sizeBytes - 1, 2),
      () => sink.zero(0, sizeBytes + 1),
      () => sink.zero(0, -1),
      () => sink.read(sizeBytes - 1, Buffer.alloc(2)),
    ];
    for (const call of refusals) expect(await call()).toMatchObject({ ok: false });
    expect((await content(sink, sizeBytes - 4_096, 4_096)).equals(Buffer.alloc(4_096, 0x42))).toBe(true);
  });

  test("accepts empty ranges up to the very end", async () => {
    await insist(() => sink.write(sizeBytes, Buffer.alloc(0)));
    await insist(() => sink.zero(sizeBytes, 0));
    await insist(() => sink.read(sizeBytes, Buffer.alloc(0)));
  });

  test("refuses everything after close, which may be called twice", async () => {
    await sink.close();
    await sink.close();
    expect(await sink.write(0, Buffer.alloc(1))).toMatchObject({ ok: false });
    expect(await sink.zero(0, 1)).toMatchObject({ ok: false });
    expect(await sink.read(0, Buffer.alloc(1))).toMatchObject({ ok: false });
    expect(await sink.flush()).toMatchObject({ ok: false });
  });

  if (candidate.startsAsZeros)
    test("reads as zeros where nothing was written, and takes no room there", async () => {
      await insist(() => sink.write(mebi, randomBytes(4_096)));
      await insist(() => sink.zero(0, mebi));
      await insist(() => sink.flush());
      expect((await content(sink, 2 * mebi, mebi)).equals(Buffer.alloc(mebi))).toBe(true);
      expect(statSync(join(folder, "disk.raw")).blocks * 512).toBeLessThan(mebi);
    });
});

describe("opening a volume", () => {
  test("keeps what a file of the right length holds", async () => {
    const first = await freshFile();
    unwrap(await first.write(10, Buffer.from("kept")));
    unwrap(await first.flush());
    await first.close();
    const second = await freshFile();
    expect((await content(second, 10, 4)).toString()).toBe("kept");
    await second.close();
  });

  test("knows the holes of a large file that was there before, and which were filled since", async () => {
    const large = { path: join(folder, "large.raw"), sizeBytes: 4 * 1024 * mebi, arena };
    const first = unwrap(await openSparseFile(large));
    expect(await first.isHole(0, large.sizeBytes)).toBe(true);
    unwrap(await first.write(1024 * mebi + 5, randomBytes(100)));
    unwrap(await first.flush());
    await first.close();
    const second = unwrap(await openSparseFile(large));
    expect(await second.isHole(0, 1024 * mebi)).toBe(true);
    expect(await second.isHole(0, large.sizeBytes)).toBe(false);
    expect(await second.isHole(1024 * mebi, mebi)).toBe(false);
    expect(await second.isHole(2048 * mebi, 2048 * mebi)).toBe(true);
    unwrap(await second.write(3072 * mebi, randomBytes(100)));
    expect(await second.isHole(2048 * mebi, 2048 * mebi)).toBe(false);
    unwrap(await second.zero(0, large.sizeBytes));
    expect((await content(second, 1024 * mebi, 200)).equals(Buffer.alloc(200))).toBe(true);
    expect((await content(second, 3072 * mebi, 200)).equals(Buffer.alloc(200))).toBe(true);
    await second.close();
  });

  test("stores no zeros where a file held nothing, and all of them where it did", async () => {
    const path = join(folder, "disk.raw");
    const sink = await freshFile();
    const bytes = Buffer.alloc(mebi);
    for (const at of [0, 300_000, mebi - 1]) bytes.fill("a", at, at + 1);
    unwrap(await sink.write(0, bytes));
    unwrap(await sink.write(2 * mebi, Buffer.alloc(mebi)));
    unwrap(await sink.flush());
    expect((await content(sink, 0, mebi)).equals(bytes)).toBe(true);
    expect(await sink.isHole(2 * mebi, 1)).toBe(false);
    // Three grains of 64 KiB.
    expect(statSync(path).blocks * 512).toBeLessThan(mebi / 2);
    unwrap(await sink.write(0, Buffer.alloc(mebi)));
    expect((await content(sink, 0, mebi)).equals(Buffer.alloc(mebi))).toBe(true);
    await sink.close();
  });

  test("refuses a file of another length instead of cutting it", async () => {
    const path = join(folder, "disk.raw");
    writeFileSync(path, "somebody's file");
    const result = await openSparseFile({ path, sizeBytes, arena });
    expect(result).toMatchObject({ ok: false, failure: { code: "storage-failed" } });
    expect(statSync(path).size).toBe(15);
  });

  test("says so when the file was cut while it was open", async () => {
    const sink = await freshFile();
    truncateSync(join(folder, "disk.raw"), mebi);
    expect(await sink.read(2 * mebi, Buffer.alloc(10))).toMatchObject({
      ok: false,
      failure: { code: "storage-failed" },
    });
    await sink.close();
  });

  test.runIf(obstacle === null)("refuses a device that is shorter than the disk", async () => {
    writeFileSync(join(folder, "backing"), Buffer.alloc(mebi));
    const device = attachLoop(join(folder, "backing"));
    undo.push(() => detachLoop(device));
    expect(await openDevice({ path: device, sizeBytes, arena })).toMatchObject({
      ok: false,
      failure: { code: "no-space", context: { capacity: mebi } },
    });
  });

  test("refuses a regular file where a device was named", async () => {
    writeFileSync(join(folder, "file"), "x");
    expect(await openDevice({ path: join(folder, "file"), sizeBytes: 1, arena })).toMatchObject({
      ok: false,
    });
  });
});
