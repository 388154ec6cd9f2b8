import type { Evidence, PlatformFacts, PlatformKind } from "../../common/domain/facts.ts";
import { wordTable } from "../../common/word-table.ts";

/** What firmware tables and tools say of the machine; every part may be missing. */
export interface MachineWords {
  readonly vendor: string | null;
  readonly product: string | null;
  readonly biosVendor: string | null;
  readonly biosVersion: string | null;
  readonly boardVendor: string | null;
  readonly assetTag: string | null;
  /** Of systemd-detect-virt, virt-what, lscpu, /sys/hypervisor/type: names in their own spelling. */
  readonly detected: readonly string[];
  /** The CPU's hypervisor flag; null where it was not read. */
  readonly hasHypervisorFlag: boolean | null;
  readonly evidence: readonly Evidence[];
}

const azureAssetTag = "7783-7084-3265-9085-8269-3286-77";

/** Clouds first: they run on hypervisors that would otherwise be named. */
const byWords: readonly (readonly [RegExp, PlatformKind])[] = [
  [/amazon ec2|\bamazon\b|\.amazon/i, "aws"],
  [/alibaba cloud|aliyun/i, "alibaba-cloud"],
  [/tencent/i, "tencent-cloud"],
  [/huawei ?cloud/i, "huawei-cloud"],
  [/google compute engine|^google\b|\bGoogle\b/i, "google-cloud"],
  [/oraclecloud\.com/i, "oracle-cloud"],
  [/openstack/i, "openstack"],
  [/vmware/i, "vmware"],
  [/virtualbox|innotek|vbox/i, "virtualbox"],
  [/nutanix/i, "nutanix"],
  [/parallels/i, "parallels"],
  [/bhyve/i, "bhyve"],
  [/\bxen\b|hvm domu/i, "xen"],
  [/rhev|ovirt|\bkvm\b/i, "kvm"],
  [/\bqemu\b|bochs|bxpc|seabios|standard pc \(/i, "qemu"],
];

const byDetector = wordTable<PlatformKind>({
  vmware: "vmware",
  oracle: "virtualbox",
  virtualbox: "virtualbox",
  xen: "xen",
  "xen-hvm": "xen",
  "xen-domu": "xen",
  kvm: "kvm",
  qemu: "qemu",
  microsoft: "hyper-v",
  hyperv: "hyper-v",
  aws: "aws",
  amazon: "aws",
  google: "google-cloud",
  alibaba: "alibaba-cloud",
  alibaba_cloud: "alibaba-cloud",
  parallels: "parallels",
  bhyve: "bhyve",
  nutanix_ahv: "nutanix",
  docker: "container",
  podman: "container",
  lxc: "container",
  "lxc-libvirt": "container",
  openvz: "container",
  "systemd-nspawn": "container",
  wsl: "container",
});

/** Clouds and hosters that put names of their own where the firmware names a maker. */
const virtualMakers =
  /virtual (machine|server)|\bcloud\b|\w+cloud\b|digitalocean|droplet|hetzner|vserver|vultr|linode|akamai|upcloud|scaleway|\buhost\b|qingcloud|ctyun|\bct[- ]?cloud|telecom|baidu|volcengine|exoscale|\bovh/i;

/** Names the platform; null where nothing tells. `physical` is said only where the firmware names a maker. */
export function platformFacts(words: MachineWords): PlatformFacts {
  const facts = { vendor: words.vendor, product: words.product, evidence: [...words.evidence] };
  return { kind: platformKind(words), ...facts };
}

function platformKind(words: MachineWords): PlatformKind | null {
  if (words.assetTag?.trim() === azureAssetTag) return "azure";
  const container = words.detected
    .map((name) => byDetector[name.trim().toLowerCase()])
    .find((kind) => kind === "container");
  if (container) return container;
  const text = [
    words.vendor,
    words.product,
    words.biosVendor,
    words.biosVersion,
    words.boardVendor,
    words.assetTag,
  ]
    .filter((part) => part !== null)
    .join(" | ");
  for (const [pattern, kind] of byWords) if (pattern.test(text)) return refine(kind, words);
  if (/microsoft/i.test(words.vendor ?? "") && /virtual/i.test(words.product ?? "")) return "hyper-v";
  for (const name of words.detected) {
    const kind = byDetector[name.trim().toLowerCase()];
    if (kind) return kind;
  }
  if (words.hasHypervisorFlag === true) return "other-virtual";
  if (words.detected.some((name) => /^none$/i.test(name.trim()))) return "physical";
  if (virtualMakers.test(text)) return "other-virtual";
  const hasMaker =
    words.vendor !== null &&
    !/^(to be filled|system manufacturer|not specified|default string|unknown)/i.test(words.vendor);
  return hasMaker ? "physical" : null;
}

/** QEMU with KVM underneath is KVM. */
function refine(kind: PlatformKind, words: MachineWords): PlatformKind {
  if (kind !== "qemu") return kind;
  const better = words.detected
    .map((name) => byDetector[name.trim().toLowerCase()])
    .find((found) => found !== undefined && found !== "qemu");
  return better ?? kind;
}
