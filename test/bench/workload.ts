/**
 * A source's own work, for `case-load.ts`: `node workload.ts processor|disk SECONDS [FILE]`. Prints rounds a second: of
 * hashing a mebibyte, or of reading 4 KiB at a random place of a file past the page cache.
 */
import { hash, randomInt } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

const [kind = "", seconds = "", path = ""] = process.argv.slice(2);
/** Aligned, as reading past the page cache wants it. */
const bytes = Buffer.from(new WebAssembly.Memory({ initial: 16 }).buffer);

function rounds(act: () => void): number {
  const begun = performance.now();
  let done = 0;
  for (; performance.now() - begun < Number(seconds) * 1000; done += 1) act();
  return done / ((performance.now() - begun) / 1000);
}

if (kind === "disk") {
  const file = openSync(path, constants.O_RDONLY | constants.O_DIRECT);
  const pages = Math.floor(fstatSync(file).size / 4096);
  process.stdout.write(`${rounds(() => readSync(file, bytes, 0, 4096, randomInt(pages) * 4096))}\n`);
  closeSync(file);
} else {
  process.stdout.write(`${rounds(() => hash("sha256", bytes, "buffer"))}\n`);
}
