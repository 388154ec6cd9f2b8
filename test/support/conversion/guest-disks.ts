/** Small disks with what a conversion looks at of a Linux system, made without root and without mounting anything. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeArchive } from "../../../intermediate/conversion/initramfs.ts";

/** Files by absolute path. */
export type Files = Readonly<Record<string, string | Buffer>>;

const run = (program: string, args: readonly string[], input = ""): void =>
  void execFileSync(program, args, { input, stdio: ["pipe", "ignore", "pipe"] });

const version = "6.1.0-1-amd64";

/** A system without any kernel. */
export const system = (id: string, name: string): Files => ({
  "/etc/os-release": `ID=${id}\nPRETTY_NAME="${name}"\n`,
  "/etc/fstab": "/dev/sda1 / ext4 defaults 0 1\n",
  "/usr/bin/true": "",
});

/** A kernel whose initramfs lacks virtio, and its modules. */
export const kernel: Files = {
  [`/boot/vmlinuz-${version}`]: "kernel",
  [`/boot/initrd.img-${version}`]: makeArchive([{ path: "init", content: Buffer.from("#!/bin/sh\n") }]),
  [`/usr/lib/modules/${version}/modules.builtin`]: "kernel/drivers/net/lo.ko\n",
  [`/usr/lib/modules/${version}/modules.alias`]: "",
  [`/usr/lib/modules/${version}/modules.alias.bin`]: "",
  [`/usr/lib/modules/${version}/modules.dep.bin`]: "",
  [`/usr/lib/modules/${version}/modules.dep`]:
    "kernel/virtio_blk.ko: kernel/virtio.ko\nkernel/virtio_pci.ko: kernel/virtio.ko\nkernel/virtio_scsi.ko:\nkernel/virtio.ko:\n",
  ...Object.fromEntries(
    ["virtio", "virtio_blk", "virtio_pci", "virtio_scsi"].map((name) => [
      `/usr/lib/modules/${version}/kernel/${name}.ko`,
      Buffer.alloc(65_536, name),
    ]),
  ),
};

export interface PartitionContents {
  readonly files: Files;
  /** Further options of mke2fs. */
  readonly options?: readonly string[];
}

const mebibyte = 1_048_576;
const partitionMebibytes = 20;

/** A disk with an MBR and one ext4 partition for each. */
export function makeDisk(path: string, partitions: readonly PartitionContents[]): void {
  run("truncate", ["-s", `${1 + partitionMebibytes * Math.max(1, partitions.length)}M`, path]);
  const lines = partitions.map(
    (_, index) =>
      `start=${(1 + index * partitionMebibytes) * 2048}, size=${partitionMebibytes * 2048}, type=83`,
  );
  run("sfdisk", ["-q", path], `label: dos\n${lines.join("\n")}\n`);
  for (const [index, { files, options = [] }] of partitions.entries()) {
    const tree = `${path}.tree`;
    mkdirSync(tree);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, name)), { recursive: true });
      writeFileSync(join(tree, name), content);
    }
    // Modules are found under /lib as well, as merged systems have it.
    run("ln", ["-sfn", "usr/lib", join(tree, "lib")]);
    const offset = partitionOffset(index);
    run("mke2fs", [
      ...["-q", "-F", "-t", "ext4", "-d", tree, "-E", `offset=${offset}`, ...options],
      ...[path, `${partitionMebibytes}M`],
    ]);
    rmSync(tree, { recursive: true });
  }
}

export const partitionOffset = (index: number): number => (1 + index * partitionMebibytes) * mebibyte;

/**
 * Leaves `content` for the first block of a file in the journal of a partition, as a power cut does: whoever reads
 * without replaying the journal sees the old content.
 */
export function leaveInJournal(path: string, partition: number, file: string, content: string): void {
  const image = `${path}?offset=${partitionOffset(partition)}`;
  const block = execFileSync("debugfs", ["-R", `bmap ${file} 0`, image], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
  const blockPath = `${path}.block`;
  const blockBytes = 1024;
  const bytes = Buffer.alloc(blockBytes);
  bytes.write(content);
  writeFileSync(blockPath, bytes);
  run("debugfs", ["-w", image], `jo\njw -b ${block} ${blockPath}\njc\n`);
  rmSync(blockPath);
}

/** A partition that is encrypted. */
export function makeEncryptedDisk(path: string): void {
  makeDisk(path, [{ files: {} }]);
  const header = `${path}.luks`;
  run("truncate", ["-s", "18M", header]);
  const quick = ["--type", "luks1", "--pbkdf-force-iterations", "1000", "--batch-mode"];
  run("cryptsetup", ["luksFormat", ...quick, header, "-"], "secret");
  run("dd", [`if=${header}`, `of=${path}`, "bs=1M", "seek=1", "conv=notrunc"]);
  rmSync(header);
}
