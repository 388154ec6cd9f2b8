/** The disks that the bench copies: ext4 filled with mixed data, without mounting anything. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { mixedBytes } from "../support/mixed-disk.ts";

const mebibyte = 1024 * 1024;

/**
 * An ext4 filesystem of `sizeMib` on a whole disk, with files of `usedMib`: of every five mebibytes three compress to a
 * third and two not at all.
 */
export function makeExt4Disk(directory: string, name: string, sizeMib: number, usedMib: number): string {
  const tree = join(directory, `${name}.tree`);
  const disk = join(directory, `${name}.img`);
  mkdirSync(tree);
  const next = mixedBytes(name);
  // Files of 1 to 64 MiB, as on a server: few large ones have most of the bytes.
  for (let written = 0, file = 0; written < usedMib; file += 1) {
    const length = Math.min(1 << (file % 7), usedMib - written);
    const handle = openSync(join(tree, `file-${file}`), "w");
    for (let part = 0; part < length; part += 1) writeSync(handle, next());
    closeSync(handle);
    written += length;
  }
  closeSync(openSync(disk, "w"));
  truncateSync(disk, sizeMib * mebibyte);
  execFileSync("mke2fs", ["-q", "-F", "-t", "ext4", "-b", "4096", "-d", tree, disk], {
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
    stdio: ["ignore", "ignore", "inherit"],
  });
  rmSync(tree, { recursive: true });
  return disk;
}

/** Overwrites `share` of a disk's bytes where there are data, in pieces of 1 MiB spread evenly. */
export function changeEvenly(disk: string, share: number, seed: string): number {
  const next = mixedBytes(seed);
  const chunks = Math.floor(statSync(disk).size / mebibyte);
  const pieces = Math.max(1, Math.round(chunks * share));
  const file = openSync(disk, "r+");
  const there = Buffer.alloc(mebibyte);
  let changed = 0;
  for (let piece = 0; piece < pieces; piece += 1) {
    // The first and the last hundredth hold the filesystem's own structures.
    const at = Math.floor(chunks * (0.02 + (0.9 * piece) / pieces)) * mebibyte;
    readSync(file, there, 0, mebibyte, at);
    if (there.every((byte) => byte === 0)) continue;
    writeSync(file, next(), 0, mebibyte, at);
    changed += 1;
  }
  closeSync(file);
  return changed;
}
