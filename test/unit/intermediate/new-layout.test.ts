import { describe, expect, it } from "vitest";
import type { MovedDevices } from "../../../common/domain/conversion.ts";
import { argumentsAfter, fstabAfter } from "../../../intermediate/conversion/steps/new-layout.ts";
import { tableScript } from "../../../intermediate/layout/partition-table.ts";
import { mebibyte } from "../../../common/domain/target-layout.ts";
import { partitionChange } from "../../../main/cli/file-options.ts";
import { movedDevices, rebasedExcludes } from "../../../main/migrations/file-layout.ts";

const moved: MovedDevices = [
  {
    names: ["/dev/mapper/vg-root", "/dev/vg/root", "UUID=aa"],
    mountPoint: "/",
    name: "UUID=aa",
    type: "xfs",
  },
  { names: ["/dev/mapper/vg-home"], mountPoint: "/home", name: null, type: "ext4" },
  { names: ["/dev/mapper/vg-swap"], mountPoint: null, name: "UUID=cc", type: "swap" },
];

describe("fstab in a new layout", () => {
  it("names the new filesystems and their types, and drops options that only the old one knew", () => {
    const { text, changes } = fstabAfter(
      [
        "# kept",
        "/dev/mapper/vg-root / ext4 errors=remount-ro,noatime 0 1",
        "/dev/mapper/vg-home /home xfs defaults 0 0",
        "/dev/mapper/vg-swap none swap sw 0 0",
        "/swapfile none swap sw 0 0",
        "/home/shared /srv/shared none bind 0 0",
        "tmpfs /tmp tmpfs defaults 0 0",
        "",
      ].join("\n"),
      moved,
    );
    expect(text.split("\n")).toEqual([
      "# kept",
      "UUID=aa / xfs noatime 0 0",
      "# /dev/mapper/vg-home /home xfs defaults 0 0",
      "UUID=cc none swap sw 0 0",
      "# /swapfile none swap sw 0 0",
      "/home/shared /srv/shared none bind 0 0",
      "tmpfs /tmp tmpfs defaults 0 0",
      "",
    ]);
    expect(changes).toHaveLength(4);
  });

  it("stays as it is where nothing moved", () => {
    const same = "UUID=aa / xfs noatime 0 0\n";
    expect(fstabAfter(same, moved)).toEqual({ text: same, changes: [] });
  });
});

describe("kernel arguments in a new layout", () => {
  it("name the new root and wait for no volume group", () => {
    const before = `GRUB_CMDLINE_LINUX="rd.lvm.lv=vg/root rd.lvm.lv=vg/swap root=/dev/mapper/vg-root resume=/dev/mapper/vg-swap quiet"`;
    expect(argumentsAfter(before, moved)).toBe(`GRUB_CMDLINE_LINUX="root=UUID=aa resume=UUID=cc quiet"`);
  });
});

describe("a new disk's table", () => {
  it("has aligned partitions one after another", () => {
    const script = tableScript({
      table: "mbr",
      sizeBytes: 100 * mebibyte,
      partitions: [
        { role: "swap", sizeBytes: 8 * mebibyte, label: null, uuid: null },
        {
          role: "data",
          mountPoint: "/",
          filesystem: "ext4",
          sizeBytes: 64 * mebibyte,
          label: null,
          uuid: null,
        },
      ],
    });
    expect(script.split("\n").slice(3, 5)).toEqual([
      "start=2048, size=16384, type=82",
      "start=18432, size=131072, type=83, bootable",
    ]);
  });
});

describe("where devices went", () => {
  it("follows partitions, and joined filesystems have no name any more", () => {
    const volume = (mountPoint: string) => ({
      mountPoint,
      filesystem: "ext4",
      device: mountPoint,
      names: [`/dev/x${mountPoint}`],
      disk: "/dev/sda",
      subvolume: null,
      sizeBytes: 1,
      usedBytes: 1,
      inodesUsed: 1,
    });
    const layout = {
      disks: [
        {
          table: "mbr" as const,
          sizeBytes: 1,
          partitions: [
            {
              role: "data" as const,
              mountPoint: "/",
              filesystem: "xfs" as const,
              sizeBytes: 1,
              label: null,
              uuid: "u",
            },
          ],
        },
      ],
    };
    const basis = { firmware: "bios" as const, volumes: [volume("/"), volume("/home")], swaps: [] };
    expect(movedDevices({ layout, basis })).toEqual([
      { names: ["/dev/x/"], mountPoint: "/", name: "UUID=u", type: "xfs" },
      { names: ["/dev/x/home"], mountPoint: "/home", name: null, type: "xfs" },
    ]);
  });

  it("takes the root's exclude list along to the filesystems below", () => {
    const list = "/var/cache/yum/*\n- /var/lib/docker/*\n/tmp/*\n# words";
    expect(rebasedExcludes(list, "/var")).toBe("/cache/yum/*\n- /lib/docker/*");
    expect(rebasedExcludes(list, "/")).toBe(list);
  });
});

describe("--partition", () => {
  it("takes sizes, filesystems and joining", () => {
    expect(partitionChange("/home=1.5G,xfs")).toEqual({
      partition: "/home",
      sizeBytes: 1536 * mebibyte,
      filesystem: "xfs",
    });
    expect(partitionChange("/var=join")).toEqual({ partition: "/var", joined: true });
    expect(partitionChange("swap=512M")).toEqual({ partition: "swap", sizeBytes: 512 * mebibyte });
  });
  it.each(["home=1G", "/home", "/home=btrfs", "/home=1X"])("refuses %s by name", (given) => {
    expect(() => partitionChange(given)).toThrow(/--partition/);
  });
});
