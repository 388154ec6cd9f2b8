/**
 * A source's own work, for `case-load.ts`: `node workload.ts processor|disk|both [FILE]`, until it is killed. Prints its
 * clock (milliseconds since 1970) and the rounds that it has done, twenty times a second: of hashing a mebibyte, of
 * reading 4 KiB at a random place of a file past the page cache, or of doing that and then hashing 256 KiB, as a server
 * does that works with what it reads.
 */
import { hash, randomInt } from "node:crypto";
import { constants, fstatSync, openSync, readSync, writeSync } from "node:fs";

declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

const [kind = "", path = ""] = process.argv.slice(2);
/** Aligned, as reading past the page cache wants it. */
const bytes = Buffer.from(new WebAssembly.Memory({ initial: 16 }).buffer);
const worked = bytes.subarray(0, 262_144);
const tellEveryMs = 50;

function round(): () => unknown {
  if (kind === "processor") return () => hash("sha256", bytes, "buffer");
  const file = openSync(path, constants.O_RDONLY | constants.O_DIRECT);
  const pages = Math.floor(fstatSync(file).size / 4096);
  const read = (): number => readSync(file, bytes, 0, 4096, randomInt(pages) * 4096);
  if (kind === "disk") return read;
  return () => {
    read();
    return hash("sha256", worked, "buffer");
  };
}

const act = round();
for (let done = 1, told = 0; ; done += 1) {
  act();
  const now = Date.now();
  if (now - told < tellEveryMs) continue;
  told = now;
  writeSync(1, `${now} ${done}\n`);
}
