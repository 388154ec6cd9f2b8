import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ok, unwrap } from "../../../../common/result.ts";
import { DeltaFile, grainBytes } from "../../../../intermediate/snapshot/delta-file.ts";

let folder = "";
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "sma-delta-"))));
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** As a filesystem does it whose last blocks are being taken. */
async function writesInParts(): Promise<void> {
  const any = await open(join(folder, "any"), "w");
  const prototype = Object.getPrototypeOf(any) as FileHandle;
  await any.close();
  const whole = prototype.write;
  vi.spyOn(prototype, "write").mockImplementation(function (
    this: FileHandle,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) {
    return Reflect.apply(whole, this, [bytes, offset, Math.ceil(length / 2), position]);
  } as typeof prototype.write);
}

it("keeps records whole that the system takes in parts", async () => {
  await writesInParts();
  const path = join(folder, "delta");
  const delta = unwrap(await DeltaFile.open(path, 8 * grainBytes, () => undefined));
  const contents = [3, 1, 2].map((number) => Buffer.alloc(grainBytes, number));
  for (const [index, content] of contents.entries()) await delta.append(index * grainBytes, content);
  await delta.flush();
  await delta.close();
  const again = unwrap(await DeltaFile.open(path, 8 * grainBytes, () => undefined));
  const found: Buffer[] = [];
  unwrap(
    await again.each(({ data }) => {
      found.push(Buffer.from(data ?? []));
      return Promise.resolve(ok());
    }),
  );
  await again.close();
  expect(found).toHaveLength(contents.length);
  expect(Buffer.concat(found).equals(Buffer.concat(contents))).toBe(true);
});
