/** Replicas whose filesystems were in use: what waits in their journals is replayed beside them, and is read back right. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mebibyte } from "../../../common/domain/target-layout.ts";
import { unwrap } from "../../../common/result.ts";
import { openReplicas, storeBytes } from "../../../intermediate/layout/guest-script.ts";
import { runHelper, type HelperDisk } from "../../../intermediate/layout/helper-machine.ts";

const run = promisify(execFile);

/** Many small changes of metadata, which the journals have and the filesystems not yet, and then the power is gone. */
const use = String.raw`#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
exec 2>&1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp; mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /tmp/m/lib /tmp/a /tmp/b
ln -s /usr/lib/uml/modules /tmp/m/lib/modules; modprobe -q -d /tmp/m xfs
set -e
mke2fs -q -F -t ext4 -b 1024 -J size=4 /dev/ubda1; mkfs.xfs -q /dev/ubdb
mount -t ext4 /dev/ubda1 /tmp/a; mount -t xfs /dev/ubdb /tmp/b
perl -MIO::Handle -e '
  for my $d ("/tmp/a", "/tmp/b") {
    mkdir "$d/$_" for 0 .. 9;
    for my $n (0 .. 900) { open my $f, ">", "$d/" . $n % 10 . "/f$n"; print $f "first $n"; }
  }
  syscall(162);
  for my $d ("/tmp/a", "/tmp/b") {
    for my $n (0 .. 900) {
      my $at = "$d/" . $n % 10;
      if ($n % 3 == 0) { unlink "$at/f$n" } elsif ($n % 3 == 1) { chown 1000, 7, "$at/f$n" } else { rename "$at/f$n", "$d/r$n" }
      open my $f, ">", "$at/n$n"; print $f "second $n";
    }
    open my $f, ">", "$d/last"; print $f "x" x 3000; $f->flush; $f->sync;
  }'
echo @used
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
`;

let directory = "";
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "sma-journals-"))));
afterEach(() => rm(directory, { recursive: true, force: true }));

async function inMachine(script: string, disks: readonly HelperDisk[]): Promise<string[]> {
  const scriptPath = join(directory, "script");
  await writeFile(scriptPath, script, { mode: 0o700 });
  const lines: string[] = [];
  const { signal } = new AbortController();
  const runDirectory = join(directory, "run");
  unwrap(await runHelper({ scriptPath, disks, runDirectory, signal, onLine: (line) => lines.push(line) }));
  return lines;
}

it("what waits in the journals of an ext4 of small blocks and of an XFS is replayed, and both are whole then", async () => {
  const [one, two, store] = ["one", "two", "store"].map((name) => join(directory, name));
  if (one === undefined || two === undefined || store === undefined) throw new Error("three names");
  await run("truncate", ["-s", String(80 * mebibyte), one]);
  await run("truncate", ["-s", String(320 * mebibyte), two]);
  await run("truncate", ["-s", String(storeBytes(2)), store]);
  await run("sh", [
    "-c",
    'echo start=2048 | sfdisk --quiet --no-reread --no-tell-kernel -X dos "$1"',
    "sh",
    one,
  ]);
  const used = await inMachine(use, [
    { path: one, isReadOnly: false },
    { path: two, isReadOnly: false },
  ]);
  expect(used, used.join("\n")).toContain("@used");
  expect((await run("dumpe2fs", ["-h", `${one}?offset=${mebibyte}`])).stdout).toContain("needs_recovery");
  const looked = await run("sh", ["-c", 'xfs_repair -n -f "$1" 2>&1; true', "sh", two]);
  expect(looked.stdout).toContain("valuable metadata changes in a log");
  const before = await Promise.all([one, two].map((path) => stat(path)));

  const script = [
    ...openReplicas({ replicas: ["/dev/ubda", "/dev/ubdb"], store: "/dev/ubdc" }),
    "mount -t ext4 -o ro /dev/mapper/ubda1 /tmp/s && echo @$(ls /tmp/s | wc -l) && umount /tmp/s",
    "mount -t xfs -o ro,nouuid /dev/mapper/ubdb /tmp/s && echo @$(ls /tmp/s | wc -l) && umount /tmp/s",
    "echo 3 > /proc/sys/vm/drop_caches",
    "e2fsck -f -n /dev/mapper/ubda1; say ext4 $?; xfs_repair -n /dev/mapper/ubdb; say xfs $?",
    "leave",
  ].join("\n");
  const lines = await inMachine(script, [
    { path: one, isReadOnly: true },
    { path: two, isReadOnly: true },
    { path: store, isReadOnly: false },
  ]);
  // Ten folders and 300 renamed files, the last one, and lost+found.
  expect(
    lines.filter((line) => line.startsWith("@")),
    lines.join("\n"),
  ).toEqual([...["@open", "@312", "@311", "@ext4 0", "@xfs 0"]]);
  const after = await Promise.all([one, two].map((path) => stat(path)));
  expect(after.map(({ mtimeMs }) => mtimeMs)).toEqual(before.map(({ mtimeMs }) => mtimeMs));
});
