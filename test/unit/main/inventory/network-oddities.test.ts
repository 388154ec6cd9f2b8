import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";

function networkOf(path: string, text: string) {
  const bundle = bundleSchema.parse({ format: 1, platform: "linux", files: { [path]: text } });
  const { interfaces, persistentNameRules } = factsFromBundle(bundle).network;
  const [nic] = interfaces ?? [];
  return {
    nic: nic && { name: nic.name, addressing: nic.addressing, addresses: nic.addresses },
    rules: persistentNameRules.map((rule) => rule.text),
  };
}

const netplan = "/etc/netplan/50.yaml";

describe("network configurations that few write", () => {
  it("netplan in YAML's flow style", () => {
    const text =
      "network: {version: 2, ethernets: {ens3: {dhcp4: false, addresses: [10.2.2.2/24, 10.2.2.3/24], gateway4: 10.2.2.1}}}\n";
    expect(networkOf(netplan, text).nic).toEqual({
      name: "ens3",
      addressing: "static",
      addresses: ["10.2.2.2/24", "10.2.2.3/24"],
    });
  });

  it("netplan whose addresses have options, and that knows its card by the address of the hardware", () => {
    const text = [
      "network:",
      "  ethernets:",
      "    id0:",
      "      match: {macaddress: '52:54:00:12:34:56'}",
      "      set-name: eth0",
      "      addresses:",
      "        - 10.3.3.3/24:",
      "            label: x",
      '        - "10.3.3.4/24"',
      "      nameservers:",
      "        addresses: [192.0.2.53]",
    ].join("\n");
    expect(networkOf(netplan, text)).toEqual({
      nic: { name: "eth0", addressing: "static", addresses: ["10.3.3.3/24", "10.3.3.4/24"] },
      rules: ["eth0 52:54:00:12:34:56"],
    });
  });

  it("NetworkManager with a fixed address of IPv6 alone", () => {
    const text =
      "[connection]\ntype=ethernet\ninterface-name=ens192\n[ipv4]\nmethod=disabled\n[ipv6]\nmethod=manual\naddress1=2001:db8::9/64\n";
    expect(networkOf("/etc/NetworkManager/system-connections/a", text).nic).toMatchObject({
      addressing: "static",
      addresses: ["2001:db8::9/64"],
    });
  });

  it("Gentoo's words of ifconfig", () => {
    const text = 'config_eth0="192.0.2.2 netmask 255.255.255.0 brd 192.0.2.255"\n';
    expect(networkOf("/etc/conf.d/net", text).nic).toEqual({
      name: "eth0",
      addressing: "static",
      addresses: ["192.0.2.2/24"],
    });
  });

  it("an ifcfg that holds on to the hardware's address", () => {
    const { rules } = networkOf(
      "/etc/sysconfig/network-scripts/ifcfg-eth0",
      "DEVICE=eth0\nBOOTPROTO=dhcp\nHWADDR=00:50:56:AA:BB:CC\n",
    );
    expect(rules).toEqual(["eth0 00:50:56:aa:bb:cc"]);
  });
});
