import { describe, expect, test } from "vitest";
import type {
  WindowsGuest,
  WindowsStep,
  WindowsVersion,
} from "../../../../../intermediate/conversion/windows/guest.ts";
import {
  dwordValue,
  readDword,
  readText,
  textValue,
  type Hive,
  type RegistryValue,
} from "../../../../../intermediate/conversion/windows/registry.ts";
import { activation } from "../../../../../intermediate/conversion/windows/steps/activation.ts";
import { bootDrivers } from "../../../../../intermediate/conversion/windows/steps/boot-drivers.ts";
import { clock } from "../../../../../intermediate/conversion/windows/steps/clock.ts";
import { diskPolicy } from "../../../../../intermediate/conversion/windows/steps/disk-policy.ts";
import { driveLetters } from "../../../../../intermediate/conversion/windows/steps/drive-letters.ts";
import { windowsOldTools } from "../../../../../intermediate/conversion/windows/steps/old-tools.ts";
import { remoteDesktop } from "../../../../../intermediate/conversion/windows/steps/remote-desktop.ts";

const set = "ControlSet001";

class MemoryHive implements Hive {
  readonly keys = new Map<string, Map<string, RegistryValue>>();
  writes = 0;
  values(key: string): readonly RegistryValue[] | null {
    const values = this.keys.get(key.toLowerCase());
    return values === undefined ? null : [...values.values()];
  }
  value(key: string, name: string): RegistryValue | null {
    return this.keys.get(key.toLowerCase())?.get(name.toLowerCase()) ?? null;
  }
  hasKey(key: string): boolean {
    return [...this.keys.keys()].some(
      (each) => each === key.toLowerCase() || each.startsWith(`${key.toLowerCase()}\\`),
    );
  }
  set(key: string, value: RegistryValue): void {
    this.writes += 1;
    const values = this.keys.get(key.toLowerCase()) ?? new Map<string, RegistryValue>();
    this.keys.set(key.toLowerCase(), values.set(value.name.toLowerCase(), value));
  }
}

const server2003 = { major: 5, minor: 2, product: "Microsoft Windows Server 2003" };
const server2008 = { major: 6, minor: 0, product: "Windows Server 2008" };
const server2022 = { major: 10, minor: 0, product: "Windows Server 2022 Datacenter" };

function guestOf(version: WindowsVersion, values: readonly (readonly [string, RegistryValue])[] = []) {
  const system = new MemoryHive();
  for (const [key, value] of values) system.set(key, value);
  system.writes = 0;
  const guest: WindowsGuest = {
    system,
    version,
    controlSets: [set],
    partitions: [],
    formerVolumes: [],
    driverFiles: new Set(["atapi.sys", "pciide.sys", "storahci.sys", "viostor.sys"]),
  };
  return { system, guest };
}

/** What a step said in English; a second run finds nothing to do. */
function run(step: WindowsStep, guest: WindowsGuest) {
  const outcome = step.run(guest);
  expect(step.run(guest).changes).toEqual([]);
  const wordsOf = (all: typeof outcome.changes) => all.map(({ what }) => what);
  return { changes: wordsOf(outcome.changes), notes: wordsOf(outcome.notes) };
}

describe("disks of a migrated Windows", () => {
  test("come online by themselves from Server 2008 on, which knows the policy", () => {
    const { system, guest } = guestOf(server2022);
    expect(run(diskPolicy, guest).changes).toHaveLength(1);
    expect(readDword(system, `${set}\\Services\\partmgr\\Parameters`, "SanPolicy")).toBe(1);
    const old = guestOf(server2003);
    expect(run(diskPolicy, old.guest).changes).toEqual([]);
    expect(old.system.writes).toBe(0);
  });

  test("have drivers that start at boot, disabled ones left alone", () => {
    const { system, guest } = guestOf(server2022, [
      [`${set}\\Services\\storahci`, dwordValue("Start", 3)],
      [`${set}\\Services\\storahci\\StartOverride`, dwordValue("0", 3)],
      [`${set}\\Services\\atapi`, dwordValue("Start", 4)],
      [`${set}\\Services\\viostor`, dwordValue("Start", 3)],
      [`${set}\\Services\\vioscsi`, dwordValue("Start", 3)],
    ]);
    expect(run(bootDrivers, guest).changes).toEqual([
      "drivers for disks are started at boot: storahci, viostor",
    ]);
    expect(readDword(system, `${set}\\Services\\storahci\\StartOverride`, "0")).toBe(0);
    expect(readDword(system, `${set}\\Services\\atapi`, "Start")).toBe(4);
    expect(readDword(system, `${set}\\Services\\vioscsi`, "Start"), "no file of it").toBe(3);
  });

  test("are known to Server 2003 before it has seen their controller", () => {
    const { system, guest } = guestOf(server2003, [
      [`${set}\\Services\\atapi`, dwordValue("Start", 0)],
      [`${set}\\Services\\intelide`, dwordValue("Start", 0)],
      [`${set}\\Control\\CriticalDeviceDatabase\\*pnp0600`, textValue("Service", "other")],
    ]);
    expect(run(bootDrivers, guest).changes).toHaveLength(1);
    const database = `${set}\\Control\\CriticalDeviceDatabase`;
    expect(readText(system, `${database}\\primary_ide_channel`, "Service")).toBe("atapi");
    expect(readText(system, `${database}\\*pnp0600`, "Service")).toBe("other");
    // Its file is not there.
    expect(system.hasKey(`${database}\\pci#ven_8086&dev_7010`)).toBe(false);
  });
});

describe("drive letters", () => {
  const mbr = (signature: number, start: number): Buffer => {
    const data = Buffer.alloc(12);
    data.writeUInt32LE(signature);
    data.writeBigUInt64LE(BigInt(start), 4);
    return data;
  };
  const gpt = (hex: string): Buffer => Buffer.concat([Buffer.from("DMIO:ID:"), Buffer.from(hex, "hex")]);
  const mounted = (name: string, data: Buffer) => ["MountedDevices", { name, type: 3, data }] as const;
  const guid = "00112233-4455-6677-8899-aabbccddeeff";
  const mixed = "3322110055447766" + "8899aabbccddeeff";
  const volume = "aa112233445566778899aabbccddeeff";

  test("stay where the copy has what they go by", () => {
    const { system, guest } = guestOf(server2022, [
      mounted("\\DosDevices\\C:", mbr(0x1234, 1048576)),
      mounted("\\DosDevices\\D:", gpt(mixed)),
      mounted("\\DosDevices\\E:", Buffer.from("\\??\\CDROM", "utf16le")),
    ]);
    const partitions = [
      { disk: 0, startBytes: 1048576, signature: 0x1234, guid: null },
      { disk: 1, startBytes: 17825792, signature: null, guid },
    ];
    expect(driveLetters.run({ ...guest, partitions })).toEqual({ changes: [], notes: [] });
    expect(system.writes).toBe(0);
  });

  test("of dynamic volumes that became partitions of an MBR are told where those are", () => {
    const { system, guest } = guestOf(server2008, [
      mounted("\\DosDevices\\F:", gpt(volume)),
      mounted("\\??\\Volume{a8}", gpt(volume)),
      mounted("\\DosDevices\\G:", gpt("ff".repeat(16))),
    ]);
    const partitions = [{ disk: 1, startBytes: 32256, signature: 0xdeadbeef, guid: null }];
    const outcome = run(driveLetters, {
      ...guest,
      partitions,
      formerVolumes: [{ guid: volume, disk: 1, startBytes: 32256 }],
    });
    expect(outcome.changes).toEqual(["F: stays the letter of what was a dynamic volume"]);
    expect(outcome.notes.join()).toMatch(/not on the migrated disks.*: G:$/);
    for (const name of ["\\DosDevices\\F:", "\\??\\Volume{a8}"])
      expect(system.value("MountedDevices", name)?.data).toEqual(mbr(0xdeadbeef, 32256));
  });
});

describe("the clock", () => {
  test("is read as UTC, and the time zone stays", () => {
    const key = `${set}\\Control\\TimeZoneInformation`;
    const { system, guest } = guestOf(server2022, [
      [key, textValue("TimeZoneKeyName", "China Standard Time")],
    ]);
    expect(run(clock, guest).changes.join()).toMatch(/the time zone stays China Standard Time/);
    expect(readDword(system, key, "RealTimeIsUniversal")).toBe(1);
  });

  test("of a Windows that cannot be told is said", () => {
    expect(run(clock, guestOf(server2003).guest).notes).toHaveLength(1);
  });
});

describe("Remote Desktop", () => {
  const rules = `${set}\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules`;
  const server = `${set}\\Control\\Terminal Server`;
  const rule = (active: string, ...profiles: string[]): RegistryValue =>
    textValue(
      "RemoteDesktop-UserMode-In-TCP",
      [
        "v2.10",
        "Action=Allow",
        `Active=${active}`,
        "Dir=In",
        "Protocol=6",
        ...profiles,
        "LPort=3389",
        "",
      ].join("|"),
    );

  test("is let in on public networks where it was let in at all", () => {
    const { system, guest } = guestOf(server2022, [
      [server, dwordValue("fDenyTSConnections", 0)],
      [rules, rule("TRUE", "Profile=Domain", "Profile=Private")],
    ]);
    expect(run(remoteDesktop, guest)).toMatchObject({
      changes: [expect.stringMatching(/public networks/)],
      notes: [],
    });
    expect(readText(system, rules, "RemoteDesktop-UserMode-In-TCP")).toBe(
      "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|Profile=Public|LPort=3389|",
    );
  });

  test.each([
    ["for all networks", rule("TRUE"), 0],
    ["not by any rule", rule("FALSE", "Profile=Domain"), 1],
  ])("stays as it is where it is let in %s", (_, value, notes) => {
    const { system, guest } = guestOf(server2022, [
      [server, dwordValue("fDenyTSConnections", 0)],
      [rules, value],
    ]);
    expect(run(remoteDesktop, guest).notes).toHaveLength(notes);
    expect(system.writes).toBe(0);
  });

  test("stays off where it was off, which is said", () => {
    const { system, guest } = guestOf(server2022, [
      [server, dwordValue("fDenyTSConnections", 1)],
      [rules, rule("TRUE", "Profile=Domain")],
    ]);
    expect(run(remoteDesktop, guest).notes.join()).toMatch(/stays off/);
    expect(system.writes).toBe(0);
  });

  test("of Server 2003 gets its port outside of the domain too", () => {
    const list = (profile: string): string =>
      `${set}\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\${profile}\\GloballyOpenPorts\\List`;
    const open = textValue("3389:TCP", "3389:TCP:*:Enabled:@xpsp2res.dll,-22009");
    const { system, guest } = guestOf(server2003, [
      [server, dwordValue("fDenyTSConnections", 0)],
      [list("DomainProfile"), open],
    ]);
    expect(run(remoteDesktop, guest).changes).toHaveLength(1);
    expect(system.value(list("StandardProfile"), "3389:TCP")?.data).toEqual(open.data);
  });
});

test("services of the old platform are disabled, its drivers and what is disabled already left alone", () => {
  const service = (name: string, type: number, start: number) =>
    [
      [`${set}\\Services\\${name}`, dwordValue("Type", type)],
      [`${set}\\Services\\${name}`, dwordValue("Start", start)],
    ] as const;
  const { system, guest } = guestOf(server2022, [
    ...service("VMTools", 0x10, 2),
    ...service("vmvss", 0x10, 4),
    ...service("xenlite", 0x1, 0),
  ]);
  expect(run(windowsOldTools, guest).changes).toEqual([
    "tools of VMware no longer start: VMTools (disabled; programs stay)",
  ]);
  expect(readDword(system, `${set}\\Services\\xenlite`, "Start")).toBe(0);
});

test.each([
  [server2003, /Server 2003 wants to be activated/],
  [server2008, /Server 2008 wants to be activated/],
  [server2022, /^$/],
])("activation of %o is spoken of where it will be asked for", (version, note) => {
  expect(run(activation, guestOf(version).guest).notes.join()).toMatch(note);
});
