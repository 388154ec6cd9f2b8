import { describe, expect, it } from "vitest";
import { unknownFacts, type OsFacts } from "../../../../common/domain/facts.ts";
import { judgeOs } from "../../../../main/compatibility/os-matrix.ts";

function os(distro: string | null, version: string | null, parts: Partial<OsFacts> = {}): OsFacts {
  const isWindows = distro === "windows";
  return {
    ...unknownFacts().os,
    family: distro === null ? null : isWindows ? "windows" : "linux",
    kind: isWindows ? "server" : null,
    distro,
    version,
    ...parts,
  };
}

/** The table as the product's page prints it, with point releases as systems state them. */
const listed: readonly (readonly [string, readonly string[]])[] = [
  ["windows", ["2003", "2003 R2", "2008", "2008 R2", "2012", "2012 R2", "2016", "2019", "2022"]],
  ["centos", ["5", "5.11", "6.10", "7.5", "7.6.1810", "8", "8.5.2111"]],
  ["rhel", ["5.10", "6.9", "7.9", "8.5", "8.10"]],
  ["ubuntu", ["10.04", "12.04", "14.04.6", "16.04", "17.10", "18.04", "19.10", "20.04"]],
  ["debian", ["7", "7.11", "8.8", "9.13", "10", "10.3"]],
  ["opensuse", ["13.1", "13.2", "42.3", "15.6"]],
  ["sles", ["11", "11.4", "12.5", "15.6"]],
  ["gentoo", ["2.0", "2.2", "2.4.1"]],
  ["alinux", ["2.1903", "3", "17.1"]],
  ["oracle", ["5.11", "6.10", "7.7", "8.10"]],
  ["amazon", ["2014.03", "2016.03", "2018.03", "2"]],
];

const notListed: readonly (readonly [string, readonly string[]])[] = [
  ["windows", ["2000", "2025", "1809", "20H2"]],
  ["centos", ["4.9", "9", "10"]],
  ["centos-stream", ["8", "9", "10"]],
  ["rhel", ["4", "9.0", "9.6", "10.0"]],
  ["ubuntu", ["8.04", "9.10", "11.04", "13.04", "15.10", "21.04", "21.10", "22.04", "24.04"]],
  ["debian", ["6.0.10", "11", "11.9", "12.5", "13"]],
  ["opensuse", ["11.4", "12.3", "16.0"]],
  ["opensuse-tumbleweed", ["20240101"]],
  ["opensuse-leap-micro", ["5.5"]],
  ["sles", ["10.4", "16.0"]],
  ["sled", ["11.4", "12.5", "15.6"]],
  ["sl-micro", ["6.0"]],
  ["oracle", ["4", "9.1", "9.2", "10"]],
  ["amazon", ["2011.09", "2012.03", "2013.09"]],
  ["rocky", ["8.5", "8.10", "9.3"]],
  ["almalinux", ["8.10", "9.4"]],
  ["scientific", ["5.11", "6.10", "7.5"]],
  ["cloudlinux", ["5.11", "6.8", "7.9", "8.6"]],
  ["linuxmint", ["18.3", "19", "20"]],
  ["raspbian", ["8", "9", "10"]],
  ["devuan", ["5"]],
  ["kali", ["2018.4"]],
  ["fedora", ["7", "8", "31"]],
  ["openeuler", ["20.03"]],
  ["tencentos", ["3.1"]],
  ["virtuozzo", ["7.3"]],
  ["funtoo", ["2.2"]],
];

const cases = (table: typeof listed) =>
  table.flatMap(([distro, versions]) => versions.map((version) => [distro, version] as const));

describe("the list of supported systems", () => {
  it.each(cases(listed))("has %s %s", (distro, version) => {
    expect(judgeOs(os(distro, version))).toMatchObject({ onList: true, tier: "listed" });
  });

  it.each(cases(notListed))("does not have %s %s", (distro, version) => {
    const support = judgeOs(os(distro, version));
    expect(support.onList).toBe(false);
    expect(support.tier).not.toBe("listed");
  });

  it.each([
    ["amazon", "2022", "the entry is older than the release"],
    ["amazon", "2023", "the entry is older than the release"],
    ["sles_sap", "12.3", "the entry does not name the edition"],
    ["gentoo", "2.8", "the base system is younger than the profile"],
    ["debian", "jessie/sid", "between two releases"],
    ["debian", "testing", "between two releases"],
    ["ubuntu", null, "the version is not known"],
    ["windows", null, "the version is not known"],
    [null, null, "nothing is known"],
    [null, "7.5", "a version without a system says nothing"],
  ] as readonly (readonly [string | null, string | null, string])[])(
    "leaves %s %s open: %s",
    (distro, version) => {
      expect(judgeOs(os(distro, version))).toMatchObject({ onList: null, tier: "undetermined" });
    },
  );

  it("does not take a Windows client for the server of its generation", () => {
    for (const version of ["7", "8.1", "10", "11", "vista", "2008"]) {
      expect(judgeOs(os("windows", version, { kind: "client" })).onList, version).toBe(false);
    }
  });

  it("sees through products that carry a listed system's identity", () => {
    expect(judgeOs(os("centos", "8", { name: "CentOS Stream 8" })).onList).toBe(false);
    expect(judgeOs(os("rhel", "7.3", { name: "Red Hat Virtualization Host 4.0" })).onList).toBe(false);
    expect(judgeOs(os("opensuse", "15.4", { name: "openSUSE Leap Micro 15.4" })).onList).toBe(false);
    expect(judgeOs(os("sles", "15.4", { name: "SUSE Linux Enterprise Micro 5.4" })).onList).toBe(false);
    expect(
      judgeOs(os("sles", "12.3", { name: "SUSE Linux Enterprise Server for SAP Applications" })).onList,
    ).toBe(null);
    expect(judgeOs(os("windows", "2016", { name: "Microsoft Hyper-V Server 2016" })).onList).toBe(null);
    expect(judgeOs(os("debian", "10.3", { kernel: "5.4.73-1-pve" })).onList).toBe(null);
    expect(judgeOs(os("centos", "7.5", { name: "CentOS Linux release 7.5.1804 (Core)" })).onList).toBe(true);
  });

  it("counts only what the lab tests as known to work here", () => {
    for (const version of ["11.9", "12", "13"])
      expect(judgeOs(os("debian", version)).tier).toBe("lab-tested");
    expect(judgeOs(os("debian", "14")).tier).toBe("unproven");
    expect(judgeOs(os("raspbian", "12")).tier).toBe("unproven");
    expect(judgeOs(os("ubuntu", "22.04")).tier).toBe("unproven");
  });

  it("calls what is neither Linux nor Windows unsupported", () => {
    expect(judgeOs(os("solaris", "11", { family: "other" }))).toMatchObject({
      onList: false,
      tier: "unsupported",
    });
  });
});
