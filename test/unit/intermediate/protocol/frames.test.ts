import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodeFrame, printFrame, type Decoded } from "../../../../intermediate/protocol/codec.ts";
import { FrameReader } from "../../../../intermediate/protocol/frame-reader.ts";
import { frameTable, sides, type Frame, type Side } from "../../../../intermediate/protocol/frames.ts";

interface Vector {
  readonly verdict: string;
  readonly side: Side;
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: string;
}

const vectors: readonly Vector[] = readFileSync(
  new URL("../../../vectors/frames.txt", import.meta.url),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .map((line) => {
    const [verdict = "", sideText, name = "", hex = "", expected = ""] = line.split("\t");
    const side = sides.find((known) => known === sideText);
    if (side === undefined) throw new Error(`no side in the vector ${name}`);
    return { verdict, side, name, bytes: Buffer.from(hex, "hex"), expected };
  });

function readOne(side: Side, pieces: readonly Buffer[]): Decoded<Frame> | undefined {
  const reader = new FrameReader(side);
  for (const piece of pieces) {
    reader.append(piece);
    const frame = reader.next();
    if (frame !== undefined) return frame;
  }
  return undefined;
}

const singleBytes = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.from([byte]));

describe("golden frames", () => {
  test("cover every frame type with a good and a bad case", () => {
    const names = Object.keys(frameTable);
    const good = new Set(vectors.filter((v) => v.verdict === "ok").map((v) => v.expected.split(" ")[0]));
    expect([...good].sort()).toEqual([...names].sort());
    for (const name of names) {
      const prefix = name.toLowerCase().replaceAll("_", "-");
      expect(
        vectors.some((v) => v.verdict === "bad" && v.name.startsWith(prefix)),
        name,
      ).toBe(true);
    }
  });

  test.each(vectors.filter((v) => v.verdict === "ok"))("$name decodes, prints and encodes back", (vector) => {
    for (const pieces of [[vector.bytes], singleBytes(vector.bytes)]) {
      const frame = readOne(vector.side, pieces);
      if (frame?.ok !== true) throw new Error(`not decoded: ${JSON.stringify(frame)}`);
      expect(printFrame(frame.value)).toBe(vector.expected);
      expect(encodeFrame(frame.value, 0).toString("hex")).toBe(vector.bytes.toString("hex"));
    }
  });

  test.each(vectors.filter((v) => v.verdict === "bad"))("$name is refused for its $expected", (vector) => {
    for (const pieces of [[vector.bytes], singleBytes(vector.bytes)]) {
      const frame = readOne(vector.side, pieces);
      expect(frame).toMatchObject({ ok: false, problem: { why: vector.expected } });
    }
  });
});

describe("damaged frames", () => {
  test("are refused or mean exactly what they say, and never break the decoder", () => {
    let state = 77;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
    let accepted = 0;
    for (const vector of vectors.filter((v) => v.verdict === "ok")) {
      for (let round = 0; round < 200; round += 1) {
        const bytes = Buffer.from(vector.bytes);
        for (let flips = 1 + random(3); flips > 0; flips -= 1) {
          // Mostly in the payload: damage to the header is refused before anything interesting is looked at.
          const at =
            random(8) === 0 ? random(bytes.length) : Math.min(bytes.length - 1, 16 + random(bytes.length));
          bytes[at] = random(256);
        }
        const frame = readOne(vector.side, [bytes]);
        if (frame?.ok !== true) continue;
        accepted += 1;
        const used = 16 + bytes.readUInt32LE(8);
        expect(encodeFrame(frame.value, 0).equals(bytes.subarray(0, used)), bytes.toString("hex")).toBe(true);
      }
    }
    expect(accepted).toBeGreaterThan(1_000);
  });
});

describe("a frame reader", () => {
  const ping = (token: bigint, sequence: number): Buffer => encodeFrame({ type: "PING", token }, sequence);

  test("returns every frame of a stream however it is cut", () => {
    const stream = Buffer.concat([ping(1n, 0), ping(2n, 1), ping(3n, 2)]);
    for (let size = 1; size <= stream.length; size += 1) {
      const reader = new FrameReader("control-a2i");
      const tokens: bigint[] = [];
      for (let at = 0; at < stream.length; at += size) {
        reader.append(stream.subarray(at, at + size));
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
          if (!frame.ok || frame.value.type !== "PING") throw new Error("a PING was expected");
          tokens.push(frame.value.token);
        }
      }
      expect(tokens, `pieces of ${size}`).toEqual([1n, 2n, 3n]);
    }
  });

  test("refuses a replayed and a skipped frame by their sequence", () => {
    for (const second of [0, 2]) {
      const reader = new FrameReader("control-a2i");
      reader.append(Buffer.concat([ping(1n, 0), ping(1n, second)]));
      expect(reader.next()?.ok).toBe(true);
      expect(reader.next()).toMatchObject({ ok: false, problem: { why: "sequence" } });
    }
  });

  test("goes on refusing after a violation, even when good frames follow", () => {
    const reader = new FrameReader("control-a2i");
    reader.append(Buffer.from("not a frame at all", "latin1"));
    expect(reader.next()).toMatchObject({ ok: false, problem: { why: "magic" } });
    reader.append(ping(1n, 0));
    expect(reader.next()).toMatchObject({ ok: false, problem: { why: "magic" } });
  });

  test("refuses an oversized length before any of its payload arrived", () => {
    const reader = new FrameReader("data-a2i");
    const head = Buffer.from("534d4131220000000010400000000000", "hex");
    reader.append(head);
    expect(reader.next()).toBeUndefined();
    const over = new FrameReader("data-a2i");
    over.append(Buffer.from("534d4131220000000110400000000000", "hex"));
    expect(over.next()).toMatchObject({ ok: false, problem: { why: "length" } });
  });

  test("hands out a payload that arrived in one piece without copying it", () => {
    const payload = Buffer.alloc(100, 7);
    const bytes = encodeFrame(
      {
        type: "CHUNK",
        disk: 0,
        pass: 1,
        chunk: 0,
        rawLength: 100,
        codec: 0,
        hash: Buffer.alloc(32),
        payload,
      },
      0,
    );
    const reader = new FrameReader("data-a2i");
    reader.append(bytes);
    const frame = reader.next();
    if (frame?.ok !== true || frame.value.type !== "CHUNK") throw new Error("a CHUNK was expected");
    expect(frame.value.payload.buffer).toBe(bytes.buffer);
  });

  test("holds nothing of a drip-fed frame but its bytes", () => {
    const reader = new FrameReader("data-a2i");
    const payload = Buffer.alloc(70_000, 3);
    const bytes = encodeFrame(
      {
        type: "CHUNK",
        disk: 0,
        pass: 1,
        chunk: 0,
        rawLength: 70_000,
        codec: 0,
        hash: Buffer.alloc(32),
        payload,
      },
      0,
    );
    for (const piece of singleBytes(bytes.subarray(0, -1))) {
      reader.append(piece);
      expect(reader.next()).toBeUndefined();
      expect(reader.bufferedBytes).toBeLessThanOrEqual(16);
    }
    reader.append(bytes.subarray(-1));
    expect(reader.next()?.ok).toBe(true);
  });
});
