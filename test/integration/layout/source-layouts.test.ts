/** What other layouts than LVM are brought from: UEFI with btrfs in subvolumes, and logical partitions of an MBR. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  mebibyte,
  type SourceVolume,
  type TargetLayout,
  type TargetPartition,
} from "../../../common/domain/target-layout.ts";
import { unwrap } from "../../../common/result.ts";
import { runHelper } from "../../../intermediate/layout/helper-machine.ts";
import { makeLayout } from "../../../intermediate/layout/make-layout.ts";

const run = promisify(execFile);
const uuid = (digit: number): string => `${String(digit).repeat(8)}-2222-4222-8222-222222222222`;
const [system, logical] = [uuid(1), uuid(2)];

const tables = [
  `label: gpt
start=2048, size=${34 * 2048}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
size=${114 * 2048}, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
`,
  `label: dos
start=2048, size=${40 * 2048}, type=5
start=4096, size=${20 * 2048}, type=83
`,
];

const fill = String.raw`#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
exec 2>&1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /run; mount -t tmpfs tmp /tmp
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /tmp/m/lib /tmp/b /tmp/e /tmp/s
ln -s /usr/lib/uml/modules /tmp/m/lib/modules
for module in vfat nls_cp437 nls_iso8859-1 nls_utf8; do modprobe -q -d /tmp/m $module; done
set -e
mkfs.vfat -F 32 -s 1 -i 5A17B007 /dev/ubda1 >/dev/null
mkfs.btrfs -q -M -U ${system} /dev/ubda2
mkfs.ext3 -q -U ${logical} /dev/ubdb5
mount -t btrfs /dev/ubda2 /tmp/b
btrfs subvolume create /tmp/b/@rootfs >/dev/null; btrfs subvolume create /tmp/b/@home >/dev/null
cd /tmp/b/@rootfs
mkdir -p etc home boot/efi srv .snapshots
echo root > etc/hostname; head -c 200000 /dev/zero > etc/zeros
btrfs property set etc compression zstd
btrfs subvolume snapshot /tmp/b/@rootfs .snapshots/1 >/dev/null
mkdir -m 700 ../@home/me; echo mine > ../@home/me/file; chown -R 1000:1000 ../@home/me
cd /; umount /tmp/b
mount -t vfat -o utf8 /dev/ubda1 /tmp/e; mkdir -p /tmp/e/EFI/debian; head -c 70000 /dev/urandom > /tmp/e/EFI/debian/grubx64.efi
echo ä > '/tmp/e/EFI/Größe.txt'; umount /tmp/e
mount -t ext3 /dev/ubdb5 /tmp/s; echo data > /tmp/s/data; umount /tmp/s
sync
echo @made
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
`;

const volume = (mountPoint: string, filesystem: string, name: string, subvolume: string | null) =>
  ({
    mountPoint,
    filesystem,
    device: name,
    names: [name],
    disk: "/dev/sda",
    subvolume,
    sizeBytes: 114 * mebibyte,
    usedBytes: mebibyte,
    inodesUsed: 30,
  }) satisfies SourceVolume;
const volumes = [
  volume("/", "btrfs", `UUID=${system}`, "@rootfs"),
  volume("/home", "btrfs", `UUID=${system}`, "@home"),
  volume("/boot/efi", "vfat", "UUID=5A17-B007", null),
  volume("/srv", "ext3", `UUID=${logical}`, null),
];

const data = (mountPoint: string, sizeMiB: number, digit: number): TargetPartition => ({
  role: "data",
  mountPoint,
  filesystem: "ext4",
  sizeBytes: sizeMiB * mebibyte,
  label: null,
  uuid: uuid(digit),
});
const layout: TargetLayout = {
  disks: [
    {
      table: "gpt",
      sizeBytes: 120 * mebibyte,
      partitions: [
        { role: "esp", mountPoint: "/boot/efi", sizeBytes: 36 * mebibyte, label: null, uuid: "5A17-B007" },
        data("/", 48, 3),
        data("/srv", 32, 4),
      ],
    },
  ],
};

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sma-layouts-"));
  await mkdir(join(directory, "new"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it("subvolumes, an EFI system partition and a logical partition are brought into standard partitions", async () => {
  const paths = tables.map((_, index) => join(directory, `disk-${index}.raw`));
  for (const [index, path] of paths.entries()) {
    await run("truncate", ["-s", index === 0 ? "150M" : "48M", path]);
    const table = join(directory, "table");
    await writeFile(table, tables[index] ?? "");
    await run("sh", ["-c", 'sfdisk --quiet --no-reread --no-tell-kernel "$1" < "$2"', "sh", path, table]);
  }
  const scriptPath = join(directory, "fill");
  await writeFile(scriptPath, fill, { mode: 0o700 });
  const said: string[] = [];
  const { signal } = new AbortController();
  unwrap(
    await runHelper({
      scriptPath,
      signal,
      runDirectory: join(directory, "run"),
      disks: paths.map((path) => ({ path, isReadOnly: false })),
      onLine: (line) => said.push(line),
    }),
  );
  expect(said, said.join("\n")).toContain("@made");

  const outcome = unwrap(
    await makeLayout({
      layout,
      volumes,
      signal,
      directory: join(directory, "new"),
      replicas: paths.map((replicaPath, diskId) => ({ diskId, replicaPath, sizeBytes: 0 })),
      excludes: [{ mountPoint: "/", text: "/.snapshots/*\n" }],
      report: () => undefined,
      claim: () => Promise.resolve(),
    }),
  );
  expect(outcome.differing).toEqual([]);
  expect(outcome.volumes.map(({ mountPoint, bytes }) => [mountPoint, bytes])).toEqual([
    ["/", 200_005],
    ["/home", 5],
    ["/boot/efi", 70_003],
    ["/srv", 5],
  ]);
  const { stdout } = await run("sfdisk", ["--json", join(directory, "new/disk-0.raw")]);
  const table = JSON.parse(stdout) as { partitiontable: { partitions: { start: number }[] } };
  const types = await Promise.all(
    table.partitiontable.partitions.map(async ({ start }) => {
      const probe = ["-p", "-O", String(start * 512), "-o", "value", "-s", "TYPE"];
      return (await run("blkid", [...probe, join(directory, "new/disk-0.raw")])).stdout.trim();
    }),
  );
  expect(types).toEqual(["vfat", "ext4", "ext4"]);
});
