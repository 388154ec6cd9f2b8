import { execFileSync } from "node:child_process";

const environment = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };

/** A file as a block device, so that everybody reads a device; the file itself where loop devices cannot be had. */
export class LoopDisk {
  readonly device: string;
  readonly #isLoop: boolean;

  constructor(path: string) {
    let device: string | null = null;
    try {
      device = execFileSync("losetup", ["--find", "--show", "--read-only", path], {
        env: environment,
        encoding: "utf8",
      }).trim();
    } catch {
      process.stderr.write(`no loop device can be had here: ${path} is read as a file\n`);
    }
    this.#isLoop = device !== null;
    this.device = device ?? path;
  }

  /**
   * Forgets what the device itself has cached. Whoever reads past that cache, as we do, would be the only one to go
   * through the device down to the file, which stays cached.
   */
  forget(): void {
    if (this.#isLoop) execFileSync("blockdev", ["--flushbufs", this.device], { env: environment });
  }

  detach(): void {
    if (this.#isLoop) execFileSync("losetup", ["--detach", this.device], { env: environment });
  }
}
