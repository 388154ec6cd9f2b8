/** Whole disks on loop devices, and LVM on them without device-mapper. */
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool, tool } from "./tools.ts";

const lvmConfiguration = `
devices { global_filter = [ "a|^/dev/loop|", "r|.*|" ]  use_devicesfile = 0 }
activation { udev_sync = 0  udev_rules = 0  monitoring = 0 }
global { use_lvmpolld = 0 }
backup { backup = 0  archive = 0 }
`;

export interface LoopDisks {
  readonly names: readonly string[];
  lvm(...args: readonly [string, ...string[]]): Promise<string>;
}

/** Whole disks on loop devices for as long as `act` runs; null, with a loud line, where there are no loop devices. */
export async function withLoops<T>(
  folder: string,
  images: readonly string[],
  act: (loops: LoopDisks) => Promise<T>,
): Promise<T | null> {
  const system = join(folder, "lvm");
  await mkdir(system, { recursive: true });
  await writeFile(join(system, "lvm.conf"), lvmConfiguration);
  const names: string[] = [];
  try {
    for (const image of images) {
      const { stdout, stderr, exitCode } = await runTool("losetup", ["--find", "--show", image]);
      if (exitCode !== 0) {
        console.warn(`SKIPPED: no loop device can be had here: ${stderr.trim()}`);
        return null;
      }
      names.push(stdout.trim());
    }
    const lvm: LoopDisks["lvm"] = (...command) =>
      tool("env", [
        `LVM_SYSTEM_DIR=${system}`,
        "LVM_SUPPRESS_FD_WARNINGS=1",
        ...command,
        "--driverloaded",
        "n",
      ]);
    return await act({ names, lvm });
  } finally {
    for (const name of names) await tool("losetup", ["--detach", name]);
  }
}

/** Writes the bytes of `image` to where `place` says that each piece of them belongs. */
export async function scatter(
  image: string,
  piece: number,
  place: (at: number) => readonly [target: string, offset: number],
): Promise<void> {
  const source = await open(image, "r");
  const buffer = Buffer.alloc(piece);
  for (let at = 0; ; at += piece) {
    const { bytesRead } = await source.read(buffer, 0, piece, at);
    if (bytesRead === 0) break;
    const [target, offset] = place(at);
    const file = await open(target, "r+");
    await file.write(buffer, 0, bytesRead, offset);
    await file.close();
  }
  await source.close();
}
