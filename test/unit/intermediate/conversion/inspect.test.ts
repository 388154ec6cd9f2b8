import { describe, expect, it } from "vitest";
import {
  bootDisk,
  chooseSystem,
  familyOf,
  hasEmptyBootCode,
  parseInspection,
} from "../../../../intermediate/conversion/inspect.ts";
import { resolveDevice } from "../../../../intermediate/conversion/fstab.ts";
import { compareVersions } from "../../../../intermediate/conversion/open-guest.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const system = (device: string, name: string, kernel = "/boot/vmlinuz-6.1"): string =>
  `system ${device} -\nfile=etc/os-release ${base64(`ID=debian\nPRETTY_NAME="${name}"\n`)}\nfile=etc/fstab ${base64("UUID=r-1 / ext4 defaults 0 1\n")}\n${kernel === "" ? "" : `kernel=${kernel}\n`}`;
const devices = `device /dev/sda
PTTYPE=dos
bootcode=${Buffer.alloc(440, 1).toString("base64")}
device /dev/sda1
UUID=r-1
TYPE=ext4
PART_ENTRY_NUMBER=1
PART_ENTRY_TYPE=0x83
device /dev/mapper/vg-data
UUID=x-1
TYPE=xfs
volume=vg/data
`;

describe("an inspection", () => {
  it("tells devices, their volumes and the system with its fstab", () => {
    const { devices: found, systems } = parseInspection(`${devices}${system("/dev/sda1", "Debian 12")}end\n`);
    expect(found.map(({ path, type, table, volume }) => [path, type, table, volume])).toEqual([
      ["/dev/sda", null, "dos", null],
      ["/dev/sda1", "ext4", null, null],
      ["/dev/mapper/vg-data", "xfs", null, "vg/data"],
    ]);
    expect(found[0]?.bootCode).toHaveLength(440);
    expect(systems).toMatchObject([{ subvolume: null, hasKernel: true, fstab: [{ mountPoint: "/" }] }]);
  });

  it("names disks by the order in which they were given, whatever the appliance's kernel made of it", () => {
    const told = `own 8:0
disk sda 2:0:2:0 8:0
disk sdb 2:0:1:0 8:16
disk sdc 2:0:0:0 8:32
device /dev/sda
TYPE=ext2
device /dev/sdb
PTTYPE=dos
device /dev/sdc1
UUID=r-1
`;
    const found = parseInspection(`${told}${system("/dev/sdc1", "Debian 12")}windows /dev/sdb\nend\n`);
    expect(found.devices.map(({ path, node }) => [path, node])).toEqual([
      ["/dev/sdb", "/dev/sdb"],
      ["/dev/sda1", "/dev/sdc1"],
    ]);
    expect(found.systems[0]?.device.path).toBe("/dev/sda1");
    expect(resolveDevice("/dev/vda1", found.devices)?.uuid).toBe("r-1");
    expect(resolveDevice("/dev/sdc", found.devices)).toBeUndefined();
  });

  it("takes neither the appliance's own disk nor an empty data disk for the one that boots", () => {
    const disk = (name: string, code: number, table = "PTTYPE=gpt\n") =>
      `device ${name}\n${table}bootcode=${Buffer.alloc(440, code).toString("base64")}\n`;
    const { devices: found } = parseInspection(
      `${disk("/dev/sda", 0, "TYPE=ext2\n")}${disk("/dev/sdb", 0)}${disk("/dev/sdc", 1)}end\n`,
    );
    expect(found[0]?.bootCode).toBeNull();
    expect(bootDisk(found)?.path).toBe("/dev/sdc");
    const emptied = bootDisk(found.filter(({ path }) => path !== "/dev/sdc"));
    expect(emptied?.path).toBe("/dev/sdb");
    expect(emptied !== undefined && hasEmptyBootCode(emptied)).toBe(true);
  });

  it("chooses the one system with a kernel", () => {
    const text = `${devices}${system("/dev/sda1", "Debian 12")}${system("/dev/mapper/vg-data", "a chroot", "")}end\n`;
    expect(chooseSystem(parseInspection(text))).toMatchObject({
      ok: true,
      value: { device: { path: "/dev/sda1" } },
    });
  });

  it.each([
    [
      "two systems without a kernel",
      `${devices}${system("/dev/sda1", "Debian 12", "")}${system("/dev/mapper/vg-data", "Debian 13", "")}end\n`,
      /several operating systems.*Debian 13/,
    ],
    [
      "two systems",
      `${devices}${system("/dev/sda1", "Debian 12")}${system("/dev/mapper/vg-data", "Debian 13")}end\n`,
      /several operating systems.*Debian 13/,
    ],
    ["an encrypted one", "device /dev/sda1\nTYPE=crypto_LUKS\nend\n", /encrypted/],
    ["none at all", `${devices}end\n`, /no operating system/],
  ])("stops with a cause at %s", (_, text, message) => {
    const chosen = chooseSystem(parseInspection(text));
    expect(chosen).toMatchObject({
      failure: { code: "guest-unsupported", message: expect.stringMatching(message) as string },
    });
  });
});

describe("a distribution's family", () => {
  it.each([
    [{ ID: "ubuntu", ID_LIKE: "debian" }, "debian"],
    [{ ID: "rocky", ID_LIKE: "rhel centos fedora" }, "redhat"],
    [{ ID: "fedora" }, "redhat"],
    [{ ID: "sles", ID_LIKE: "suse" }, "suse"],
    [{ ID: "opensuse-leap" }, "suse"],
    [{ ID: "gentoo" }, "other"],
    [{}, "other"],
  ] as const)("of %j is %s", (release, family) => expect(familyOf(release)).toBe(family));
});

it("kernels are ordered by their numbers", () => {
  const versions = ["6.1.0-9-amd64", "6.1.0-10-amd64", "5.10.0-30-amd64", "6.12.3-amd64"];
  expect(versions.toSorted(compareVersions)).toEqual([
    "5.10.0-30-amd64",
    "6.1.0-9-amd64",
    "6.1.0-10-amd64",
    "6.12.3-amd64",
  ]);
});
