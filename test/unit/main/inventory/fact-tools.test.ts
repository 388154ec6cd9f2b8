/** Systems by the facts that configuration tools keep of them. */
import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";

const osOf = (tool: string, facts: object) =>
  factsFromBundle(bundleSchema.parse({ format: 1, commands: { [tool]: { stdout: JSON.stringify(facts) } } }))
    .os;

/** Ansible's setup on a machine without lsb_release. */
const ansible = (distribution: string, version: string, more: object = {}) =>
  osOf("ansible -m setup", {
    ansible_facts: {
      ansible_distribution: distribution,
      ansible_distribution_version: version,
      ansible_lsb: {},
      ...more,
    },
  });
const facter = (name: string, full: string) =>
  osOf("facter --json", { os: { name, family: "RedHat", release: { full } }, kernel: "Linux" });
const ohai = (platform: string, version: string, more: object = {}) =>
  osOf("ohai", { platform, platform_version: version, os: "linux", ...more });

describe("the system by a configuration tool's facts", () => {
  it.each([
    [ansible("CentOS", "7.9", { ansible_distribution_release: "Core" }), "centos", "7.9"],
    [ansible("CentOS", "8", { ansible_distribution_release: "Stream" }), "centos-stream", "8"],
    [ansible("SLES", "15.5"), "sles", "15.5"],
    [ansible("SLES_SAP", "15.4"), "sles_sap", "15.4"],
    [ansible("openSUSE Leap", "15.5"), "opensuse", "15.5"],
    [ansible("openSUSE Tumbleweed", "20240101"), "opensuse-tumbleweed", "20240101"],
    [ansible("OracleLinux", "8.9"), "oracle", "8.9"],
    [ansible("Amazon", "2"), "amazon", "2"],
    [ansible("Alibaba", "2.1903"), "alinux", "2.1903"],
    [ansible("Rocky", "8.9"), "rocky", "8.9"],
    [facter("CentOS", "7.9.2009"), "centos", "7.9.2009"],
    [facter("RedHat", "8.9"), "rhel", "8.9"],
    [facter("AlmaLinux", "9.3"), "almalinux", "9.3"],
    [ohai("suse", "12.5"), "sles", "12.5"],
    [ohai("opensuseleap", "15.3"), "opensuse", "15.3"],
    [ohai("alibabalinux", "3"), "alinux", "3"],
    [
      ohai("centos", "8", {
        os_release: { id: "centos", name: "CentOS Stream", pretty_name: "CentOS Stream 8", version_id: "8" },
      }),
      "centos-stream",
      "8",
    ],
  ])("is told (%#)", (os, distro, version) => {
    expect(os).toMatchObject({ distro, version });
  });

  it.each([
    ["2012 R2", "6.3.9600", { version: "2012 R2", kind: "server" }],
    // Facters older than the release call it by the last one they know.
    ["2022", "10.0.26100", { version: "2025", kind: "server" }],
    ["2022", "10.0.29550", { version: null, kind: "server" }],
    ["10", "10.0.19045", { version: "10", kind: "client" }],
  ])("Windows %s of build %s by facter's old facts", (release, kernel, os) => {
    expect(
      osOf("facter --json", {
        operatingsystem: "windows",
        operatingsystemrelease: release,
        kernel: "windows",
        kernelrelease: kernel,
      }),
    ).toMatchObject({ family: "windows", ...os });
  });

  it("comes with its kernel, processor and name", () => {
    expect(
      ansible("Debian", "10", {
        ansible_kernel: "5.4.0-1-pve",
        ansible_machine: "x86_64",
        ansible_hostname: "pve1",
        ansible_system: "Linux",
      }),
    ).toMatchObject({ kernel: "5.4.0-1-pve", architecture: "x86_64", hostName: "pve1" });
  });
});
