/**
 * Disks that a conversion must cope with or refuse, looked at by the real appliance: one session over overlays of all
 * of them, in which each is taken by itself.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultConversion } from "../../../common/domain/conversion.ts";
import { attempt, unwrap, type Result } from "../../../common/result.ts";
import { Appliance } from "../../../intermediate/conversion/appliance.ts";
import { changedFiles, markTime } from "../../../intermediate/conversion/changed-files.ts";
import { runSteps } from "../../../intermediate/conversion/convert.ts";
import type { Inspection } from "../../../intermediate/conversion/inspect.ts";
import { inspect, openGuest, type OpenedGuest } from "../../../intermediate/conversion/open-guest.ts";
import { createOverlays } from "../../../intermediate/conversion/overlays.ts";
import { convertSettings } from "../../../intermediate/conversion/windows/convert-windows.ts";
import { HiveFile } from "../../../intermediate/conversion/windows/hive-file.ts";
import { readDword, readText } from "../../../intermediate/conversion/windows/registry.ts";
import { grubConfiguration } from "../../../intermediate/conversion/steps/grub-configuration.ts";
import { hostName } from "../../../intermediate/conversion/steps/identity.ts";
import { initramfsVirtio } from "../../../intermediate/conversion/steps/initramfs-virtio.ts";
import { network } from "../../../intermediate/conversion/steps/network.ts";
import { selinuxRelabel } from "../../../intermediate/conversion/steps/selinux-relabel.ts";
import {
  kernel,
  leaveInJournal,
  makeDisk,
  makeEncryptedDisk,
  partitionOffset,
  system,
} from "../../support/conversion/guest-disks.ts";
import { makeWindowsDisk, windowsHives } from "../../support/windows-guest/windows-disk.ts";

const names = [
  "no-kernel",
  "power-cut",
  "full-boot",
  "unknown",
  "two-systems",
  "encrypted",
  "data",
  "windows",
] as const;
type Name = (typeof names)[number];

const signal = new AbortController().signal;
const debian = system("debian", "Debian GNU/Linux 12");
const diskSignature = 0xdeadbeef;
let folder = "";
let appliance: Appliance;
let all: Inspection;

const replica = (name: Name): string => join(folder, `${name}.raw`);
const hash = (name: Name): string =>
  createHash("sha256")
    .update(readFileSync(replica(name)))
    .digest("hex");
const hashes = new Map<Name, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sma-bad-disks-"));
  makeDisk(replica("no-kernel"), [{ files: debian }]);
  const more = {
    "/etc/hostname": "before\n",
    "/etc/selinux/config": "SELINUX=enforcing\n",
    "/etc/udev/rules.d/70-persistent-net.rules": "",
    "/etc/stale": "",
  };
  // Blocks of 1 KiB, one of which is written to the journal.
  makeDisk(replica("power-cut"), [{ files: { ...debian, ...kernel, ...more }, options: ["-b", "1024"] }]);
  leaveInJournal(replica("power-cut"), 0, "/etc/hostname", "after!\n");
  // What is not filled is reserved: there is no room for anything, as in a full /boot.
  const filler = { "/srv/filler": Buffer.alloc(9 << 20, 1) };
  makeDisk(replica("full-boot"), [
    { files: { ...debian, ...kernel, ...filler }, options: ["-m", "50", "-N", "128"] },
  ]);
  const broken = { "/boot/grub/grub.cfg": "menuentry 'Linux' {\n" };
  makeDisk(replica("unknown"), [{ files: { ...system("gentoo", "Gentoo"), ...kernel, ...broken } }]);
  makeDisk(replica("two-systems"), [
    { files: { ...debian, ...kernel } },
    { files: { ...system("fedora", "Fedora Linux 40"), ...kernel } },
  ]);
  makeEncryptedDisk(replica("encrypted"));
  makeDisk(replica("data"), [{ files: { "/ledger.txt": "no system" } }]);
  makeWindowsDisk(replica("windows"), diskSignature);
  for (const name of names) hashes.set(name, hash(name));

  const disks = names.map((name, diskId) => ({ diskId, replicaPath: replica(name), sizeBytes: 43 << 20 }));
  const overlays = unwrap(await createOverlays(disks, folder, { signal, claim: async () => undefined }));
  const paths = overlays.disks.map(({ overlayPath }) => overlayPath);
  appliance = unwrap(await Appliance.start({ overlays: paths, signal }));
  all = await inspect(appliance, [], () => undefined);
  // Seconds where nothing else runs.
}, 1_200_000);
afterAll(async () => {
  await appliance.close();
  for (const name of names) expect(hash(name), `the replica of ${name}`).toBe(hashes.get(name));
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the system of one disk as a conversion of that disk alone would. */
async function open(name: Name): Promise<Result<OpenedGuest>> {
  const prefix = `/dev/sd${String.fromCharCode(97 + names.indexOf(name))}`;
  const isOurs = ({ path }: { readonly path: string }): boolean => path.startsWith(prefix);
  const inspection: Inspection = {
    devices: all.devices.filter(isOurs),
    systems: all.systems.filter(({ device }) => isOurs(device)),
    windows: all.windows.filter((path) => path.startsWith(prefix)),
  };
  const silent = (): void => undefined;
  return attempt(() => openGuest(appliance, inspection, join(folder, "scratch"), silent));
}
const close = (): Promise<string> => appliance.must("umount-all");
const options = {
  choices: defaultConversion,
  sourceFirmware: "bios",
  targetFirmware: "bios",
  report: (): void => undefined,
} as const;

it.each([
  ["no-kernel", /no kernel in \/boot/],
  ["two-systems", /several operating systems.*Debian GNU\/Linux 12.*Fedora Linux 40/],
  ["encrypted", /encrypted volume \(LUKS\)/],
  ["data", /no operating system was found/],
] as const)("a disk with %s is refused, with the cause", async (name, message) => {
  const opened = await open(name);
  await close();
  expect(opened).toMatchObject({
    failure: { code: "guest-unsupported", message: expect.stringMatching(message) as string },
  });
});

it("a journal that a power cut left is replayed on the overlay", async () => {
  const { guest } = unwrap(await open("power-cut"));
  const offset = partitionOffset(0);
  expect(readFileSync(replica("power-cut")).indexOf("after!\n"), "in the journal alone").toBeGreaterThan(
    offset,
  );
  expect(guest.tree.text("/etc/hostname")).toMatch(/^after!/);
  await close();
});

it("every file that was written, made or removed is listed, whoever did it, and SELinux labels anew", async () => {
  const { guest } = unwrap(await open("power-cut"));
  await markTime(appliance);
  const choices = { ...defaultConversion, hostName: "after" };
  const steps = [network, hostName, selinuxRelabel];
  const { changes } = await runSteps(guest, steps, { ...options, choices });
  expect(changes.at(-1)).toMatchObject({ step: "selinux-relabel", files: ["/.autorelabel"] });
  // As the system's own tools do it.
  await appliance.must("rm", "/etc/stale");
  await appliance.must("write", "/usr/bin/made", "by a tool");
  await appliance.must("chmod", "0600", "/usr/bin/true");
  const expected = [
    "/.autorelabel",
    "/etc/hostname",
    "/etc/stale",
    "/etc/udev/rules.d/70-persistent-net.rules",
  ];
  expect(await changedFiles(appliance)).toEqual([...expected, "/usr/bin/made", "/usr/bin/true"]);
  await close();
});

it("drivers that find no room in /boot stop it, and a configuration of GRUB is not begun", async () => {
  const { guest } = unwrap(await open("full-boot"));
  const done = await attempt(() => runSteps(guest, [initramfsVirtio, grubConfiguration], options));
  await close();
  expect(done).toMatchObject({
    failure: {
      code: "conversion-failed",
      message: expect.stringContaining("no room in /boot") as string,
      remedy: expect.stringContaining("Free room in /boot") as string,
    },
  });
});

it("an unknown distribution gets drivers and a configuration of GRUB without any tool of its own", async () => {
  const { guest, notes } = unwrap(await open("unknown"));
  expect(notes[0]?.what).toContain("Gentoo is a system that is not known");
  const { changes } = await runSteps(guest, [initramfsVirtio, grubConfiguration], options);
  expect(changes.map(({ step }) => step)).toEqual(["initramfs-virtio", "grub-configuration"]);
  expect((await runSteps(guest, [initramfsVirtio], options)).changes).toEqual([]);
  const uuid = guest.root.uuid ?? "none";
  expect(await appliance.must("cat", "/boot/grub/grub.cfg")).toContain(`root=UUID=${uuid} ro`);
  await close();
});

describe("a Windows on NTFS", () => {
  const device = `/dev/sd${String.fromCharCode(97 + names.indexOf("windows"))}1`;
  const isOurs = ({ path }: { readonly path: string }): boolean => path.startsWith(device.slice(0, -1));
  const convertIt = () =>
    convertSettings(
      appliance,
      { devices: all.devices.filter(isOurs), systems: [], windows: [device] },
      {
        scratchPath: join(folder, "scratch"),
        formerVolumes: [
          {
            guid: "00112233445566778899aabbccddee01",
            disk: names.indexOf("windows"),
            startBytes: partitionOffset(0),
          },
        ],
        report: () => undefined,
      },
    );
  const fetchHive = async (): Promise<HiveFile> => {
    const path = join(folder, "hive-after");
    await appliance.must("mount-vfs", "", "ntfs-3g", device, "/");
    await appliance.must("download", "/WINDOWS/System32/config/system", path);
    await close();
    return new HiveFile(readFileSync(path));
  };

  it("gets the settings that its target needs, and its filesystem is in order", async () => {
    // The overlay gets the tree: NTFS cannot be filled without mounting it.
    await appliance.must("mount-vfs", "", "ntfs-3g", device, "/");
    await appliance.must("mkdir-p", "/WINDOWS/System32/config");
    await appliance.must("mkdir-p", "/WINDOWS/System32/drivers");
    await appliance.must("write", "/WINDOWS/System32/drivers/Atapi.sys", "driver");
    for (const [name, path] of Object.entries(windowsHives(folder)))
      await appliance.must("upload", path, `/WINDOWS/System32/config/${name}`);
    await close();

    const { guest, changes, notes } = unwrap(await attempt(convertIt));
    expect(guest).toMatchObject({ platform: "windows", name: "Windows Server 2008 R2 Standard" });
    expect(changes.map(({ step }) => step).toSorted()).toEqual([
      ...["windows-boot-drivers", "windows-clock", "windows-disk-policy", "windows-drive-letters"],
      ...["windows-old-tools", "windows-remote-desktop"],
    ]);
    expect(changes[0]?.files).toEqual(["/WINDOWS/System32/config/system"]);
    expect(notes).toEqual([]);

    const hive = await fetchHive();
    expect(readDword(hive, "ControlSet001\\Services\\partmgr\\Parameters", "SanPolicy")).toBe(1);
    expect(readDword(hive, "ControlSet001\\Services\\VMTools", "Start")).toBe(4);
    expect(readDword(hive, "ControlSet001\\Services\\atapi", "Start")).toBe(0);
    expect(readText(hive, "ControlSet001\\Services\\VMTools", "DisplayName")).toBe("VMware Tools");
    const letter = hive.value("MountedDevices", "\\DosDevices\\C:")?.data;
    expect(letter?.readUInt32LE()).toBe(diskSignature);
    expect(letter?.readBigUInt64LE(4)).toBe(BigInt(partitionOffset(0)));
    expect((await convertIt()).changes).toEqual([]);
  });

  it("whose registry waits for its log is left as it is, with the reason", async () => {
    const hive = (await fetchHive()).finish();
    hive.writeUInt32LE(hive.readUInt32LE(4) + 1, 4);
    hive.writeUInt32LE((hive.readUInt32LE(0x1fc) ^ hive.readUInt32LE(4) ^ hive.readUInt32LE(8)) >>> 0, 0x1fc);
    const path = join(folder, "unclean");
    writeFileSync(path, hive);
    await appliance.must("mount-vfs", "", "ntfs-3g", device, "/");
    await appliance.must("upload", path, "/WINDOWS/System32/config/system");
    await close();
    const { changes, notes } = await convertIt();
    expect(changes).toEqual([]);
    expect(notes.map(({ what }) => what)).toEqual([
      expect.stringContaining("its log waits to be replayed") as string,
    ]);
  });
});
