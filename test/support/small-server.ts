/**
 * A server of a few megabytes: a disk in a file with one ext4 partition that holds a system's usual folders, and the
 * bundle that its collector would write.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleFor } from "../e2e/pictures/bundles.ts";

const mebibyte = 1024 ** 2;
const startBytes = mebibyte;
const uuid = "55555555-5555-4555-8555-555555555555";

export interface SmallServer {
  readonly diskPath: string;
  readonly bundle: string;
  /** Its files besides those that are left out, by their paths. */
  readonly files: Readonly<Record<string, string>>;
}

/** Makes it in `directory`. Nothing is mounted, so that no root is needed. */
export function makeSmallServer(directory: string, name: string): SmallServer {
  const diskPath = join(directory, `${name}.img`);
  const tree = join(directory, `${name}-tree`);
  const files = {
    "/etc/fstab": `UUID=${uuid} / ext4 defaults 0 1\n`,
    "/etc/hostname": `${name}\n`,
    "/srv/notes": "what must arrive\n".repeat(2000),
  };
  const all = { ...files, "/var/cache/apt/archives/left.deb": "x".repeat(500_000), "/tmp/scratch": "gone" };
  for (const folder of ["boot", "dev", "proc", "sys", "run"])
    mkdirSync(join(tree, folder), { recursive: true });
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  const diskBytes = 48 * mebibyte;
  execFileSync("truncate", ["-s", String(diskBytes), diskPath]);
  execFileSync("sfdisk", ["-q", diskPath], {
    input: `label: dos\nstart=${startBytes / 512}, type=83, bootable\n`,
  });
  const sizeBytes = diskBytes - startBytes;
  const offset = `offset=${startBytes},root_owner=0:0`;
  execFileSync("mke2fs", [
    "-q",
    "-t",
    "ext4",
    "-U",
    uuid,
    "-d",
    tree,
    "-E",
    offset,
    diskPath,
    `${sizeBytes / 1024}k`,
  ]);

  const partition = `${diskPath}1`;
  const used = Math.round((6 * mebibyte) / 1024);
  const whole = sizeBytes / 1024;
  const bundle = bundleFor(
    {
      distro: "debian",
      version: "12",
      name: "Debian GNU/Linux 12 (bookworm)",
      kernel: "6.1.0-30-amd64",
      disks: [
        {
          name: diskPath,
          type: "disk",
          size: diskBytes,
          pttype: "dos",
          model: "File",
          tran: "sata",
          children: [
            {
              name: partition,
              type: "part",
              size: sizeBytes,
              start: startBytes / 512,
              fstype: "ext4",
              mountpoint: "/",
              uuid,
            },
          ],
        },
      ],
      files: { "/etc/fstab": files["/etc/fstab"], "/proc/mounts": `${partition} / ext4 rw 0 0\n` },
      commands: {
        "df -P -k": `Filesystem 1024-blocks Used Available Capacity Mounted on\n${partition} ${whole} ${used} ${whole - used} 13% /\n`,
      },
    },
    name,
  );
  return { diskPath, bundle, files };
}
