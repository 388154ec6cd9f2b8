import { describe, expect, it } from "vitest";
import { withDhcp, withoutHardwareAddresses } from "../../../../intermediate/conversion/network-files.ts";

describe("a netplan that finds its card by its address", () => {
  it("finds it by its name afterwards, wherever set-name stands", () => {
    const text = (before: string, after: string): string =>
      `network:\n  version: 2\n  ethernets:\n    ens3:\n      addresses: [10.0.0.5/24]\n${before}      match:\n        macaddress: "52:54:00:12:34:56"\n      mtu: 1500\n      nameservers:\n        addresses: [10.0.0.1]\n${after}`;
    const free =
      "network:\n  version: 2\n  ethernets:\n    ens3:\n      addresses: [10.0.0.5/24]\n      mtu: 1500\n      nameservers:\n        addresses: [10.0.0.1]\n";
    expect(withoutHardwareAddresses("netplan", text("", "      set-name: ens3\n"))).toBe(free);
    expect(withoutHardwareAddresses("netplan", text("      set-name: ens3\n", ""))).toBe(free);
    expect(withoutHardwareAddresses("netplan", text("", ""))).toBe(free);
  });

  it("is found by being the one card, where the file gives it a name of its own", () => {
    const text =
      "network:\n  ethernets:\n    id0:\n      match:\n        macaddress: 52:54:00:12:34:56\n      set-name: eth0\n";
    expect(withoutHardwareAddresses("netplan", text)).toBe(
      'network:\n  ethernets:\n    id0:\n      match:\n        name: "e*"\n      set-name: eth0\n',
    );
  });

  it("keeps what else it is matched by, and the settings of others", () => {
    const text =
      "network:\n  ethernets:\n    eth0:\n      match: {macaddress: 52:54:00:12:34:56}\n      set-name: eth0\n      dhcp4: true\n    eth1:\n      match:\n        driver: virtio_net\n        macaddress: 52:54:00:12:34:57\n      set-name: eth1\n";
    expect(withoutHardwareAddresses("netplan", text)).toBe(
      "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n    eth1:\n      match:\n        driver: virtio_net\n      set-name: eth1\n",
    );
  });

  it("is left as it is where it names no address", () => {
    const text = "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n\n# end\n";
    expect(withoutHardwareAddresses("netplan", text)).toBe(text);
  });
});

describe("DHCP instead of fixed addresses", () => {
  it("leaves no IPv6 of NetworkManager that says manual and has no address", () => {
    const text =
      "[connection]\nid=eth0\n\n[ipv4]\naddress1=10.0.0.5/24,10.0.0.1\nmethod=manual\n\n[ipv6]\naddress1=2001:db8::5/64\nmethod=manual\n";
    expect(withDhcp("networkManager", text)).toBe(
      "[connection]\nid=eth0\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
    );
    expect(withDhcp("networkManager", "[ipv4]\nmethod=manual\n[ipv6]\nmethod=disabled\n")).toBe(
      "[ipv4]\nmethod=auto\n[ipv6]\nmethod=disabled\n",
    );
  });

  it("gives parts of bonds and bridges no address", () => {
    const slave = "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\nBOOTPROTO=none\n";
    expect(withDhcp("ifcfg", slave)).toBe(slave);
    expect(withDhcp("ifcfg", "DEVICE=bond0\nBOOTPROTO=none\nIPADDR=10.0.0.5\n")).toBe(
      "DEVICE=bond0\nBOOTPROTO=dhcp\n",
    );
    const port = "[Match]\nName=eth0\n\n[Network]\nBridge=br0\n";
    expect(withDhcp("networkd", port)).toBe(port);
  });
});
