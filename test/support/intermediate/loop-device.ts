import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";

/** Why loop devices cannot be used here, or null where they can. */
export function loopObstacle(): string | null {
  if (process.getuid?.() !== 0) return "attaching a loop device needs root";
  try {
    accessSync("/dev/loop-control", constants.R_OK | constants.W_OK);
    execFileSync("losetup", ["--find"], { stdio: "pipe" });
    return null;
  } catch (error) {
    return `loop devices do not work here: ${error instanceof Error ? error.message.split("\n")[0] : "unknown"}`;
  }
}

/** Attaches `file` from a byte of it on; returns the device's path. */
export function attachLoop(file: string, offset = 0): string {
  const arguments_ = ["--find", "--show", "--offset", String(offset), file];
  return execFileSync("losetup", arguments_, { encoding: "utf8" }).trim();
}

export function detachLoop(device: string): void {
  execFileSync("losetup", ["--detach", device], { stdio: "pipe" });
}

/** A small ext4 filesystem of its own, mounted at `mountPoint`; returns what undoes it. */
export function mountSmallFilesystem(imageFile: string, megabytes: number, mountPoint: string): () => void {
  execFileSync("truncate", ["-s", `${megabytes}M`, imageFile]);
  execFileSync("mkfs.ext4", ["-q", "-m", "0", imageFile], { stdio: "pipe" });
  mkdirSync(mountPoint, { recursive: true });
  const device = attachLoop(imageFile);
  try {
    execFileSync("mount", ["-t", "ext4", device, mountPoint], { stdio: "pipe" });
  } catch (error) {
    detachLoop(device);
    throw error;
  }
  return () => {
    execFileSync("umount", ["--lazy", mountPoint], { stdio: "pipe" });
    detachLoop(device);
  };
}
