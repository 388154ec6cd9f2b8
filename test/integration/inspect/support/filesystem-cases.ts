/**
 * Filesystems made by their own tools, what those tools then say of them, and how they check a copy.
 */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeSparse, numberIn, runTool, tool } from "./tools.ts";

const mebibyte = 1024 * 1024;

export interface BlockTruth {
  readonly blockSize: number;
  readonly totalBlocks: number;
  readonly freeBlocks: number;
}

export interface FilesystemCase {
  readonly name: string;
  readonly sizeBytes: number;
  /** Fills an empty file of that size; `tree` is a folder with files to put in. */
  make(image: string, tree: string): Promise<unknown>;
  /** What the filesystem's own tool counts; null where it counts nothing. */
  truth(image: string): Promise<BlockTruth | null>;
  /** Throws unless the filesystem's own checker finds the copy in order. */
  check(image: string): Promise<unknown>;
}

/** Files of many sizes, some of them in folders. */
export async function makeTree(folder: string): Promise<string> {
  const tree = join(folder, "tree");
  await mkdir(join(tree, "deep/er"), { recursive: true });
  for (let i = 0; i < 12; i++) {
    await writeFile(join(tree, i % 3 === 0 ? "deep/er" : ".", `file-${i}`), randomBytes(i * i * 9_000 + 1));
  }
  return tree;
}

const treeFiles = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? `deep/er/file-${i}` : `file-${i}`));

function ext(name: string, sizeBytes: number, options: readonly string[]): FilesystemCase {
  return {
    name,
    sizeBytes,
    make: (image, tree) =>
      tool("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "wurzel", "-d", tree, ...options, image]),
    async truth(image) {
      const text = await tool("dumpe2fs", ["-h", image]);
      return {
        blockSize: numberIn(text, /^Block size: +(\d+)/m),
        totalBlocks: numberIn(text, /^Block count: +(\d+)/m),
        freeBlocks: numberIn(text, /^Free blocks: +(\d+)/m),
      };
    },
    check: (image) => tool("e2fsck", ["-fn", image]),
  };
}

/** mkfs.xfs fills a filesystem from a list of names, types, modes, owners and source files. */
async function xfsPrototype(tree: string): Promise<string> {
  const path = join(tree, "..", "prototype");
  const plain = treeFiles.filter((file) => !file.includes("/"));
  const deep = treeFiles.filter((file) => file.includes("/"));
  const entry = (file: string): string => `${file.split("/").at(-1)} ---644 0 0 ${join(tree, file)}`;
  const lines = ["/dev/null", "0 0", "d--755 0 0", ...plain.map(entry), "deep d--755 0 0", "er d--755 0 0"];
  await writeFile(path, [...lines, ...deep.map(entry), "$", "$", "$", ""].join("\n"));
  return path;
}

export async function xfsTruth(image: string): Promise<BlockTruth> {
  const text = await tool("xfs_db", ["-r", "-c", "sb 0", "-c", "p blocksize dblocks fdblocks", image]);
  return {
    blockSize: numberIn(text, /^blocksize = (\d+)/m),
    totalBlocks: numberIn(text, /^dblocks = (\d+)/m),
    freeBlocks: numberIn(text, /^fdblocks = (\d+)/m),
  };
}

function xfs(name: string, sizeBytes: number, options: readonly string[]): FilesystemCase {
  return {
    name,
    sizeBytes,
    make: async (image, tree) =>
      tool("mkfs.xfs", ["-q", "-f", "-L", "wurzel", "-p", await xfsPrototype(tree), ...options, image]),
    truth: xfsTruth,
    check: (image) => tool("xfs_repair", ["-n", image]),
  };
}

function btrfs(name: string, options: readonly string[]): FilesystemCase {
  return {
    name,
    sizeBytes: 320 * mebibyte,
    make: (image, tree) =>
      tool("mkfs.btrfs", ["-q", "-f", "-L", "wurzel", "--rootdir", tree, ...options, image]),
    async truth(image) {
      const text = await tool("btrfs", ["inspect-internal", "dump-super", image]);
      const blockSize = numberIn(text, /^sectorsize\s+(\d+)/m);
      const total = numberIn(text, /^total_bytes\s+(\d+)/m);
      const used = numberIn(text, /^bytes_used\s+(\d+)/m);
      return { blockSize, totalBlocks: total / blockSize, freeBlocks: (total - used) / blockSize };
    },
    check: (image) => tool("btrfs", ["check", "--check-data-csum", image]),
  };
}

function ntfs(name: string, options: readonly string[]): FilesystemCase {
  return {
    name,
    sizeBytes: 90_000_000,
    async make(image, tree) {
      await tool("mkntfs", ["-q", "-Q", "-F", "-L", "Bücher", ...options, image]);
      for (const file of treeFiles) {
        await tool("ntfscp", ["-f", image, join(tree, file), `/${file.split("/").at(-1)}`]);
      }
    },
    async truth(image) {
      const text = await tool("ntfsinfo", ["-m", "-f", image]);
      return {
        blockSize: numberIn(text, /^\s*Cluster Size: (\d+)/m),
        totalBlocks: numberIn(text, /^\s*Volume Size in Clusters: (\d+)/m),
        freeBlocks: numberIn(text, /^\s*Free Clusters: (\d+)/m),
      };
    },
    // It walks all of the MFT and compares what it finds with the bitmap.
    check: (image) => tool("ntfsresize", ["--info", "--force", image]),
  };
}

function fat(
  name: string,
  sizeBytes: number,
  options: readonly string[],
  keptFiles: readonly string[],
): FilesystemCase {
  return {
    name,
    sizeBytes,
    async make(image, tree) {
      await tool("mkfs.fat", ["-n", "WURZEL", ...options, image]);
      const paths = keptFiles.map((file) => join(tree, file));
      if (paths.length > 0) {
        await tool("mcopy", ["-i", image, ...paths, "::/"]);
        await tool("mdel", ["-i", image, `::/${keptFiles[0]?.split("/").at(-1)}`]);
      }
    },
    async truth(image) {
      const text = await tool("fsck.fat", ["-nv", image]);
      const used = numberIn(text, /(\d+)\/\d+ clusters/);
      const total = numberIn(text, /\d+\/(\d+) clusters/);
      return {
        blockSize: numberIn(text, /^\s*(\d+) bytes per cluster/m),
        totalBlocks: total,
        freeBlocks: total - used,
      };
    },
    check: (image) => tool("fsck.fat", ["-n", image]),
  };
}

function exfat(name: string, options: readonly string[]): FilesystemCase {
  return {
    name,
    sizeBytes: 200 * mebibyte,
    make: (image) => tool("mkfs.exfat", ["-L", "Bücher", ...options, image]),
    async truth(image) {
      const text = await tool("dump.exfat", [image]);
      return {
        blockSize: numberIn(text, /^Cluster size:\s+(\d+)/m),
        totalBlocks: numberIn(text, /^Total Clusters:\s+(\d+)/m),
        freeBlocks: numberIn(text, /^Free Clusters:\s+(\d+)/m),
      };
    },
    check: (image) => tool("fsck.exfat", ["-n", image]),
  };
}

const bigFiles = treeFiles.slice(4);

export const filesystemCases: readonly FilesystemCase[] = [
  ext("ext4 with blocks of 4 KiB", 160 * mebibyte, ["-b", "4096"]),
  ext("ext4 with blocks of 1 KiB, flexible groups", 150 * mebibyte, ["-b", "1024"]),
  ext("ext4 with blocks of 2 KiB, not initialised by checksum", 96 * mebibyte, [
    ...["-b", "2048", "-O", "uninit_bg,^metadata_csum,^64bit"],
  ]),
  ext("ext4 with blocks of 64 KiB", 400 * mebibyte, ["-b", "65536"]),
  ext("ext4 with clusters, blocks of 1 KiB", 128 * mebibyte, ["-b", "1024", "-O", "bigalloc", "-C", "16384"]),
  ext("ext4 with clusters, blocks of 4 KiB", 200 * mebibyte, ["-b", "4096", "-O", "bigalloc", "-C", "65536"]),
  ext("ext4 with descriptors spread over meta groups", 200 * mebibyte, [
    ...["-b", "1024", "-O", "meta_bg,^resize_inode"],
  ]),
  ext("ext4 with two backups of the super block", 120 * mebibyte, ["-O", "sparse_super2,^resize_inode"]),
  ext("ext4 with a super block in every group", 80 * mebibyte, [
    ...["-b", "1024", "-O", "^sparse_super,^resize_inode,^metadata_csum"],
  ]),
  ext("ext4 with tiny groups", 64 * mebibyte, ["-b", "1024", "-g", "256"]),
  ext("ext4 whose size is no multiple of anything", 33_333_333, ["-b", "1024"]),
  ext("ext3", 64 * mebibyte, [
    "-O",
    "none,has_journal,filetype,dir_index,sparse_super,resize_inode",
    "-b",
    "1024",
  ]),
  ext("ext2", 48 * mebibyte, ["-O", "none,filetype", "-b", "4096"]),
  ext("ext2 of revision 0", 24 * mebibyte, ["-O", "none", "-r", "0", "-b", "1024"]),
  xfs("XFS version 5", 320 * mebibyte, []),
  xfs("XFS version 4", 320 * mebibyte, ["-m", "crc=0"]),
  xfs("XFS version 4 without lazy counters", 320 * mebibyte, ["-m", "crc=0", "-l", "lazy-count=0"]),
  xfs("XFS with blocks of 1 KiB", 320 * mebibyte, ["-b", "size=1024"]),
  xfs("XFS with blocks of 512 bytes", 320 * mebibyte, ["-m", "crc=0", "-b", "size=512"]),
  xfs("XFS with nine groups", 600 * mebibyte, ["-d", "agcount=9"]),
  xfs("XFS with reverse mapping", 400 * mebibyte, ["-m", "rmapbt=1,reflink=1"]),
  xfs("XFS with sectors of 4 KiB and a striped log", 400 * mebibyte, [
    "-s",
    "size=4096",
    "-l",
    "size=64m,su=32k",
  ]),
  btrfs("btrfs", []),
  btrfs("btrfs with everything single", ["-m", "single", "-d", "single"]),
  btrfs("btrfs with data doubled", ["-m", "dup", "-d", "dup"]),
  btrfs("btrfs with mixed groups", ["--mixed"]),
  btrfs("btrfs with nodes of 4 KiB", ["-n", "4096"]),
  ntfs("NTFS with clusters of 4 KiB", ["-c", "4096"]),
  ntfs("NTFS with clusters of 512 bytes", ["-c", "512"]),
  ntfs("NTFS with clusters of 64 KiB", ["-c", "65536"]),
  ntfs("NTFS with sectors of 4 KiB", ["-s", "4096", "-c", "4096"]),
  fat("FAT12", 8 * mebibyte, ["-F", "12"], bigFiles),
  fat("FAT12 on a floppy disk", 1_474_560, ["-F", "12"], []),
  fat("FAT16", 60 * mebibyte, ["-F", "16"], bigFiles),
  fat("FAT16 with large clusters", 100 * mebibyte, ["-F", "16", "-s", "32"], bigFiles),
  fat("FAT32", 100 * mebibyte, ["-F", "32", "-s", "1"], bigFiles),
  fat("FAT32 with fewer clusters than it should have", 40 * mebibyte, ["-F", "32", "-s", "8"], []),
  fat("FAT32 with sectors of 4 KiB", 100 * mebibyte, ["-F", "32", "-S", "4096", "-s", "1"], []),
  exfat("exFAT", []),
  exfat("exFAT with clusters of 512 bytes", ["-c", "512"]),
  exfat("exFAT with clusters of 1 MiB", ["-c", "1M"]),
];

export interface BlkidAnswer {
  readonly type: string | null;
  readonly label: string | null;
  readonly uuid: string | null;
  readonly version: string | null;
}

/** What libblkid as installed here says of an image. */
export async function blkid(image: string): Promise<BlkidAnswer> {
  const { stdout, exitCode } = await runTool("blkid", ["-p", "-o", "udev", image]);
  if (exitCode !== 0 && exitCode !== 2) throw new Error(`blkid -p ${image}: exit ${exitCode}`);
  const value = (name: string): string | null => new RegExp(`^${name}=(.*)$`, "m").exec(stdout)?.[1] ?? null;
  return {
    type: value("ID_FS_TYPE"),
    label: decodeUdevValue(value("ID_FS_LABEL_ENC")),
    uuid: value("ID_FS_UUID"),
    version: value("ID_FS_VERSION"),
  };
}

/** Undoes udev's `\\x20` escapes, which stand for bytes of UTF-8. */
export function decodeUdevValue(encoded: string | null): string | null {
  if (encoded === null) return null;
  const bytes = Buffer.from(encoded, "utf8").toString("latin1");
  const decoded = bytes.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(decoded, "latin1").toString("utf8");
}

export async function makeFilesystem(which: FilesystemCase, folder: string, tree: string): Promise<string> {
  const image = join(folder, "filesystem.img");
  await makeSparse(image, which.sizeBytes);
  await which.make(image, tree);
  return image;
}
