import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../common/domain/bundle.ts";
import { checkLayout, settleLayout } from "../../../common/domain/check-layout.ts";
import { deriveLayout, layoutBasisOf } from "../../../common/domain/derive-layout.ts";
import { leastPartitionBytes, overheadBytes } from "../../../common/domain/partition-capacity.ts";
import {
  filePlanSchema,
  mebibyte,
  partitionFor,
  targetLayoutSchema,
  volumesOf,
  type FilePlan,
  type LayoutBasis,
  type TargetLayout,
} from "../../../common/domain/target-layout.ts";
import { unwrap } from "../../../common/result.ts";
import { factsFromBundle } from "../../../main/inventory/facts-from-bundle.ts";

const gibibyte = 1024 * mebibyte;

/** A disk with a boot partition and a volume group with root, home and swap. */
const lsblk = (table: string): string =>
  JSON.stringify({
    blockdevices: [
      {
        name: "sda",
        size: 20 * gibibyte,
        type: "disk",
        pttype: table,
        children: [
          {
            name: "sda1",
            size: gibibyte,
            type: "part",
            mountpoint: "/boot",
            fstype: "ext4",
            uuid: "11111111-1111-4111-8111-111111111111",
          },
          {
            name: "sda2",
            size: 19 * gibibyte,
            type: "part",
            fstype: "LVM2_member",
            children: [
              {
                name: "vg0-root",
                size: 8 * gibibyte,
                type: "lvm",
                mountpoint: "/",
                fstype: "ext4",
                uuid: "22222222-2222-4222-8222-222222222222",
                label: "root",
              },
              {
                name: "vg0-home",
                size: 10 * gibibyte,
                type: "lvm",
                mountpoint: "/home",
                fstype: "reiserfs",
                uuid: "33333333-3333-4333-8333-333333333333",
              },
              {
                name: "vg0-swap",
                size: gibibyte,
                type: "lvm",
                mountpoint: "[SWAP]",
                fstype: "swap",
                uuid: "44444444-4444-4444-8444-444444444444",
                label: "swap0",
              },
            ],
          },
        ],
      },
    ],
  });

const usage = `Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/mapper/vg0-root 8000000 2000000 5500000 27% /
/dev/sda1 1000000 100000 850000 11% /boot
/dev/mapper/vg0-home 10000000 4000000 6000000 40% /home
`;

const mounts = `/dev/mapper/vg0-root / ext4 rw 0 0
proc /proc proc rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/sda1 /boot ext4 rw 0 0
/dev/mapper/vg0-home /home reiserfs rw 0 0
/dev/mapper/vg0-home /srv/shared reiserfs rw 0 0
nas:/export /mnt/nas nfs rw 0 0
`;

function planned(table = "gpt"): { basis: LayoutBasis; layout: TargetLayout } {
  const commands = { "lsblk -J -b": lsblk(table), "df -P": usage };
  const facts = factsFromBundle(
    bundleSchema.parse({
      format: 1,
      platform: "linux",
      files: { "/proc/mounts": mounts },
      commands: Object.fromEntries(
        Object.entries(commands).map(([name, stdout]) => [name, { stdout, stderr: "", exitCode: 0 }]),
      ),
    }),
  );
  const basis = layoutBasisOf(facts);
  return { basis, layout: deriveLayout(facts, basis) };
}

const plan = (given: Partial<FilePlan>): FilePlan => ({ ...filePlanSchema.parse({}), ...given });

describe("a proposed layout", () => {
  it("makes every mounted local filesystem a standard partition and nothing else", () => {
    const { basis, layout } = planned();
    expect(basis.volumes.map(({ mountPoint, disk }) => [mountPoint, disk])).toEqual([
      ["/", "/dev/sda"],
      ["/boot", "/dev/sda"],
      ["/home", "/dev/sda"],
    ]);
    expect(layout.disks).toHaveLength(1);
    expect(
      layout.disks[0]?.partitions.map((each) => [each.role, "mountPoint" in each ? each.mountPoint : ""]),
    ).toEqual([
      ["bios-boot", ""],
      ["data", "/boot"],
      ["swap", ""],
      ["data", "/"],
      ["data", "/home"],
    ]);
    expect(targetLayoutSchema.parse(layout)).toEqual(layout);
    expect(checkLayout(layout, basis)).toEqual([]);
  });

  it("keeps labels and UUIDs, also where the filesystem becomes another", () => {
    const { layout } = planned();
    expect(partitionFor(layout, "/home")).toMatchObject({
      filesystem: "ext4",
      uuid: "33333333-3333-4333-8333-333333333333",
    });
    expect(partitionFor(layout, "/")).toMatchObject({ label: "root" });
    expect(layout.disks[0]?.partitions.find(({ role }) => role === "swap")).toMatchObject({
      label: "swap0",
      uuid: "44444444-4444-4444-8444-444444444444",
    });
  });

  it("keeps an MBR as long as four partitions are enough", () => {
    const { layout, basis } = planned("dos");
    expect(layout.disks[0]?.table).toBe("mbr");
    expect(layout.disks[0]?.partitions.some(({ role }) => role === "bios-boot")).toBe(false);
    expect(checkLayout(layout, basis)).toEqual([]);
  });

  it("knows the names under which a system may speak of a volume", () => {
    const { basis } = planned();
    expect(basis.volumes[0]?.names).toEqual(
      expect.arrayContaining([
        "/dev/mapper/vg0-root",
        "/dev/vg0/root",
        "UUID=22222222-2222-4222-8222-222222222222",
        "LABEL=root",
      ]),
    );
  });
});

describe("a changed layout", () => {
  it("shrinks a partition and its disk with it", () => {
    const { basis, layout } = planned();
    const changes = [{ partition: "/home", sizeBytes: 6 * gibibyte, filesystem: "xfs" as const }];
    const settled = unwrap(settleLayout(layout, plan({ changes }), basis));
    expect(partitionFor(settled, "/home")).toMatchObject({ sizeBytes: 6 * gibibyte, filesystem: "xfs" });
    expect((layout.disks[0]?.sizeBytes ?? 0) - (settled.disks[0]?.sizeBytes ?? 0)).toBe(4 * gibibyte);
  });

  it("is refused by name where the files do not fit", () => {
    const { basis, layout } = planned();
    const changes = [{ partition: "/home", sizeBytes: gibibyte }];
    const refused = settleLayout(layout, plan({ changes }), basis);
    expect(refused).toMatchObject({ ok: false, failure: { code: "input-invalid" } });
    if (refused.ok) return;
    expect(refused.failure.context["field"]).toBe("files.layout.disks.0.partitions.4.sizeBytes");
    expect(refused.failure.message).toContain("/home: 1024 MiB of ext4 do not hold");
  });

  it("joins a filesystem's files with those above it where it has no partition of its own", () => {
    const { basis, layout } = planned();
    const changes = [
      { partition: "/home", joined: true },
      { partition: "/", sizeBytes: 9 * gibibyte },
    ];
    const settled = unwrap(settleLayout(layout, plan({ changes }), basis));
    const root = partitionFor(settled, "/home");
    expect(root?.mountPoint).toBe("/");
    expect(root && volumesOf(settled, basis.volumes, root).map(({ mountPoint }) => mountPoint)).toEqual([
      "/",
      "/home",
    ]);
  });

  it("counts inodes as well as bytes", () => {
    const { basis, layout } = planned();
    const volumes = basis.volumes.map((volume) =>
      volume.mountPoint === "/home"
        ? { ...volume, usedBytes: 100 * mebibyte, inodesUsed: 40_000_000 }
        : volume,
    );
    const problems = checkLayout(layout, { ...basis, volumes });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message.what).toContain("40000000 files");
  });

  it.each([
    ["a second partition for the same mount point", "mountPoint", (all: TargetLayout) => duplicate(all)],
    ["no root", "disks", (all: TargetLayout) => without(all, "/")],
    ["no BIOS boot partition", "disks.0.partitions", (all: TargetLayout) => withoutRole(all, "bios-boot")],
    ["a disk that is too small", "disks.0.sizeBytes", (all: TargetLayout) => smaller(all)],
    ["five partitions on an MBR", "disks.0.table", (all: TargetLayout) => asMbr(all)],
  ])("with %s is refused", (_what, field, change) => {
    const { basis, layout } = planned();
    expect(checkLayout(change(layout), basis).some((problem) => problem.field.endsWith(field))).toBe(true);
  });
});

describe("the least size", () => {
  it.each(["ext4", "xfs"] as const)("of a %s holds what it is for after its own needs", (filesystem) => {
    for (const used of [0, mebibyte, 700 * mebibyte, 9 * gibibyte, 3000 * gibibyte]) {
      const least = leastPartitionBytes(filesystem, used, used / 8192);
      expect(least % mebibyte).toBe(0);
      expect(least - overheadBytes(filesystem, least, used / 8192)).toBeGreaterThanOrEqual(used);
    }
  });
});

type Partition = TargetLayout["disks"][number]["partitions"][number];
const mapped = (layout: TargetLayout, change: (list: Partition[]) => Partition[]): TargetLayout => ({
  disks: layout.disks.map((disk) => ({ ...disk, partitions: change(disk.partitions) })),
});
const isAt = (each: Partition, path: string): boolean => "mountPoint" in each && each.mountPoint === path;
const without = (layout: TargetLayout, path: string) =>
  mapped(layout, (list) => list.filter((each) => !isAt(each, path)));
const withoutRole = (layout: TargetLayout, role: string) =>
  mapped(layout, (list) => list.filter((each) => each.role !== role));
const duplicate = (layout: TargetLayout) =>
  mapped(layout, (list) => [...list, ...list.filter((each) => isAt(each, "/home"))]);
const smaller = (layout: TargetLayout): TargetLayout => ({
  disks: layout.disks.map((disk) => ({ ...disk, sizeBytes: disk.sizeBytes - mebibyte })),
});
const asMbr = (layout: TargetLayout): TargetLayout => ({
  disks: layout.disks.map((disk) => ({ ...disk, table: "mbr" as const })),
});
