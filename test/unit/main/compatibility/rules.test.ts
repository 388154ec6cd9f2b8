import { describe, expect, it } from "vitest";
import { unknownFacts } from "../../../../common/domain/facts.ts";
import {
  findingCodes,
  findingMessages,
  type FindingMessage,
} from "../../../../common/domain/finding-parameters.ts";
import { findingSchema, type Finding } from "../../../../common/domain/finding.ts";
import { assess } from "../../../../main/compatibility/assess.ts";
import { rules } from "../../../../main/compatibility/rules.ts";
import { targetLimits } from "../../../../main/compatibility/target-limits.ts";
import { content, device, gib, line, nic, plainLinux, plainWindows } from "./sample-facts.ts";
import { fstab, linux, linuxWith, named, sdb, sdb1, storage, type Scenario } from "./scenario-parts.ts";
import { startScenarios } from "./scenarios-start.ts";
import { storageScenarios } from "./scenarios-storage.ts";
import { systemScenarios } from "./scenarios-system.ts";

/** One scenario for every message, so that no text is dead and no rule is untried. */
const scenarios: readonly Scenario[] = [...systemScenarios, ...storageScenarios, ...startScenarios];

/** Comes from the run over many inputs, not from a rule. */
const notFromRules = new Set<FindingMessage>(["duplicate-host"]);

function only(findings: readonly Finding[], message: FindingMessage): Finding {
  const found = findings.find((finding) => finding.message === message);
  if (!found) throw new Error(`no ${message} among ${findings.map((finding) => finding.message).join(", ")}`);
  return found;
}

describe("rules", () => {
  it.each(scenarios)("say $message when $when", ({ message, severity, facts }) => {
    const found = only(assess("a", facts()).findings, message);
    expect(found.severity).toBe(severity);
    expect(found.evidence.length, "evidence").toBeGreaterThan(0);
    expect(findingSchema.safeParse(found).success).toBe(true);
  });

  it("have a scenario for every message", () => {
    const tried = new Set(scenarios.map((scenario) => scenario.message));
    expect(findingMessages.filter((message) => !tried.has(message) && !notFromRules.has(message))).toEqual(
      [],
    );
  });

  it("have ids that are codes, each once", () => {
    const ids = rules.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !findingCodes.includes(id))).toEqual([]);
  });

  it("find nothing to do on a plain supported server", () => {
    for (const facts of [
      plainLinux(),
      plainLinux("debian", "10.3"),
      plainWindows("2016"),
      plainWindows("2022"),
    ]) {
      const notable = assess("a", facts).findings.filter((finding) => finding.severity !== "info");
      expect(
        notable.map((finding) => finding.message),
        facts.os.distro ?? "",
      ).toEqual([]);
    }
  });

  it("never stop a migration for want of knowledge", () => {
    const severities = assess("a", unknownFacts()).findings.map((finding) => finding.severity);
    expect(severities).not.toContain("blocker");
    expect(severities).toContain("warning");
  });

  it("list the severest findings first", () => {
    const { findings } = assess("a", {
      ...plainWindows("2008"),
      os: { ...plainWindows("2008").os, architecture: "ia64" },
    });
    const order = findings.map((finding) => ["blocker", "warning", "info"].indexOf(finding.severity));
    expect(order).toEqual([...order].sort());
    expect(order[0]).toBe(0);
  });
});

describe("swap", () => {
  it("is not a swap file, zram or a line of fstab whose device is not there", () => {
    const facts = storage(() => ({
      fstab: [
        fstab("UUID=99999999-dead", "none", "swap", { namedBy: "uuid" }),
        fstab("/swapfile", "none", "swap", { namedBy: "file" }),
      ],
      swaps: [
        { path: "/dev/zram0", kind: "zram", sizeBytes: gib, usedBytes: 0, isActive: true, evidence: [] },
      ],
    }));
    expect(assess("a", facts).findings.map((finding) => finding.code)).not.toContain("swap");
  });

  it("is named once however many places mention it", () => {
    const facts = linuxWith(sdb, sdb1({ content: content("swap", "aaaa-bbbb") }));
    facts.storage.fstab = [fstab("UUID=AAAA-BBBB", "none", "swap", { namedBy: "uuid" })];
    facts.storage.swaps = [
      {
        path: "/dev/sdb1",
        kind: "partition",
        sizeBytes: gib,
        usedBytes: 0,
        isActive: true,
        evidence: [line("/proc/swaps", "/dev/sdb1")],
      },
    ];
    const found = assess("a", facts).findings.filter((finding) => finding.code === "swap");
    expect(found).toHaveLength(1);
    expect(found[0]?.evidence.map((each) => each.source)).toEqual(["lsblk", "/proc/swaps", "/etc/fstab"]);
    expect(found[0]?.effects).toEqual({ block: "kept", file: "changed" });
  });

  it("counts from fstab where no device is known at all", () => {
    const facts = storage(() => ({ devices: [], fstab: [fstab("/dev/sda2", "none", "swap")] }));
    const found = assess("a", facts).findings.find((finding) => finding.code === "swap");
    // Nobody knows how large the new one would have to be.
    expect(found?.effects).toEqual({ block: "kept", file: "left-out" });
  });
});

describe("grub-too-old", () => {
  const codes = (distro: string, version: string, grub: string): readonly string[] => {
    const facts = plainLinux(distro, version);
    facts.bootLoader = { ...facts.bootLoader, kind: "grub2", version: grub };
    return assess("a", facts).findings.map((finding) => finding.code);
  };

  it("asks for 1.99, and for 2.02 on the oldest systems", () => {
    expect(codes("ubuntu", "12.04", "1.99")).not.toContain("grub-too-old");
    expect(codes("ubuntu", "10.04", "1.98")).toContain("grub-too-old");
    expect(codes("debian", "7.11", "1.99")).toContain("grub-too-old");
    expect(codes("debian", "7.11", "2.02~beta3")).not.toContain("grub-too-old");
    expect(codes("debian", "8.8", "2.00")).not.toContain("grub-too-old");
    expect(codes("centos", "5.11", "2.00")).toContain("grub-too-old");
  });
});

describe("fstab-device-names", () => {
  const codes = (what: string, namedBy: "path" | "uuid" | "mapper"): readonly string[] => {
    const facts = linuxWith(
      sdb,
      device("/dev/mapper/vg0-data", {
        kind: "lvm",
        aliases: ["/dev/vg0/data"],
        parents: ["/dev/sdb"],
        volumeGroup: "vg0",
      }),
    );
    facts.storage.fstab = [fstab(what, "/data", "ext4", { namedBy })];
    return assess("a", facts).findings.map((finding) => finding.code);
  };

  it("lets names stand that travel with the data", () => {
    expect(codes("/dev/sdb1", "path")).toContain("fstab-device-names");
    expect(codes("/dev/disk/by-path/pci-0000", "path")).toContain("fstab-device-names");
    for (const stable of ["/dev/vg0/data", "/dev/vg1/other", "/dev/md0", "/dev/sr0"]) {
      expect(codes(stable, "path"), stable).not.toContain("fstab-device-names");
    }
    expect(codes("UUID=1111", "uuid")).not.toContain("fstab-device-names");
  });
});

describe("a container", () => {
  it("stops a migration only where it sees no disk at all", () => {
    const facts = linux(() => ({
      platform: {
        kind: "container",
        vendor: null,
        product: null,
        evidence: [line("systemd-detect-virt", "lxc")],
      },
    }));
    facts.storage.devices = [];
    expect(only(assess("a", facts).findings, "container").severity).toBe("blocker");
  });
});

describe("disk limits", () => {
  it("are those of the target", () => {
    const large = linuxWith({ ...sdb, sizeBytes: 40_000 * gib });
    const codes = assess("a", large, { target: targetLimits.local }).findings.map((finding) => finding.code);
    expect(codes).not.toContain("disk-too-large");
  });

  it("do not count the paths of a multipath disk as disks", () => {
    const paths = Array.from({ length: 20 }, (_, at) => device(`/dev/sd-${at}`, { sizeBytes: gib }));
    const map = device("/dev/mapper/mpatha", {
      kind: "multipath",
      parents: paths.map((path) => path.id),
      sizeBytes: gib,
    });
    const { findings, disks } = assess("a", linuxWith(...paths, map));
    expect(findings.map((finding) => finding.code)).not.toContain("too-many-disks");
    expect(disks.filter((disk) => disk.treatment === "second-path")).toHaveLength(19);
  });
});

describe("findings about names from outside", () => {
  it("survive names that are no names", () => {
    const odd = named(linuxWith(device("/dev/$(reboot)", { sizeBytes: 0 })), "x".repeat(10_000));
    odd.network = { ...odd.network, interfaces: [nic("eth0[*+?"), nic("")] };
    odd.network.persistentNameRules.push(line("rules", "NAME=eth0"));
    expect(() => assess("a", odd)).not.toThrow();
  });
});
