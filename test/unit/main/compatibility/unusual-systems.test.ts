import { describe, expect, it } from "vitest";
import { assessCapture, type Capture } from "./captures.ts";

const osRelease = (fields: string): Record<string, string> => ({
  "/etc/os-release": fields.replaceAll("|", "\n"),
});
const debian10 =
  'ID=debian|VERSION_ID="10"|NAME="Debian GNU/Linux"|PRETTY_NAME="Debian GNU/Linux 10 (buster)"';
const ubuntu14 = 'ID=ubuntu|VERSION_ID="14.04"|NAME="Ubuntu"|PRETTY_NAME="Ubuntu 14.04.1 LTS"';

type Row = readonly [what: string, capture: Capture, onList: boolean | null, distro: string | null];

const rows: readonly Row[] = [
  [
    "Linux Mint that left Ubuntu's os-release alone",
    {
      files: {
        ...osRelease(ubuntu14),
        "/etc/lsb-release":
          'DISTRIB_ID=LinuxMint\nDISTRIB_RELEASE=17\nDISTRIB_DESCRIPTION="Linux Mint 17 Qiana"\n',
      },
    },
    false,
    "linuxmint",
  ],
  [
    "Ubuntu whose lsb-release agrees",
    { files: { ...osRelease(ubuntu14), "/etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n" } },
    true,
    "ubuntu",
  ],
  [
    "SLES, to whose lsb_release it is SUSE LINUX",
    {
      files: osRelease('ID="sles"|VERSION_ID="12.5"|NAME="SLES"'),
      commands: { "lsb_release -i": "Distributor ID:\tSUSE LINUX\n" },
    },
    true,
    "sles",
  ],
  [
    "Proxmox Backup Server on Debian's os-release",
    { files: { ...osRelease(debian10), "/etc/proxmox-backup/user.cfg": "" } },
    false,
    "proxmox-backup",
  ],
  [
    "TrueNAS, by its kernel",
    { files: osRelease(debian10), commands: { "uname -r": "5.10.142+truenas\n" } },
    null,
    "debian",
  ],
  [
    "Devuan without an os-release",
    { files: { "/etc/devuan_version": "beowulf\n", "/etc/debian_version": "10.9\n" } },
    false,
    "devuan",
  ],
  [
    "an id with a comment behind it",
    { files: osRelease("ID=debian # ours|VERSION_ID=10 # old") },
    true,
    "debian",
  ],
  [
    "Oracle Autonomous Linux under Oracle Linux' id",
    { files: osRelease('ID="ol"|VERSION_ID="8.8"|NAME="Oracle Autonomous Linux"') },
    false,
    "oracle-autonomous-linux",
  ],
  [
    "the company's own Linux, which is not the cloud's",
    { files: { "/etc/redhat-release": "Alibaba Group Enterprise Linux Server release 7.2 (Paladin)\n" } },
    false,
    "alios",
  ],
  [
    "a beta, which is no release",
    { files: { "/etc/redhat-release": "Red Hat Enterprise Linux release 8.0 Beta (Ootpa)\n" } },
    null,
    "rhel",
  ],
  [
    "a product that only its release file knows",
    { files: { "/etc/redhat-release": "ClearOS release 7.9.1 (Final)\n" } },
    false,
    "clearos",
  ],
  [
    "a release file without the word",
    { files: { "/etc/vine-release": "Vine Linux 6.3 (Ducru Beaucaillou)\n" } },
    false,
    "vine-linux",
  ],
  [
    "CentOS 6 with a release file of its admin's",
    {
      files: {
        "/etc/redhat-release": "CentOS release 6.10 (Final)\n",
        "/etc/golden-release": "Golden image release 12\n",
      },
    },
    true,
    "centos",
  ],
  [
    "hostnamectl alone",
    {
      commands: {
        hostnamectl:
          " Static hostname: a\nOperating System: Ubuntu 18.04.6 LTS\n          Kernel: Linux 4.15.0\n",
      },
    },
    true,
    "ubuntu",
  ],
  [
    "Windows NT 4.0",
    {
      commands: {
        "wmic os get /value": "Caption=Microsoft Windows NT Server\r\nVersion=4.0.1381\r\nProductType=3\r\n",
      },
    },
    false,
    "windows",
  ],
];

describe("systems that look like listed ones", () => {
  it.each(rows)("%s", (_, capture, onList, distro) => {
    const { os, support } = assessCapture(capture);
    expect({ distro: os.distro, onList: support.onList }).toEqual({ distro, onList });
  });
});
