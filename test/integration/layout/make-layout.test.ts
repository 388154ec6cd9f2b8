import { execFile, spawn } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LayoutOutcome } from "../../../common/domain/layout-outcome.ts";
import { mebibyte, type SourceVolume, type TargetLayout } from "../../../common/domain/target-layout.ts";
import { unwrap, type Result } from "../../../common/result.ts";
import { runHelper } from "../../../intermediate/layout/helper-machine.ts";
import { makeLayout, type MakeLayoutOptions } from "../../../intermediate/layout/make-layout.ts";

const run = promisify(execFile);
const helperModule = join(import.meta.dirname, "../../../intermediate/layout/helper-machine.ts");

/** Processes that have not ended and work in this folder. */
const processesIn = (folder: string): string[] =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
const rootUuid = "22222222-2222-4222-8222-222222222222";
const homeUuid = "33333333-3333-4333-8333-333333333333";
const config = `--config 'devices{use_devicesfile=0 obtain_device_list_from_udev=0} activation{udev_sync=0 udev_rules=0}'`;

/** A script for the helper machine over one disk with a volume group of root (ext4) and home (xfs). */
const withVolumes = (make: boolean, act: string): string => String.raw`#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C LVM_SYSTEM_DIR=/tmp/lvm
exec 2>&1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /run; mount -t tmpfs tmp /tmp
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /run/lock/lvm /run/lvm /tmp/lvm /tmp/m/lib /tmp/r /tmp/h
ln -s /usr/lib/uml/modules /tmp/m/lib/modules; modprobe -d /tmp/m dm-mod
set -e
${
  make
    ? `lvm pvcreate -qq ${config} /dev/ubda; lvm vgcreate -qq ${config} vg0 /dev/ubda
lvm lvcreate -qq ${config} --noudevsync -y -Wn -Zn -n root -L 160m vg0; lvm lvcreate -qq ${config} --noudevsync -y -Wn -Zn -n home -L 320m vg0
lvm vgmknodes ${config}
mke2fs -q -t ext4 -U ${rootUuid} -L root /dev/mapper/vg0-root; mkfs.xfs -q -m uuid=${homeUuid} /dev/mapper/vg0-home`
    : `lvm vgchange -ay ${config} --noudevsync; lvm vgmknodes ${config}`
}
mount -t ext4 /dev/mapper/vg0-root /tmp/r; mount -t xfs /dev/mapper/vg0-home /tmp/h
${act}
umount /tmp/r; umount /tmp/h; lvm vgchange -an ${config} --noudevsync; sync
echo @made
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
`;

const everything = String.raw`
cd /tmp/r; mkdir -p etc var/log tmp dev home home/hidden var/cache/apt/archives
echo plain > etc/plain; chown 1000:1001 etc/plain; chmod 4755 etc/plain
ln etc/plain var/hard; ln -s ../etc/plain var/link; mkfifo var/pipe
mknod var/block b 8 1; mknod var/char c 1 3
truncate -s 64m var/sparse; printf x | dd of=var/sparse bs=1 seek=40000000 conv=notrunc status=none
setfattr -n user.note -v hello etc/plain; setfattr -n security.selinux -v system_u:object_r:etc_t:s0 etc/plain
setcap cap_net_raw+ep etc/plain || true
setfacl -m u:1234:r etc/plain; setfacl -d -m g:55:rx var/log
head -c 300000 /dev/urandom > 'var/ünïcode — 名前'; : > "$(printf 'var/line\nbreak')"; : > "$(printf 'var/tab\there')"
touch -d 2001-02-03T04:05:06.123456789 var/log
head -c 500000 /dev/urandom > var/cache/apt/archives/a.deb
mkdir -m 3775 var/odd; cd var/odd
: > "$(printf 'latin\\377 \\303')"; : > ./-rf; : > '# file: x'; : > 'back\\slash\\'; : > "$(printf '%0255d' 7)"
ln ../../etc/plain elsewhere; truncate -s 9m hole-at-end; printf x | dd of=hole-at-end bs=1 conv=notrunc status=none
ln -s "$(printf '%0900d' 1)" long; echo secret > none; chmod 0 none; touch -d 1969-12-31T12:00:00.5 before; touch -d 2037-12-31 after
setfattr -n user.empty none; setfattr -n user.large -v "$(printf '%0600d' 5)" none; setfattr -n trusted.mine -v t none
setfacl -m u:4000000001:rw,g:4000000002:- before; chown 4000000003:4000000004 after
chattr +i after; chattr +dS ../hard; mkdir grows; echo 1 > grows/log; chattr +a grows/log; chattr +A grows; chattr +D '# file: x' 2>/dev/null || true
perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) and bind($s, sockaddr_un("socket"))' || mkfifo socket
cd /tmp/r
echo shadow > home/hidden/file
cd /tmp/h; mkdir -p user; chown 1000:1000 user; head -c 1000000 /dev/urandom > user/data; chattr +id user/data; echo gone > user/later; cd /
`;

const volume = (mountPoint: string, device: string, uuid: string, filesystem: string): SourceVolume => ({
  mountPoint,
  filesystem,
  device,
  names: [device, `UUID=${uuid}`],
  disk: "/dev/sda",
  subvolume: null,
  sizeBytes: 300 * mebibyte,
  usedBytes: 3 * mebibyte,
  inodesUsed: 60,
});
const volumes = [
  volume("/", "/dev/mapper/vg0-root", rootUuid, "ext4"),
  volume("/home", "/dev/mapper/vg0-home", homeUuid, "xfs"),
];

const layout: TargetLayout = {
  disks: [
    {
      table: "gpt",
      sizeBytes: 500 * mebibyte,
      partitions: [
        { role: "bios-boot", sizeBytes: mebibyte },
        {
          role: "swap",
          sizeBytes: 8 * mebibyte,
          label: "swap0",
          uuid: "44444444-4444-4444-8444-444444444444",
        },
        // The filesystems are changed about, and both are smaller than they were.
        {
          role: "data",
          mountPoint: "/",
          filesystem: "xfs",
          sizeBytes: 320 * mebibyte,
          label: null,
          uuid: rootUuid,
        },
        {
          role: "data",
          mountPoint: "/home",
          filesystem: "ext4",
          sizeBytes: 64 * mebibyte,
          label: "home",
          uuid: homeUuid,
        },
      ],
    },
  ],
};

describe("files in a new layout", () => {
  let directory = "";
  let source = "";

  const inMachine = async (make: boolean, act: string): Promise<void> => {
    const scriptPath = join(directory, "prepare");
    await writeFile(scriptPath, withVolumes(make, act), { mode: 0o700 });
    const lines: string[] = [];
    const { signal } = new AbortController();
    const disks = [{ path: source, isReadOnly: false }];
    unwrap(
      await runHelper({
        scriptPath,
        disks,
        runDirectory: join(directory, "run"),
        signal,
        onLine: (line) => lines.push(line),
      }),
    );
    expect(lines, lines.join("\n")).toContain("@made");
  };

  const make = (change: Partial<MakeLayoutOptions> = {}): Promise<Result<LayoutOutcome>> =>
    makeLayout({
      layout,
      volumes,
      directory: join(directory, "new"),
      signal: new AbortController().signal,
      replicas: [{ diskId: 0, replicaPath: source, sizeBytes: 500 * mebibyte }],
      excludes: [{ mountPoint: "/", text: "/var/cache/apt/archives/*.deb\n/tmp/*\n" }],
      report: () => undefined,
      claim: () => Promise.resolve(),
      ...change,
    });

  beforeAll(async () => {
    // Characters that mean something to shells, to mount and on a kernel's command line.
    directory = join(await mkdtemp(join(tmpdir(), "sma-layout-")), "it's a, b:c=d 名");
    await mkdir(directory);
    source = join(directory, "source.raw");
    await mkdir(join(directory, "new"));
    await (await open(source, "wx")).close();
    await truncate(source, 500 * mebibyte);
    await inMachine(true, everything);
  });
  afterAll(() => rm(dirname(directory), { recursive: true, force: true }));

  it("are equal in every respect, in other filesystems on standard partitions", async () => {
    const before = await stat(source);
    const notes: string[] = [];
    const outcome = unwrap(await make({ report: ({ note }) => notes.push(note) }));
    expect(outcome.differing).toEqual([]);
    expect(outcome.isNew).toBe(true);
    const [root, home] = outcome.volumes;
    expect(root?.entries).toBe(35);
    expect(root?.excluded).toEqual(
      expect.arrayContaining([
        { pattern: "/var/cache/apt/archives/*.deb", entries: 1, bytes: 500_000 },
        // What lies under a mount point is not what the running system shows.
        { pattern: "/home/*", entries: 2, bytes: 7 },
      ]),
    );
    expect(home).toMatchObject({ mountPoint: "/home", excluded: [] });
    expect(notes).toContain("comparing the files of /home");
    // The replica is what it was.
    expect((await stat(source)).mtimeMs).toBe(before.mtimeMs);

    const path = join(directory, "new/disk-0.raw");
    const table = await run("sfdisk", ["--json", path]);
    const { partitiontable } = JSON.parse(table.stdout) as {
      partitiontable: { label: string; partitions: { start: number }[] };
    };
    expect(partitiontable.label).toBe("gpt");
    const probe = async (index: number): Promise<string> => {
      const offset = (partitiontable.partitions[index]?.start ?? 0) * 512;
      return (await run("blkid", ["-p", "-O", String(offset), "-o", "export", path])).stdout;
    };
    // Said by none of the tools that brought it over: extents, immutable, no dump.
    const homeImage = `${path}?offset=${(partitiontable.partitions[3]?.start ?? 0) * 512}`;
    expect((await run("debugfs", ["-R", "stat /user/data", homeImage])).stdout).toMatch(/Flags: 0x80050/);
    expect(await probe(1)).toMatch(/LABEL=swap0[^]*UUID=44444444-4444-4444-8444-444444444444[^]*TYPE=swap/);
    expect(await probe(2)).toMatch(new RegExp(`UUID=${rootUuid}[^]*TYPE=xfs`));
    expect(await probe(3)).toMatch(new RegExp(`UUID=${homeUuid}[^]*TYPE=ext4`));
  });

  it("follow the source on a later run, deletions included", async () => {
    await inMachine(
      false,
      // Also what flags forbid on either side.
      "rm /tmp/h/user/later; echo more >> /tmp/r/etc/plain; mv /tmp/r/var/pipe /tmp/r/etc/; cd /tmp/r/var/odd; echo 2 >> grows/log; chattr -i after; chown 1:2 after; chattr +iA after; chattr +i grows; cd /",
    );
    const outcome = unwrap(await make());
    expect(outcome.isNew).toBe(false);
    expect(outcome.differing).toEqual([]);
  });

  it("are left alone by a machine that is cancelled or whose owner was killed: all of its processes end", async () => {
    const scriptPath = join(directory, "busy");
    await writeFile(scriptPath, "#!/bin/sh\necho @up\nwhile :; do :; done\n", { mode: 0o700 });
    const order = { scriptPath, disks: [], runDirectory: join(directory, "busy-run") };
    const stop = new AbortController();
    const cancelled = await runHelper({ ...order, signal: stop.signal, onLine: () => stop.abort() });
    expect(cancelled).toMatchObject({ failure: { code: "cancelled" } });
    await expect.poll(() => processesIn(order.runDirectory), { timeout: 120_000 }).toEqual([]);

    const program = `import { runHelper } from ${JSON.stringify(helperModule)};
      await runHelper({ ...${JSON.stringify(order)}, signal: new AbortController().signal, onLine: (line) => console.log(line) });`;
    const owner = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise<void>((settle) =>
      owner.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("@up")) settle();
      }),
    );
    expect(processesIn(order.runDirectory).length).toBeGreaterThan(2);
    owner.kill("SIGKILL");
    await expect.poll(() => processesIn(order.runDirectory), { timeout: 120_000 }).toEqual([]);
  });

  it("that cannot be found are named", async () => {
    const [root] = volumes;
    const missing = {
      ...volume("/home", "/dev/mapper/vg0-gone", homeUuid, "xfs"),
      names: ["/dev/mapper/vg0-gone"],
    };
    const failed = await make({ volumes: [root as SourceVolume, missing] });
    expect(failed).toMatchObject({
      failure: {
        code: "layout-failed",
        message: expect.stringContaining("the replica has no filesystem for /home") as string,
      },
    });
  });
});
