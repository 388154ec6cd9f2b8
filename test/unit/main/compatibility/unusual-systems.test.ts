import { describe, expect, it } from "vitest";
import { assessCapture, type Capture, wmiList } from "./captures.ts";

const osRelease = (fields: string): Record<string, string> => ({
  "/etc/os-release": fields.replaceAll("|", "\n"),
});
const debian10 =
  'ID=debian|VERSION_ID="10"|NAME="Debian GNU/Linux"|PRETTY_NAME="Debian GNU/Linux 10 (buster)"';
const ubuntu14 = 'ID=ubuntu|VERSION_ID="14.04"|NAME="Ubuntu"|PRETTY_NAME="Ubuntu 14.04.1 LTS"';

const windows = (caption: string, version: string, edition: number): Capture => ({
  platform: "windows",
  commands: {
    "wmi Win32_OperatingSystem": wmiList({
      Caption: caption,
      Version: version,
      ProductType: 3,
      OperatingSystemSKU: edition,
    }),
  },
});

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
    "Debian's packages over another kernel",
    { files: osRelease('ID=debian|VERSION_ID="7"|PRETTY_NAME="Debian GNU/kFreeBSD 7 (wheezy)"') },
    false,
    "debian-kfreebsd",
  ],
  [
    "an image-based Red Hat, which the list does not settle",
    {
      files: osRelease(
        'ID="rhel"|VERSION_ID="7.9"|NAME="Red Hat Enterprise Linux Atomic Host"|VARIANT="Atomic Host"',
      ),
    },
    null,
    "rhel",
  ],
  [
    "VMware's appliance on SUSE's system",
    {
      files: {
        "/etc/SuSE-release": "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 2\n",
        "/etc/issue": "\nVMware vCenter Server Appliance 6.0.0.20000\n",
      },
    },
    false,
    "vmware-appliance",
  ],
  [
    "a CentOS turned into Oracle Linux",
    {
      files: {
        "/etc/centos-release": "CentOS Linux release 7.9.2009 (Core)\n",
        "/etc/oracle-release": "Oracle Linux Server release 7.9\n",
        "/etc/redhat-release": "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n",
      },
    },
    true,
    "oracle",
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
  ...(
    [
      ["Zentyal", "/etc/zentyal/zentyal.conf", "", "zentyal"],
      ["TurnKey Linux", "/etc/turnkey_version", "turnkey-lamp-16.0-buster-amd64\n", "turnkey"],
      ["NethServer", "/etc/nethserver-release", "NethServer release 7.9.2009 (final)\n", "nethserver"],
    ] as const
  ).map(([what, path, text, distro]): Row => [
    `${what} on its carrier's os-release`,
    { files: { ...osRelease(debian10), [path]: text } },
    false,
    distro,
  ]),
  [
    "a product whose folder a collector listed",
    { files: osRelease(debian10), commands: { "ls -d /etc/openmediavault": "/etc/openmediavault\n" } },
    false,
    "openmediavault",
  ],
  [
    "CentOS with a release file of software that was installed on it",
    {
      files: {
        "/etc/redhat-release": "CentOS Linux release 7.9.2009 (Core)\n",
        "/etc/plesk-release": "18.0.40\n",
      },
    },
    true,
    "centos",
  ],
  ["ESXi", { files: { "/etc/vmware-release": "VMware ESXi 6.7.0\n" } }, false, "esxi"],
  [
    "an Insider preview that bears a release's name",
    {
      commands: {
        "wmic os get /value":
          "Caption=Microsoft Windows Server 2022 Datacenter\r\nVersion=10.0.20285\r\nProductType=3\r\n",
      },
    },
    null,
    "windows",
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
  [
    "Small Business Server under its base's name, by the number of its edition",
    windows("Microsoft® Windows Server® 2008 Standard FE", "6.0.6002", 9),
    null,
    "windows",
  ],
  ["Nano Server", windows("Microsoft Windows Server 2016 Datacenter", "10.0.14393", 143), null, "windows"],
  [
    "the half-yearly release that has the build of 2019",
    windows("Microsoft Windows Server Datacenter", "10.0.17763", 145),
    false,
    "windows",
  ],
  [
    "an upgrade that kept its name",
    windows("Microsoft Windows Server 2022 Standard", "10.0.26100", 7),
    false,
    "windows",
  ],
  ["2022 in full", windows("Microsoft Windows Server 2022 Datacenter", "10.0.20348", 8), true, "windows"],
];

describe("systems that look like listed ones", () => {
  it.each(rows)("%s", (_, capture, onList, distro) => {
    const { os, support } = assessCapture(capture);
    expect({ distro: os.distro, onList: support.onList }).toEqual({ distro, onList });
  });
});

describe("what is said of systems that are not listed", () => {
  const paramsOf = (capture: Capture): unknown =>
    assessCapture(capture).findings.find(({ code }) => code.startsWith("os-unsupported"))?.params;

  it("names a product beside the system that it is built on, and what it resembles", () => {
    expect(paramsOf({ files: { ...osRelease(debian10), "/etc/pve/storage.cfg": "" } })).toEqual({
      os: "Proxmox VE (Debian GNU/Linux 10 (buster))",
      relative: "Debian",
    });
  });

  it("takes the resemblance from ID_LIKE where the list of relatives has none, and ids in any case", () => {
    const own = osRelease(
      'ID=sea|ID_LIKE="rhel fedora"|NAME="Sea Linux"|VERSION_ID=1|PRETTY_NAME="Sea Linux 1"',
    );
    expect(paramsOf({ files: own })).toEqual({ os: "Sea Linux 1", relative: "Red Hat" });
    const euler = osRelease('ID=openEuler|NAME="openEuler"|VERSION_ID="20.03"|PRETTY_NAME="openEuler 20.03"');
    expect(paramsOf({ files: euler })).toEqual({ os: "openEuler 20.03", relative: "CentOS" });
  });

  it("gives a system of which only the kernel spoke that kernel's name", () => {
    expect(
      paramsOf({ commands: { "uname -a": "FreeBSD a 12.2-RELEASE FreeBSD 12.2-RELEASE amd64\n" } }),
    ).toEqual({
      os: "FreeBSD 12.2-RELEASE",
    });
  });

  it.each([
    ["64-Bit", "x86_64"],
    ["64 bits", "x86_64"],
    ["64 位", "x86_64"],
    ["64 位元", "x86_64"],
    ["64 ビット", "x86_64"],
    ["64비트", "x86_64"],
    ["64-разрядная", "x86_64"],
    ["\u200f64 سيت", "x86_64"],
    ["32 ビット", "i686"],
    ["32 位", "i686"],
    ["ARM 64-bit Processor", "aarch64"],
  ])("Windows' %s is the processor %s in any language", (own, architecture) => {
    const { os, findings } = assessCapture({
      platform: "windows",
      commands: { "wmi Win32_OperatingSystem": wmiList({ Version: "10.0.17763", OSArchitecture: own }) },
    });
    expect(os.architecture).toBe(architecture);
    expect(findings.some(({ code }) => code === "cpu-arch")).toBe(architecture === "aarch64");
  });

  it("calls a preview only what is called a Windows Server", () => {
    const of = (caption: string, version: string): unknown =>
      assessCapture(windows(caption, version, 8)).os.edition;
    expect(of("Microsoft Azure Stack HCI", "10.0.20349")).toBeNull();
    expect(of("Microsoft Windows 10 Enterprise for Virtual Desktops", "10.0.19044")).toBe("Enterprise");
    expect(of("Microsoft Windows Server 2022 Datacenter", "10.0.20285")).toBe("Datacenter Preview");
  });

  it("takes words that every object knows for no more than words", () => {
    const odd = assessCapture({
      platform: "windows",
      commands: {
        "wmi Win32_OperatingSystem": wmiList({
          Version: "10.0.17763",
          OSLanguage: "__proto__",
          OperatingSystemSKU: "constructor",
        }),
        "wmi Win32_DiskDrive": wmiList({
          DeviceID: "\\\\.\\PHYSICALDRIVE0",
          Index: 0,
          InterfaceType: "constructor",
          Size: 1024 ** 3,
        }),
      },
    });
    expect(odd.os).toMatchObject({ edition: null, language: "lcid-__proto__" });
  });

  it("tells Itanium, which calls itself 64-bit, from x86-64", () => {
    const { os, findings } = assessCapture({
      commands: {
        "wmic os get /value":
          "Caption=Microsoft Windows Server 2008 R2 for Itanium-Based Systems\r\nVersion=6.1.7601\r\nOSArchitecture=64-bit\r\n",
      },
    });
    expect(os.architecture).toBe("ia64");
    expect(findings[0]).toMatchObject({ code: "cpu-arch", severity: "blocker" });
  });
});
