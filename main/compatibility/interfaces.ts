import type { Facts, NetworkInterface } from "../../common/domain/facts.ts";

/** Interfaces that software makes for itself and sets up again wherever it runs. */
const passing =
  /^(lo|docker|br-[0-9a-f]{12}|veth|virbr|vnet|tap|tun|wg|cni|flannel|cali|kube|lxc|lxd|sit|ip6tnl|gre|dummy|ifb|loopback)/i;

export function interfacesThatMatter(facts: Facts): readonly NetworkInterface[] {
  return (facts.network.interfaces ?? []).filter((nic) => !passing.test(nic.name));
}
