/** What platforms are called in every language. */
import type { PlatformKind } from "../system-facts.ts";

export const platformNames = {
  vmware: "VMware",
  virtualbox: "VirtualBox",
  xen: "Xen",
  kvm: "KVM",
  qemu: "QEMU",
  "hyper-v": "Hyper-V",
  aws: "AWS",
  azure: "Azure",
  "google-cloud": "Google Cloud",
  "oracle-cloud": "Oracle Cloud",
  openstack: "OpenStack",
  nutanix: "Nutanix",
  proxmox: "Proxmox VE",
  parallels: "Parallels",
  bhyve: "bhyve",
} as const satisfies Partial<Record<PlatformKind, string>>;
