import { describe, expect, it } from "vitest";
import {
  isVolatile,
  parseFstab,
  positionOf,
  replaceEntry,
  resolveDevice,
  stableName,
} from "../../../../intermediate/conversion/fstab.ts";
import { withSourceNames } from "../../../../intermediate/conversion/inspect.ts";
import { disk, partition, volume } from "../../../support/conversion/devices.ts";

const text = `# a comment
UUID=aaaa-1 /     ext4  errors=remount-ro 0 1

/dev/sdb1\t/data\\040files xfs\tdefaults,noatime\t0\t0 # the second disk
/dev/sda2 none swap sw
`;

describe("fstab", () => {
  it("is read with escapes, missing fields and comments", () => {
    expect(parseFstab(text)).toMatchObject([
      { line: 1, device: "UUID=aaaa-1", mountPoint: "/", type: "ext4", options: ["errors=remount-ro"] },
      { line: 3, device: "/dev/sdb1", mountPoint: "/data files", options: ["defaults", "noatime"] },
      { line: 4, device: "/dev/sda2", mountPoint: "none", type: "swap", options: ["sw"] },
    ]);
  });

  it("keeps everything but the field that changes", () => {
    const [, data, swap] = parseFstab(text);
    if (data === undefined || swap === undefined) throw new Error("not parsed");
    expect(replaceEntry(text, data, { device: "UUID=bbbb" })).toBe(text.replace("/dev/sdb1", "UUID=bbbb"));
    expect(replaceEntry(text, data, { addOptions: ["nofail"] })).toContain(
      "/dev/sdb1\t/data\\040files xfs\tnoatime,nofail\t0\t0 # the second disk",
    );
    expect(replaceEntry(text, swap, { addOptions: ["nofail"] })).toContain("/dev/sda2 none swap sw,nofail\n");
  });
});

describe("a device's name", () => {
  it.each([
    "/dev/sda1",
    "/dev/hdb",
    "/dev/xvda1",
    "/dev/nvme0n1p2",
    "/dev/cciss/c0d0p1",
    "/dev/disk/by-path/pci-1",
  ])("%s depends on the machine", (name) => expect(isVolatile(name)).toBe(true));
  it.each([
    "UUID=1",
    "LABEL=root",
    "/dev/mapper/vg-root",
    "/dev/vg/root",
    "/dev/disk/by-uuid/1",
    "/dev/md0",
    "proc",
  ])("%s does not", (name) => expect(isVolatile(name)).toBe(false));

  it("tells disk and partition", () => {
    expect(positionOf("/dev/sda1")).toEqual({ disk: 0, partition: 1 });
    expect(positionOf("/dev/vdab12")).toEqual({ disk: 27, partition: 12 });
    expect(positionOf("/dev/nvme1n1p3")).toEqual({ disk: 1, partition: 3 });
    expect(positionOf("/dev/cciss/c0d1p2")).toEqual({ disk: 1, partition: 2 });
    expect(positionOf("/dev/disk/by-id/ata-X-part1")).toBeNull();
  });

  it("is found on the disks at hand, however it was written", () => {
    const root = partition(0, 1, { type: "ext4", uuid: "AAAA-1", label: "top", partitionUuid: "p-1" });
    const lv = volume("vg", "root", { type: "xfs", uuid: "x-1" });
    const devices = [disk(0), root, lv];
    for (const name of [
      "UUID=aaaa-1",
      'UUID="AAAA-1"',
      "LABEL=top",
      "PARTUUID=p-1",
      "/dev/hda1",
      "/dev/nvme0n1p1",
    ]) {
      expect(resolveDevice(name, devices), name).toBe(root);
    }
    for (const name of ["/dev/disk/by-uuid/AAAA-1", "/dev/disk/by-label/top"]) {
      expect(resolveDevice(name, devices), name).toBe(root);
    }
    for (const name of ["/dev/vg/root", "/dev/mapper/vg-root"])
      expect(resolveDevice(name, devices), name).toBe(lv);
    expect(resolveDevice("/dev/sdb1", devices)).toBeUndefined();
    expect(stableName(root)).toBe("UUID=AAAA-1");
    expect(stableName(lv)).toBe("/dev/mapper/vg-root");
  });
});

describe("a device's name where the source's disks are known", () => {
  /** Two of the source's disks, of which the second had another one before it. */
  const migrated = (...paths: readonly string[]) =>
    withSourceNames(
      {
        devices: [
          disk(0),
          partition(0, 1, { type: "ext4", uuid: "root" }),
          disk(1),
          partition(1, 1, { type: "ext4", uuid: "data" }),
        ],
        systems: [],
        windows: [],
      },
      paths,
    ).devices;
  const uuidOf = (name: string, ...paths: readonly string[]) => resolveDevice(name, migrated(...paths))?.uuid;

  it("means that disk, whatever its place among those that were migrated", () => {
    expect(uuidOf("/dev/sdc1", "/dev/sda", "/dev/sdc")).toBe("data");
    expect(uuidOf("/dev/sda1", "/dev/sda", "/dev/sdc")).toBe("root");
    expect(uuidOf("/dev/sda1", "/dev/nvme0n1", "/dev/sda")).toBe("data");
    expect(uuidOf("/dev/nvme0n1p1", "/dev/nvme0n1", "/dev/sda")).toBe("root");
  });

  it("means none where that disk stayed behind, not the one in its place", () => {
    expect(uuidOf("/dev/sdb1", "/dev/sda", "/dev/sdc")).toBeUndefined();
    expect(uuidOf("/dev/nvme1n1p1", "/dev/nvme0n1", "/dev/sda")).toBeUndefined();
  });

  it("goes by the place where it is of another driver's time, or nothing is known", () => {
    expect(uuidOf("/dev/hda1", "/dev/sda", "/dev/sdc")).toBe("root");
    expect(uuidOf("/dev/sdb1", "/dev/mapper/mpatha", "/dev/mapper/mpathb")).toBe("data");
    expect(uuidOf("/dev/sdb1")).toBe("data");
  });
});
