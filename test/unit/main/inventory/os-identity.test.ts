import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";

type Row = readonly [
  what: string,
  files: Readonly<Record<string, string>>,
  distro: string | null,
  version: string | null,
];

const osRelease = (text: string): Readonly<Record<string, string>> => ({
  "/etc/os-release": text.replaceAll("|", "\n"),
});

const rows: readonly Row[] = [
  ["an ID in capitals", osRelease('ID="CentOS"|VERSION_ID="7"'), "centos", "7"],
  ["PRETTY_NAME alone", osRelease('PRETTY_NAME="Debian GNU/Linux 10 (buster)"'), "debian", "10"],
  [
    "Ubuntu without VERSION_ID",
    osRelease('NAME="Ubuntu"|ID=ubuntu|VERSION="20.04.6 LTS (Focal Fossa)"'),
    "ubuntu",
    "20.04.6",
  ],
  ["SLES without VERSION_ID", osRelease('NAME="SLES"|ID="sles"|VERSION="12-SP5"'), "sles", "12.5"],
  [
    "an ID that every object has",
    osRelease("ID=constructor|VERSION_ID=7|ID_LIKE=__proto__"),
    "constructor",
    "7",
  ],
  [
    "a banner that speaks of a system in the middle",
    { "/etc/issue": "Authorized use only.\nAll traffic to Ubuntu 20.04 servers is recorded.\n" },
    null,
    null,
  ],
  [
    "SUSE by its issue alone",
    { "/etc/issue": "\nWelcome to SUSE Linux Enterprise Server 11 SP3  (x86_64) - Kernel \\r (\\l).\n\n" },
    "sles",
    "11.3",
  ],
  ["CentOS 5", { "/etc/redhat-release": "CentOS release 5.11 (Final)\n" }, "centos", "5.11"],
  [
    "CentOS 6 with its twin files",
    {
      "/etc/centos-release": "CentOS release 6.10 (Final)\n",
      "/etc/redhat-release": "CentOS release 6.10 (Final)\n",
      "/etc/system-release": "CentOS release 6.10 (Final)\n",
    },
    "centos",
    "6.10",
  ],
  [
    "CentOS 7, whose os-release knows only the 7",
    {
      ...osRelease('NAME="CentOS Linux"|ID="centos"|VERSION_ID="7"|PRETTY_NAME="CentOS Linux 7 (Core)"'),
      "/etc/centos-release": "CentOS Linux release 7.9.2009 (Core)\n",
    },
    "centos",
    "7.9.2009",
  ],
  [
    "CentOS Stream 9",
    osRelease('NAME="CentOS Stream"|ID="centos"|VERSION_ID="9"|PRETTY_NAME="CentOS Stream 9"'),
    "centos-stream",
    "9",
  ],
  [
    "RHEL 5",
    { "/etc/redhat-release": "Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n" },
    "rhel",
    "5.11",
  ],
  [
    "RHEL 4 AS",
    { "/etc/redhat-release": "Red Hat Enterprise Linux AS release 4 (Nahant Update 8)\n" },
    "rhel",
    "4",
  ],
  [
    "Red Hat Linux 9, which is no RHEL 9",
    { "/etc/redhat-release": "Red Hat Linux release 9 (Shrike)\n" },
    "redhat-linux",
    "9",
  ],
  [
    "Oracle Linux 6, whose redhat-release names its parent",
    {
      "/etc/oracle-release": "Oracle Linux Server release 6.10\n",
      "/etc/redhat-release": "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n",
      "/etc/system-release": "Oracle Linux Server release 6.10\n",
    },
    "oracle",
    "6.10",
  ],
  [
    "Oracle Linux 5",
    {
      "/etc/enterprise-release": "Enterprise Linux Enterprise Linux Server release 5.8 (Carthage)\n",
      "/etc/redhat-release": "Red Hat Enterprise Linux Server release 5.8 (Tikanga)\n",
    },
    "oracle",
    "5.8",
  ],
  [
    "Oracle VM Server",
    { "/etc/redhat-release": "Oracle VM server release 3.4.6\n" },
    "oracle-vm-server",
    "3.4.6",
  ],
  ["Fedora Core", { "/etc/redhat-release": "Fedora Core release 6 (Zod)\n" }, "fedora", "6"],
  [
    "SLES 11 SP3",
    { "/etc/SuSE-release": "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n" },
    "sles",
    "11.3",
  ],
  [
    "SLES 12 SP1 by its old file",
    {
      "/etc/SuSE-release":
        "SUSE Linux Enterprise Server 12 (x86_64)\nVERSION = 12\nPATCHLEVEL = 1\n# This file is deprecated\n",
    },
    "sles",
    "12.1",
  ],
  [
    "SLED 11",
    { "/etc/SuSE-release": "SUSE Linux Enterprise Desktop 11 (i586)\nVERSION = 11\nPATCHLEVEL = 2\n" },
    "sled",
    "11.2",
  ],
  [
    "SLED 15",
    osRelease('NAME="SLED"|ID="sled"|VERSION_ID="15.3"|PRETTY_NAME="SUSE Linux Enterprise Desktop 15 SP3"'),
    "sled",
    "15.3",
  ],
  [
    "SLES for SAP with SLES's id",
    osRelease(
      'NAME="SLES"|ID="sles"|VERSION_ID="15.5"|PRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"|CPE_NAME="cpe:/o:suse:sles_sap:15:sp5"',
    ),
    "sles_sap",
    "15.5",
  ],
  [
    "SLE Micro",
    osRelease(
      'NAME="SLE Micro"|ID="sle-micro"|VERSION_ID="5.5"|PRETTY_NAME="SUSE Linux Enterprise Micro 5.5"',
    ),
    "sle-micro",
    "5.5",
  ],
  [
    "openSUSE 13.1",
    { "/etc/SuSE-release": "openSUSE 13.1 (x86_64)\nVERSION = 13.1\nCODENAME = Bottle\n" },
    "opensuse",
    "13.1",
  ],
  [
    "openSUSE Leap 42.3",
    osRelease('NAME="openSUSE Leap"|ID=opensuse|VERSION_ID="42.3"|PRETTY_NAME="openSUSE Leap 42.3"'),
    "opensuse",
    "42.3",
  ],
  [
    "openSUSE Tumbleweed with the bare id",
    osRelease(
      'NAME="openSUSE Tumbleweed"|ID=opensuse|VERSION_ID="20180101"|PRETTY_NAME="openSUSE Tumbleweed"',
    ),
    "opensuse-tumbleweed",
    "20180101",
  ],
  [
    "Ubuntu 10.04",
    {
      "/etc/lsb-release":
        'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\nDISTRIB_DESCRIPTION="Ubuntu 10.04.4 LTS"\n',
      "/etc/debian_version": "squeeze/sid\n",
    },
    "ubuntu",
    "10.04",
  ],
  [
    "Kubuntu, which is Ubuntu",
    osRelease('NAME="Ubuntu"|ID=ubuntu|ID_LIKE=debian|VERSION_ID="20.04"|PRETTY_NAME="Ubuntu 20.04.6 LTS"'),
    "ubuntu",
    "20.04",
  ],
  [
    "Linux Mint 17 that keeps Ubuntu's os-release",
    {
      ...osRelease('NAME="Ubuntu"|ID=ubuntu|VERSION_ID="14.04"|PRETTY_NAME="Linux Mint 17.3"'),
      "/etc/lsb-release": "DISTRIB_ID=LinuxMint\nDISTRIB_RELEASE=17.3\n",
    },
    "linuxmint",
    "14.04",
  ],
  [
    "Linux Lite with Ubuntu's id",
    osRelease('NAME="Linux Lite"|ID=ubuntu|ID_LIKE=debian|VERSION_ID="18.04"|PRETTY_NAME="Linux Lite 4.0"'),
    "linux-lite",
    "18.04",
  ],
  [
    "MX with Debian's id",
    osRelease('NAME="MX"|ID=debian|VERSION_ID="21"|PRETTY_NAME="MX 21 Wildflower"'),
    "mx",
    "21",
  ],
  [
    "Debian 6",
    { "/etc/debian_version": "6.0.10\n", "/etc/issue": "Debian GNU/Linux 6.0 \\n \\l\n" },
    "debian",
    "6.0.10",
  ],
  [
    "Debian 11 with its point release",
    {
      ...osRelease(
        'NAME="Debian GNU/Linux"|ID=debian|VERSION_ID="11"|PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"',
      ),
      "/etc/debian_version": "11.7\n",
    },
    "debian",
    "11.7",
  ],
  [
    "Devuan, which has a debian_version",
    { ...osRelease('NAME="Devuan GNU/Linux"|ID=devuan|VERSION_ID="4"'), "/etc/debian_version": "11.3\n" },
    "devuan",
    "4",
  ],
  [
    "Proxmox VE on Debian",
    {
      ...osRelease(
        'NAME="Debian GNU/Linux"|ID=debian|VERSION_ID="12"|PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
      ),
      "/etc/issue": "\nWelcome to the Proxmox Virtual Environment. Please use your web browser\n",
    },
    "proxmox",
    "12",
  ],
  [
    "Raspberry Pi OS of 64 bits, which says Debian",
    {
      ...osRelease(
        'NAME="Debian GNU/Linux"|ID=debian|VERSION_ID="12"|PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
      ),
      "/etc/rpi-issue": "Raspberry Pi reference 2023-10-10\n",
    },
    "raspbian",
    "12",
  ],
  [
    "Armbian",
    osRelease('NAME="Debian GNU/Linux"|ID=debian|VERSION_ID="11"|PRETTY_NAME="Armbian 23.02.2 Bullseye"'),
    "armbian",
    "11",
  ],
  ["Kali", osRelease('NAME="Kali GNU/Linux"|ID=kali|ID_LIKE=debian|VERSION_ID="2023.1"'), "kali", "2023.1"],
  [
    "Scientific Linux 6",
    { "/etc/redhat-release": "Scientific Linux release 6.10 (Carbon)\n" },
    "scientific",
    "6.10",
  ],
  [
    "Scientific Linux 7 with RHEL's id",
    osRelease(
      'NAME="Scientific Linux"|ID="rhel"|VERSION_ID="7.9"|PRETTY_NAME="Scientific Linux 7.9 (Nitrogen)"',
    ),
    "scientific",
    "7.9",
  ],
  [
    "RHEL with an employee's label",
    osRelease('NAME="Red Hat Enterprise Linux Server"|ID="rhel"|VERSION_ID="7.2"|PRETTY_NAME="Employee SKU"'),
    "rhel",
    "7.2",
  ],
  [
    "Red Hat Virtualization Host with RHEL's id",
    osRelease(
      'NAME="Red Hat Enterprise Linux"|ID="rhel"|VERSION_ID="7.3"|PRETTY_NAME="Red Hat Virtualization Host 4.0 (el7.3)"',
    ),
    "rhvh",
    "7.3",
  ],
  [
    "AlmaLinux 8",
    osRelease('NAME="AlmaLinux"|ID="almalinux"|ID_LIKE="rhel centos fedora"|VERSION_ID="8.9"'),
    "almalinux",
    "8.9",
  ],
  [
    "Rocky by its file alone",
    { "/etc/redhat-release": "Rocky Linux release 9.2 (Blue Onyx)\n" },
    "rocky",
    "9.2",
  ],
  ["EuroLinux", { "/etc/redhat-release": "EuroLinux release 8.5 (Tirana) \n" }, "eurolinux", "8.5"],
  ["EulerOS", { "/etc/redhat-release": "EulerOS release 2.0 (SP5)\n" }, "euleros", "2.0"],
  [
    "Anolis",
    osRelease('NAME="Anolis OS"|ID="anolis"|ID_LIKE="rhel fedora centos"|VERSION_ID="8.6"'),
    "anolis",
    "8.6",
  ],
  [
    "XenServer",
    { "/etc/redhat-release": "XenServer release 7.6.0 (xenenterprise)\n" },
    "xenenterprise",
    "7.6.0",
  ],
  [
    "Amazon Linux 2014.09",
    { "/etc/system-release": "Amazon Linux AMI release 2014.09\n" },
    "amazon",
    "2014.09",
  ],
  [
    "Amazon Linux 2023",
    osRelease(
      'NAME="Amazon Linux"|ID="amzn"|ID_LIKE="fedora"|VERSION_ID="2023"|PRETTY_NAME="Amazon Linux 2023"',
    ),
    "amazon",
    "2023",
  ],
  [
    "Alibaba Cloud Linux 3",
    {
      ...osRelease(
        'NAME="Alibaba Cloud Linux"|ID="alinux"|ID_LIKE="rhel fedora centos anolis"|VERSION_ID="3"|PRETTY_NAME="Alibaba Cloud Linux 3 (Soaring Falcon)"',
      ),
      "/etc/alinux-release": "Alibaba Cloud Linux release 3 (Soaring Falcon)\n",
      "/etc/redhat-release": "Alibaba Cloud Linux release 3 (Soaring Falcon)\n",
    },
    "alinux",
    "3",
  ],
  [
    "Alibaba Cloud Linux 2 by its file",
    { "/etc/redhat-release": "Alibaba Cloud Linux (Aliyun Linux) release 2.1903 LTS (Hunting Beagle)\n" },
    "alinux",
    "2.1903",
  ],
  [
    "Gentoo",
    {
      ...osRelease('NAME=Gentoo|ID=gentoo|PRETTY_NAME="Gentoo Linux"'),
      "/etc/gentoo-release": "Gentoo Base System release 2.14\n",
    },
    "gentoo",
    "2.14",
  ],
  ["Alpine by its file", { "/etc/alpine-release": "3.18.4\n" }, "alpine", "3.18.4"],
  ["an image's root with relative paths", { "etc/os-release": "ID=debian\nVERSION_ID=10\n" }, "debian", "10"],
  ["nothing that tells", { "/etc/hostname": "web\n" }, null, null],
];

describe("naming the operating system", () => {
  it.each(rows)("knows %s", (_what, files, distro, version) => {
    const { os } = factsFromBundle(bundleSchema.parse({ format: 1, platform: "linux", files }));
    expect([os.distro, os.version]).toEqual([distro, version]);
    if (distro !== null) expect(os.evidence.length).toBeGreaterThan(0);
  });

  it("takes a system without any identity for Linux only because the bundle says so", () => {
    expect(factsFromBundle(bundleSchema.parse({ format: 1, files: {} })).os.family).toBeNull();
    expect(factsFromBundle(bundleSchema.parse({ format: 1, platform: "linux" })).os.family).toBe("linux");
  });
});

const windows: readonly (readonly [string, string, string, string | null, "server" | "client" | null])[] = [
  [
    "2003 R2 by WMI",
    "wmic os get /value",
    "Caption=Microsoft(R) Windows(R) Server 2003, Standard Edition\r\r\nOtherTypeDescription=R2\r\r\nVersion=5.2.3790\r\r\nProductType=3\r\r\n",
    "2003 R2",
    "server",
  ],
  [
    "2003 by systeminfo",
    "systeminfo",
    "Host Name:                 OLD\r\nOS Name:                   Microsoft(R) Windows(R) Server 2003, Enterprise Edition\r\nOS Version:                5.2.3790 Service Pack 2 Build 3790\r\nOS Manufacturer:           Microsoft Corporation\r\n",
    "2003",
    "server",
  ],
  [
    "2008 R2",
    "wmic os get Caption,Version /format:csv",
    "\r\r\nNode,Caption,Version\r\r\nWEB,Microsoft Windows Server 2008 R2 Enterprise ,6.1.7601\r\r\n",
    "2008 R2",
    "server",
  ],
  [
    "2008 as its signs come out in a code page",
    "systeminfo",
    "Host Name:      A\nOS Name:        Microsoftr Windows Serverr 2008 Standard\nOS Version:     6.0.6002 Service Pack 2 Build 6002\n",
    "2008",
    "server",
  ],
  [
    "2016 by CIM as JSON",
    "powershell -Command Get-CimInstance Win32_OperatingSystem | ConvertTo-Json",
    '{"Caption":"Microsoft Windows Server 2016 Datacenter","Version":"10.0.14393","ProductType":3}',
    "2016",
    "server",
  ],
  [
    "2019 by Format-List",
    "powershell Get-CimInstance Win32_OperatingSystem",
    "Caption     : Microsoft Windows Server 2019 Standard\nVersion     : 10.0.17763\nProductType : 3\n",
    "2019",
    "server",
  ],
  [
    "2022 by its numbers alone",
    "wmic os get Version,ProductType /value",
    "ProductType=2\r\nVersion=10.0.20348\r\n",
    "2022",
    "server",
  ],
  [
    "a preview between releases, which is no release",
    "wmic os get Version,ProductType /value",
    "ProductType=3\r\nVersion=10.0.20190\r\n",
    null,
    "server",
  ],
  [
    "Windows 11, whose registry says 10",
    'reg query "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"',
    "    ProductName    REG_SZ    Windows 10 Pro\r\n    CurrentBuild    REG_SZ    22631\r\n    CurrentMajorVersionNumber    REG_DWORD    0xa\r\n    CurrentMinorVersionNumber    REG_DWORD    0x0\r\n    InstallationType    REG_SZ    Client\r\n",
    "11",
    "client",
  ],
  [
    "Small Business Server 2011 by its base",
    "wmic os get /value",
    "Caption=Windows Small Business Server 2011 Standard\r\nVersion=6.1.7601\r\nProductType=2\r\n",
    "2008 R2",
    "server",
  ],
  [
    "a version without product type, which may be either",
    "ver",
    "\r\nMicrosoft Windows [Version 10.0.17763.1234]\r\n",
    null,
    null,
  ],
  [
    "Windows 8.1",
    "wmic os get /value",
    "Caption=Microsoft Windows 8.1 Pro\nVersion=6.3.9600\nProductType=1\n",
    "8.1",
    "client",
  ],
];

describe("naming Windows", () => {
  it.each(windows)("knows %s", (_what, command, stdout, version, kind) => {
    const { os } = factsFromBundle(
      bundleSchema.parse({ format: 1, platform: "windows", commands: { [command]: { stdout } } }),
    );
    expect(os).toMatchObject({ family: "windows", distro: "windows", version, kind });
  });
});

describe("naming systems from the facts of management tools", () => {
  it("reads facter's lines and JSON alike", () => {
    const plain =
      "kernel => windows\nkernelversion => 6.1.7601\noperatingsystem => windows\nProductType => 3\n";
    const json = JSON.stringify({ kernel: "windows", kernelversion: "6.1.7601", ProductType: 3 });
    for (const stdout of [plain, json]) {
      expect(
        factsFromBundle(
          bundleSchema.parse({ format: 1, platform: "windows", commands: { facter: { stdout } } }),
        ).os,
      ).toMatchObject({ version: "2008 R2", kind: "server" });
    }
    const linux = "operatingsystem => CentOS\noperatingsystemrelease => 6.9\n";
    expect(
      factsFromBundle(bundleSchema.parse({ format: 1, commands: { facter: { stdout: linux } } })).os,
    ).toMatchObject({ distro: "centos", version: "6.9" });
  });

  it("takes the product type from the registry where a version stands alone", () => {
    const commands = {
      ver: { stdout: "Microsoft Windows [Version 6.0.6002]\n" },
      'reg query "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions" /v ProductType': {
        stdout: "    ProductType    REG_SZ    ServerNT\n",
      },
    };
    expect(
      factsFromBundle(bundleSchema.parse({ format: 1, platform: "windows", commands })).os,
    ).toMatchObject({ version: "2008", kind: "server" });
  });
});
