/**
 * Boot checks of a real lab disk, whole and damaged. The disk is Debian as it was installed, without a serial console:
 * all that is known comes from its screen.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it as plainTest } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { checkBoot } from "../../../intermediate/boot-check/check-boot.ts";
import type { TaskProgress } from "../../../intermediate/tasks/implementations.ts";
import { prepareLabImage, type LabImage } from "../../lab/lab.ts";

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write("SKIPPED: boot checks of lab disks, because building the lab needs root\n");

const mebibyte = 1_048_576;
const minutes = 60_000;
let image: LabImage;
/** Each test has a folder of its own, because they run side by side: a booting machine also waits a lot. */
const it = plainTest.extend<{ directory: string }>({
  directory: async ({}, use) => {
    const directory = mkdtempSync(join(tmpdir(), "sma-boot-check-"));
    await use(directory);
    rmSync(directory, { recursive: true, force: true });
  },
});

async function prepare(): Promise<void> {
  const report = (text: string): void => void process.stderr.write(`${text}\n`);
  image = unwrap(await prepareLabImage("mbr-plain", { report, signal: new AbortController().signal }));
}

function check(
  directory: string,
  replicaPath: string,
  signal = new AbortController().signal,
  onProgress?: () => void,
) {
  const claimed: string[] = [];
  const progress: TaskProgress[] = [];
  const workDirectory = join(directory, "boot-check");
  mkdirSync(workDirectory, { recursive: true });
  const verdict = checkBoot({
    disks: [{ diskId: 0, replicaPath, sizeBytes: image.sizeBytes }],
    workDirectory,
    firmware: "bios",
    repair: false,
    guest: null,
    memoryMiB: 512,
    timeoutSeconds: 600,
    signal,
    claim: async (path) => void claimed.push(path),
    report: (each) => {
      progress.push(each);
      onProgress?.();
    },
  });
  return { verdict, claimed, progress, workDirectory };
}

/** A copy of the lab's disk with some bytes replaced. */
function damagedCopy(directory: string, offset: number, bytes: Buffer): string {
  const copy = join(directory, "disk.raw");
  execFileSync("cp", ["--sparse=always", image.diskPath, copy]);
  const file = openSync(copy, "r+");
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
  return copy;
}

/** Any write, however small, changes it; reading gigabytes of zeros again to find out would take longer than the boot. */
const lastWritten = (path: string): bigint => statSync(path, { bigint: true }).mtimeNs;

/** QEMU processes that have `path` on their command line. */
function machinesUsing(path: string): number {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const commandLine = `/proc/${pid}/cmdline`;
      try {
        const words = readFileSync(commandLine, "utf8").split("\0");
        return words[0]?.includes("qemu-system") === true && words.some((word) => word.includes(path));
      } catch {
        return false;
      }
    }).length;
}

// Of an unharmed disk: test/e2e/browser/newcomer.test.ts.
describe.concurrent("a boot check", { skip: !isRoot }, () => {
  beforeAll(prepare, 20 * minutes);

  it(
    "of a disk without its first sector says that there is no bootable device",
    async ({ directory }) => {
      const { verdict } = check(directory, damagedCopy(directory, 0, Buffer.alloc(512)));
      expect(unwrap(await verdict)).toMatchObject({
        booted: false,
        evidence: expect.stringMatching(/^no bootable device/) as string,
      });
    },
    5 * minutes,
  );

  it(
    "of a disk whose filesystem is gone ends in GRUB's rescue prompt",
    async ({ directory }) => {
      const { verdict } = check(directory, damagedCopy(directory, mebibyte, Buffer.alloc(64 * 1024)));
      expect(unwrap(await verdict)).toMatchObject({
        booted: false,
        evidence: expect.stringMatching(/^GRUB rescue/) as string,
      });
    },
    5 * minutes,
  );

  it(
    "of a disk whose root filesystem has another UUID ends in the initramfs shell, names the UUID, and leaves the disk as it was",
    async ({ directory }) => {
      // The UUID in the superblock of ext4, which begins 1,024 bytes into the partition.
      const disk = damagedCopy(directory, mebibyte + 1_024 + 0x68, randomBytes(16));
      const before = lastWritten(disk);
      const { verdict, claimed, progress, workDirectory } = check(directory, disk);
      expect(unwrap(await verdict)).toMatchObject({
        booted: false,
        evidence: expect.stringMatching(/^initramfs shell: .*UUID=/) as string,
      });
      expect(progress.every(({ unit, total }) => unit === "seconds" && total === 600)).toBe(true);
      expect(lastWritten(disk)).toBe(before);
      const left = readdirSync(workDirectory).toSorted();
      expect(left).toEqual(["console.log", "last-screen.png", "last-screen.txt"]);
      expect(left.every((name) => claimed.includes(join(workDirectory, name)))).toBe(true);
      expect(machinesUsing(workDirectory)).toBe(0);
    },
    12 * minutes,
  );

  it(
    "that is cancelled leaves neither machine nor overlay",
    async ({ directory }) => {
      const stop = new AbortController();
      const { verdict, workDirectory } = check(directory, image.diskPath, stop.signal, () => stop.abort());
      expect(await verdict).toMatchObject({ ok: false, failure: { code: "cancelled" } });
      expect(machinesUsing(workDirectory)).toBe(0);
      expect(existsSync(join(workDirectory, "overlay-0.qcow2"))).toBe(false);
    },
    5 * minutes,
  );

  it(
    "that runs out of time says how far it came",
    async ({ directory }) => {
      const empty = join(directory, "disk.raw");
      execFileSync("touch", [empty]);
      truncateSync(empty, image.sizeBytes);
      // A boot sector that jumps to itself: the firmware starts it and nothing more is ever seen.
      const file = openSync(empty, "r+");
      writeSync(file, Buffer.from([0xeb, 0xfe]), 0, 2, 0);
      writeSync(file, Buffer.from([0x55, 0xaa]), 0, 2, 510);
      closeSync(file);
      const workDirectory = join(directory, "boot-check");
      mkdirSync(workDirectory);
      const verdict = await checkBoot({
        disks: [{ diskId: 0, replicaPath: empty, sizeBytes: image.sizeBytes }],
        workDirectory,
        firmware: "bios",
        repair: false,
        guest: null,
        memoryMiB: 128,
        timeoutSeconds: 10,
        signal: new AbortController().signal,
        claim: async () => undefined,
        report: () => undefined,
      });
      expect(unwrap(verdict)).toMatchObject({
        booted: false,
        evidence: expect.stringMatching(
          /within 10 s; it came as far as: firmware; last line: Booting from/,
        ) as string,
      });
    },
    5 * minutes,
  );
});
