import { wordTable } from "../../../common/word-table.ts";

/**
 * What distributions call themselves, in the order in which the patterns are tried: a derivative whose name contains
 * its parent's stands before the parent.
 */
const byName: readonly (readonly [RegExp, string])[] = [
  [/\bcentos\s*stream/i, "centos-stream"],
  [/^centosstream/i, "centos-stream"],
  [/\bcentos\b/i, "centos"],
  [/\brocky\b/i, "rocky"],
  [/\balma\s*linux|^almalinux/i, "almalinux"],
  [/\bscientific\b|^scientific/i, "scientific"],
  [/\bcloudlinux/i, "cloudlinux"],
  [/\beurolinux/i, "eurolinux"],
  [/\bmiracle\s*linux/i, "miraclelinux"],
  [/\bspringdale|\bPUIAS\b/i, "springdale"],
  [/\bvirtuozzo/i, "virtuozzo"],
  [/\bopenvz\b/i, "openvz"],
  [/\bxenserver|\bxcp-ng|\bcitrix hypervisor/i, "xenenterprise"],
  [/\bnavix\b/i, "navix"],
  [/\basianux/i, "asianux"],
  [/\bCircle Linux/i, "circle"],
  [/\bred\s*os\b|^redos/i, "redos"],
  [/\btencentos|\btencent\s+(tlinux|linux)|\btlinux\b/i, "tencentos"],
  [/\bopencloudos/i, "opencloudos"],
  [/\bopeneuler/i, "openEuler"],
  [/\beuleros/i, "euleros"],
  [/\banolis/i, "anolis"],
  [/\bneokylin\b/i, "neokylin"],
  [/\bubuntu kylin/i, "ubuntukylin"],
  [/\bkylin\b/i, "kylin"],
  [/\bUOS\b|\buniontech/i, "uos"],
  // The cloud's own name for it is another: this one ran inside the company.
  [/\balibaba group enterprise linux|^alios\b/i, "alios"],
  [/\balibaba cloud linux|\baliyun linux|\balinux\b|^aliyunlinux|\balibaba ?linux|^alibaba$/i, "alinux"],
  [/\bamazon\b|^amazonami|^amazon/i, "amazon"],
  [/\boracle\s+VM\s+server/i, "oracle-vm-server"],
  [/\boracle autonomous linux/i, "oracle-autonomous-linux"],
  [
    /\boracle\s*linux|^oraclelinux|^oracleserver|^enterpriseenterprise|^enterprise linux enterprise linux|^ol$/i,
    "oracle",
  ],
  [/\boracle\s+solaris|\bsolaris\b|\bsunos\b/i, "solaris"],
  [/\bvmware esxi?\b/i, "esxi"],
  [/\bomnios/i, "omnios"],
  [/\bopenindiana/i, "openindiana"],
  [/\bsmartos/i, "smartos"],
  [/\bopen storage appliance|\bnexenta/i, "nexenta"],
  [/\bred\s*hat\s+enterprise\s+linux\s+coreos/i, "rhcos"],
  [/\bred\s*hat\s+enterprise\s+virtualization|\bred\s*hat\s+virtualization/i, "rhvh"],
  [/\bfedora/i, "fedora"],
  [/\bred\s*hat\s+enterprise|^redhatenterprise|^redhat$|^redhat release|^rhel\b/i, "rhel"],
  [/^red\s*hat\s+linux/i, "redhat-linux"],
  [/\bopensuse\s+tumbleweed/i, "opensuse-tumbleweed"],
  [/\bopensuse\s+micro\s*os/i, "opensuse-microos"],
  [/\bopensuse\s+(leap\s+)?micro/i, "opensuse-leap-micro"],
  [/\bopensuse\s+slowroll/i, "opensuse-slowroll"],
  [/\bopensuse/i, "opensuse"],
  [/\bsuse linux enterprise server for sap|\bsles.?(for )?sap/i, "sles_sap"],
  [/\bsuse linux enterprise desktop|^sled\b/i, "sled"],
  [/\bsuse linux enterprise high performance/i, "sle_hpc"],
  [/\bsuse linux (enterprise )?(server )?micro/i, "sl-micro"],
  [/\bsuse linux enterprise server|\bsuse enterprise server|^sles\b/i, "sles"],
  [/\bsuse\s+linux\b/i, "suse-linux"],
  [/\bproxmox/i, "proxmox"],
  [/\blinux\s*mint|^linuxmint|\bLMDE\b/i, "linuxmint"],
  [/\braspbian|\braspberry pi os/i, "raspbian"],
  [/\barmbian/i, "armbian"],
  [/\bkali\b/i, "kali"],
  [/\bparrot\b/i, "parrot"],
  [/\bdevuan\b/i, "devuan"],
  [/\belementary\b/i, "elementary"],
  [/\bpop!?_?os\b|^pop$/i, "pop"],
  [/\bzorin/i, "zorin"],
  [/\bkde neon/i, "neon"],
  [/\bdeepin/i, "deepin"],
  [/\bastra linux/i, "astra"],
  [/\bubuntu core/i, "ubuntu-core"],
  [/\bubuntu\b|^ubuntu/i, "ubuntu"],
  // Debian's packages over kernels that are not Linux.
  [/\bdebian gnu\/hurd/i, "debian-hurd"],
  [/\bdebian gnu\/kfreebsd/i, "debian-kfreebsd"],
  [/\bdebian\b|^debian/i, "debian"],
  [/\bfuntoo\b/i, "funtoo"],
  [/\bgentoo\b/i, "gentoo"],
  [/\balpine\b/i, "alpine"],
  [/\barch\s*linux|^arch$/i, "arch"],
  [/\bmanjaro/i, "manjaro"],
  [/\bslackware/i, "slackware"],
  [/\bmageia/i, "mageia"],
  [/\bmandriva|\bmandrake/i, "mandriva"],
  [/\bphoton/i, "photon"],
  [/\bALT\s+(server|linux|workstation|starterkit)/i, "altlinux"],
];

/** The distro id for what a release file, an issue file or `lsb_release` calls the system; null where unknown. */
export function distroFromName(name: string): string | null {
  const trimmed = name.trim();
  for (const [pattern, distro] of byName) if (pattern.test(trimmed)) return distro;
  return null;
}

/** os-release IDs that are spelt otherwise in this project. */
const byId = wordTable<string>({
  ol: "oracle",
  oraclelinux: "oracle",
  amzn: "amazon",
  redhat: "rhel",
  rhel: "rhel",
  "opensuse-leap": "opensuse",
  opensuse: "opensuse",
  suse: "sles",
  sle: "sles",
  aliyun: "alinux",
  alinux: "alinux",
  tlinux: "tencentos",
});

/** IDs are in lower case by their definition; a listed system's is known in any. */
export function distroFromId(id: string): string {
  const lower = id.toLowerCase();
  return byId[lower] ?? (parentDistros.has(lower) ? lower : id);
}

/** Distros on the seed's list: a system may carry one of these names only if it is that system. */
export const parentDistros: ReadonlySet<string> = new Set([
  "rhel",
  "centos",
  "oracle",
  "ubuntu",
  "debian",
  "opensuse",
  "sles",
  "gentoo",
  "alinux",
  "amazon",
]);

/** `BunsenLabs GNU/Linux` → `bunsenlabs`, `Linux Lite` → `linux-lite`: a name of its own for a derivative without an id. */
export function slugOfName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/\bgnu\/linux\b/g, "")
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 64) || "unknown"
  );
}
