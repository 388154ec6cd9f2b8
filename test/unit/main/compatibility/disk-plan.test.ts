import { describe, expect, it } from "vitest";
import type { Facts } from "../../../../common/domain/facts.ts";
import { diskMapSchema, type DiskMap } from "../../../../common/domain/assessment.ts";
import { assess } from "../../../../main/compatibility/assess.ts";
import { content, device, gib, mib, partition, plainLinux, usage } from "./sample-facts.ts";

function disksOf(devices: Facts["storage"]["devices"]): readonly DiskMap[] {
  const facts = plainLinux();
  const { disks } = assess("a", { ...facts, storage: { ...facts.storage, devices, mounts: [] } });
  for (const disk of disks) expect(diskMapSchema.safeParse(disk).success).toBe(true);
  return disks;
}

const lvmServer = [
  device("/dev/sda", { sizeBytes: 100 * gib, partitionTable: "mbr" }),
  partition("/dev/sda1", "/dev/sda", 1, mib, gib, {
    content: content("ext4"),
    mountPoints: ["/boot"],
    usage: usage(gib, 100 * mib),
  }),
  partition("/dev/sda2", "/dev/sda", 2, gib + mib, 60 * gib, {
    content: content("LVM2_member"),
    volumeGroup: "vg0",
  }),
  device("/dev/sdb", {
    sizeBytes: 50 * gib,
    content: content("LVM2_member"),
    volumeGroup: "vg0",
    partitionTable: "none",
  }),
  device("/dev/mapper/vg0-root", {
    kind: "lvm",
    parents: ["/dev/sda2", "/dev/sdb"],
    sizeBytes: 100 * gib,
    content: content("xfs"),
    mountPoints: ["/"],
    usage: usage(100 * gib, 30 * gib),
    volumeGroup: "vg0",
  }),
  device("/dev/mapper/vg0-swap", {
    kind: "lvm",
    parents: ["/dev/sda2"],
    sizeBytes: 4 * gib,
    content: content("swap"),
    volumeGroup: "vg0",
  }),
];

describe("a disk's map", () => {
  it("keeps the layout with block replication and says so for every region", () => {
    const [sda] = disksOf(lvmServer);
    expect(sda?.after.block).toEqual(sda?.before);
    expect(sda?.before.map((region) => [region.name, region.kind])).toEqual([
      ["/dev/sda1", "partition"],
      ["/dev/sda2", "partition"],
      ["", "free"],
    ]);
    expect(sda?.before.every((region) => region.effects.block === "kept")).toBe(true);
  });

  it("turns logical volumes into standard partitions with file replication and leaves swap out", () => {
    const [sda, sdb] = disksOf(lvmServer);
    expect(sda?.after.file.map((region) => [region.name, region.content, region.effects.file])).toEqual([
      ["/dev/sda1", "ext4", "kept"],
      ["/dev/mapper/vg0-root", "xfs", "changed"],
    ]);
    expect(sdb?.after.file).toEqual([]);
    const volumes = sda?.before[1]?.volumes ?? [];
    expect(volumes.map((volume) => [volume.name, volume.effects.file])).toEqual([
      ["/dev/mapper/vg0-root", "changed"],
      ["/dev/mapper/vg0-swap", "left-out"],
    ]);
  });

  it("exists for every disk, whatever is known of it", () => {
    const disks = disksOf([
      device("/dev/sda"),
      device("/dev/sdb", { sizeBytes: 0 }),
      device("/dev/sdc", { sizeBytes: gib, isRemovable: true }),
      device("/dev/sdd", { sizeBytes: gib, content: content("none") }),
    ]);
    expect(disks.map((disk) => [disk.id, disk.treatment, disk.before[0]?.kind])).toEqual([
      ["/dev/sda", "copied", "undetermined"],
      ["/dev/sdb", "empty", "undetermined"],
      ["/dev/sdc", "removable", "undetermined"],
      ["/dev/sdd", "copied", "whole-disk"],
    ]);
  });

  it("copies a removable disk that the server works with", () => {
    const [disk] = disksOf([
      device("/dev/sda", { sizeBytes: 10 * gib, isRemovable: true, transport: "usb", partitionTable: "mbr" }),
      partition("/dev/sda1", "/dev/sda", 1, mib, 9 * gib, { content: content("ext4"), mountPoints: ["/"] }),
    ]);
    expect(disk?.treatment).toBe("copied");
  });

  it("leaves a stick behind that Windows gave a letter to", () => {
    const stick = device("\\\\.\\PHYSICALDRIVE1", { sizeBytes: gib, transport: "usb" });
    const [disk] = disksOf([
      stick,
      device("E:", { kind: "volume", parents: [stick.id], mountPoints: ["E:\\"] }),
    ]);
    expect(disk?.treatment).toBe("removable");
  });

  it("ends where devices name each other as parents", () => {
    const disks = disksOf([
      device("/dev/sda", { sizeBytes: gib, parents: ["/dev/mapper/b"] }),
      device("/dev/mapper/a", { kind: "lvm", parents: ["/dev/mapper/b", "/dev/sda"] }),
      device("/dev/mapper/b", { kind: "lvm", parents: ["/dev/mapper/a", "/dev/mapper/b", "/dev/gone"] }),
    ]);
    expect(disks).toHaveLength(1);
  });

  it("counts what it leaves out of a disk with twenty thousand partitions", () => {
    const many = Array.from({ length: 20_000 }, (_, at) =>
      partition(`/dev/sda${at + 1}`, "/dev/sda", at + 1, at * 8 * mib, mib),
    );
    const [disk] = disksOf([device("/dev/sda", { sizeBytes: 1000 * gib, partitionTable: "gpt" }), ...many]);
    expect(disk?.before.length).toBeLessThan(100);
    expect((disk?.before.length ?? 0) + (disk?.omittedRegions ?? 0)).toBeGreaterThanOrEqual(20_000);
  });
});
