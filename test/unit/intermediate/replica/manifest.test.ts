import { hash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { blockMap } from "../../../../intermediate/replica/block-map.ts";
import { Manifest, type ManifestEntry } from "../../../../intermediate/replica/manifest.ts";
import type { Geometry } from "../../../../intermediate/replica/geometry.ts";

const geometry: Geometry = { diskBytes: 3_000 * 65_536 + 100, chunkBytes: 65_536 };
const chunks = 3_001;
const recordOffset = (chunk: number): number => 4_096 + 48 * chunk;
const hashOf = (text: string): Buffer => hash("sha256", text, "buffer");
const data = (chunk: number, text: string): ManifestEntry => ({
  kind: "data",
  chunk,
  hash: hashOf(text),
  checked: true,
});

let folder = "";
let path = "";
const opened: Manifest[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-manifest-"));
  path = join(folder, "disk-0.manifest");
});
afterEach(async () => {
  for (const manifest of opened.splice(0)) await manifest.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(from = path): Promise<Manifest> {
  const manifest = unwrap(await Manifest.open(from, geometry));
  opened.push(manifest);
  return manifest;
}

interface Told {
  readonly state: number;
  readonly recorded: boolean;
  readonly hash: string;
}

/** What a manifest says of every chunk of a range, run lengths undone. */
async function told(manifest: Manifest, first: number, count: number, pass: number): Promise<Told[]> {
  const runs = unwrap(await manifest.known({ first, count }, pass));
  return runs.flatMap((run) =>
    Array.from({ length: run.length }, (_, index) => ({
      state: run.state,
      recorded: run.flags === 1,
      hash: run.hashes.subarray(index * 32, index * 32 + 32).toString("hex"),
    })),
  );
}

const unknown: Told = { state: 0, recorded: false, hash: "" };
const zero = (recorded: boolean): Told => ({ state: 1, recorded, hash: "" });
const known = (text: string, recorded: boolean): Told => ({
  state: 2,
  recorded,
  hash: hashOf(text).toString("hex"),
});

describe("a manifest", () => {
  test("knows nothing at first and takes next to no room for a large disk", async () => {
    const large: Geometry = { diskBytes: 2 ** 42, chunkBytes: 262_144 };
    const manifest = unwrap(await Manifest.open(path, large));
    opened.push(manifest);
    expect(unwrap(await manifest.known({ first: 2 ** 24 - 4_096, count: 4_096 }, 1))).toMatchObject([
      { state: 0, flags: 0, length: 4_096 },
    ]);
    expect(statSync(path).blocks * 512).toBeLessThan(65_536);
  });

  test("tells after reopening what was recorded, in runs, and whether in this pass", async () => {
    const first = await open();
    unwrap(
      await first.record(
        [data(1_022, "a"), data(1_023, "b"), { kind: "zero", unused: false, first: 1_024, count: 3 }],
        1,
      ),
    );
    unwrap(await first.record([data(1_024, "c")], 2));
    unwrap(await first.flush());
    const second = await open();
    expect(await told(second, 1_021, 7, 2)).toEqual([
      unknown,
      known("a", false),
      known("b", false),
      known("c", true),
      zero(false),
      zero(false),
      unknown,
    ]);
    const runs = unwrap(await second.known({ first: 1_021, count: 7 }, 2));
    expect(runs.map((run) => run.length)).toEqual([1, 2, 1, 2, 1]);
  });

  test("keeps state and hash of what was found the same, and notes the pass", async () => {
    const manifest = await open();
    unwrap(await manifest.record([data(5, "a"), { kind: "zero", unused: false, first: 6, count: 1 }], 1));
    unwrap(await manifest.record([{ kind: "same", first: 5, count: 2 }], 2));
    expect(await told(manifest, 5, 2, 2)).toEqual([known("a", true), zero(true)]);
    const survey = unwrap(await manifest.survey(2));
    expect(survey).toMatchObject({ recordedInPass: 2, sentInPass: 0, unknownChunks: chunks - 2 });
  });

  test("draws a map of what became of its chunks in a pass", async () => {
    const manifest = await open();
    const chunks = manifest.chunkCount;
    unwrap(await manifest.record([data(0, "a"), data(1, "b")], 1));
    unwrap(await manifest.record([{ kind: "zero", unused: true, first: 2, count: 3 }], 1));
    unwrap(await manifest.record([{ kind: "zero", unused: false, first: 5, count: 1 }], 1));
    // In the next pass: one is sent again, one is the same, what was unused still is.
    unwrap(await manifest.record([data(0, "c"), { kind: "same", first: 1, count: 3 }], 2));
    const [whole] = unwrap(await blockMap(manifest, 2, 1, []));
    expect(whole).toEqual({ sent: 1, zero: 0, same: 1, skipped: 2, failing: 0, pending: chunks - 4 });
    const [before] = unwrap(await blockMap(manifest, 1, 1, [{ first: 5, count: 2 }]));
    expect(before).toMatchObject({ skipped: 1, failing: 2, zero: 0, pending: chunks - 3 });
    const cells = unwrap(await blockMap(manifest, 2, 10, []));
    expect(cells).toHaveLength(10);
    const all = cells.flatMap((cell) => Object.values(cell)).reduce((sum, each) => sum + each, 0);
    expect(all).toBe(chunks);
  });

  test("still counts a chunk as sent when it is found the same later in that pass", async () => {
    const manifest = await open();
    unwrap(await manifest.record([data(5, "a")], 3));
    unwrap(await manifest.record([{ kind: "same", first: 5, count: 1 }], 3));
    expect(unwrap(await manifest.survey(3))).toMatchObject({
      sentInPass: 1,
      sentRanges: [{ first: 5, count: 1 }],
    });
  });

  test("never makes known what is unknown because it was said to be the same", async () => {
    const manifest = await open();
    unwrap(await manifest.record([{ kind: "same", first: 0, count: 10 }], 1));
    expect(unwrap(await manifest.isKnown({ first: 0, count: 1 }))).toBe(false);
  });

  test("has forgotten an invalidated chunk on disk before it says so", async () => {
    const manifest = await open();
    unwrap(await manifest.record([data(7, "a"), data(8, "b")], 1));
    unwrap(await manifest.invalidate([{ first: 7, count: 1 }]));
    const copy = join(folder, "copy");
    copyFileSync(path, copy);
    expect(await told(await open(copy), 7, 2, 1)).toEqual([unknown, known("b", true)]);
  });

  test("takes every torn, garbled or misplaced record for unknown and believes its neighbours", async () => {
    const manifest = await open();
    unwrap(await manifest.record([data(10, "left"), data(11, "middle"), data(12, "right")], 1));
    unwrap(await manifest.flush());
    const whole = readFileSync(path);
    const damaged = join(folder, "damaged");
    for (let byte = 0; byte < 48; byte += 1) {
      const bytes = Buffer.from(whole);
      const at = recordOffset(11) + byte;
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
      writeFileSync(damaged, bytes);
      expect(await told(await open(damaged), 10, 3, 1), `byte ${byte}`).toEqual([
        known("left", true),
        unknown,
        known("right", true),
      ]);
    }
    // A record that was meant for another chunk.
    const bytes = Buffer.from(whole);
    whole.copy(bytes, recordOffset(11), recordOffset(12), recordOffset(13));
    writeFileSync(damaged, bytes);
    expect(await told(await open(damaged), 11, 1, 1)).toEqual([unknown]);
  });

  test("believes nothing beyond where its file was cut, and everything before", async () => {
    const manifest = await open();
    unwrap(await manifest.record([data(20, "a"), data(21, "b")], 1));
    const whole = readFileSync(path);
    for (let cut = recordOffset(20); cut <= recordOffset(22); cut += 1) {
      const file = join(folder, "cut");
      writeFileSync(file, whole.subarray(0, cut));
      const states = await told(await open(file), 20, 2, 1);
      expect(states[0], `cut at ${cut}`).toEqual(cut >= recordOffset(21) ? known("a", true) : unknown);
      expect(states[1], `cut at ${cut}`).toEqual(cut >= recordOffset(22) ? known("b", true) : unknown);
    }
  });

  test("is refused when its header is damaged, of another disk, or of no manifest", async () => {
    await open();
    const whole = readFileSync(path);
    for (const at of [0, 8, 12, 16, 24]) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      writeFileSync(join(folder, "bad"), bytes);
      expect(await Manifest.open(join(folder, "bad"), geometry), `byte ${at}`).toMatchObject({
        ok: false,
        failure: { code: "manifest-damaged" },
      });
    }
    expect(await Manifest.open(path, { ...geometry, diskBytes: geometry.diskBytes + 512 })).toMatchObject({
      ok: false,
      failure: { code: "manifest-damaged" },
    });
  });

  test("refuses chunks that the disk does not have", async () => {
    const manifest = await open();
    expect(await manifest.record([data(chunks, "x")], 1)).toMatchObject({ ok: false });
    expect(await manifest.known({ first: chunks - 1, count: 2 }, 1)).toMatchObject({ ok: false });
    expect(unwrap(await manifest.isKnown({ first: chunks - 1, count: 1 }))).toBe(false);
  });

  test("agrees with a plain list of states over a long random history with reopening", async () => {
    let seed = 12_345;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const model: Told[] = Array.from({ length: chunks }, () => unknown);
    let manifest = await open();
    for (let step = 0; step < 400; step += 1) {
      const first = random(chunks);
      const count = Math.min(1 + random(1_500), chunks - first);
      const act = random(5);
      if (act === 0) {
        unwrap(await manifest.invalidate([{ first, count }]));
        model.fill(unknown, first, first + count);
      } else if (act === 1) {
        unwrap(await manifest.record([{ kind: "zero", unused: false, first, count }], 9));
        model.fill(zero(true), first, first + count);
      } else if (act === 2) {
        unwrap(await manifest.record([data(first, `step ${step}`)], 9));
        model[first] = known(`step ${step}`, true);
      } else if (act === 3) {
        manifest = await open();
      } else {
        expect(await told(manifest, first, count, 9)).toEqual(model.slice(first, first + count));
      }
    }
    expect(await told(manifest, 0, chunks, 9)).toEqual(model);
    expect(unwrap(await manifest.survey(9)).unknownChunks).toBe(
      model.filter((entry) => entry.state === 0).length,
    );
  });
});
