import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { leafOf, leafOfMaybeZero, TreeHasher, zeroLeaf } from "../../../../intermediate/replica/tree-hash.ts";
import { chunkCount, lengthOfChunk } from "../../../../intermediate/replica/geometry.ts";

const vectors = readFileSync(new URL("../../../vectors/tree-hash.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => {
    const [name = "", size = "", chunk = "", generator = "", expected = ""] = line.split("\t");
    return { name, geometry: { diskBytes: Number(size), chunkBytes: Number(chunk) }, generator, expected };
  });

/** The bytes of a generated disk from `offset` on. */
function generate(generator: string, offset: number, length: number): Buffer {
  const first = Math.floor(offset / 8);
  const words = Buffer.alloc(Math.ceil(length / 8) * 8 + 8);
  if (generator === "counter") {
    for (let at = 0; at < words.length; at += 8) words.writeBigUInt64LE(BigInt(first + at / 8), at);
  }
  return words.subarray(offset - first * 8, offset - first * 8 + length);
}

describe("the tree hash", () => {
  test.each(vectors)("of $name is the golden one", ({ geometry, generator, expected }) => {
    const tree = new TreeHasher(geometry);
    for (let chunk = 0; chunk < chunkCount(geometry); chunk += 1) {
      const bytes = generate(generator, chunk * geometry.chunkBytes, lengthOfChunk(geometry, chunk));
      tree.addLeaf(leafOfMaybeZero(bytes));
    }
    expect(tree.finish().toString("hex")).toBe(expected);
  });

  test("takes a zero chunk's leaf from its length alone, for every length", () => {
    for (const length of [1, 511, 65_536, 1_048_576, 1_048_577, 4_194_304]) {
      expect(zeroLeaf(length).equals(leafOf(Buffer.alloc(length))), `${length}`).toBe(true);
    }
  });
});
