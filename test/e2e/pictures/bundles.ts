/** Bundles of made-up servers, as the Linux collector writes them: plain ones, old ones, and ones with trouble. */

export const gibibyte = 1024 ** 3;

export interface Server {
  readonly distro: string;
  readonly version: string;
  readonly name: string;
  readonly kernel: string;
  readonly disks: readonly object[];
  readonly files?: Readonly<Record<string, string>>;
  readonly commands?: Readonly<Record<string, string>>;
}

export const part = (name: string, startGiB: number, sizeGiB: number, more: object) => ({
  name: `/dev/${name}`,
  type: "part",
  size: Math.round(sizeGiB * gibibyte),
  start: Math.round((startGiB * gibibyte) / 512),
  ...more,
});
export const disk = (name: string, sizeGiB: number, table: string, children: readonly object[]) => ({
  name: `/dev/${name}`,
  type: "disk",
  size: sizeGiB * gibibyte,
  pttype: table,
  model: "Virtual disk",
  tran: "sata",
  children,
});
export const volume = (name: string, sizeGiB: number, more: object) => ({
  name: `/dev/mapper/${name}`,
  type: "lvm",
  size: sizeGiB * gibibyte,
  ...more,
});

const servers: readonly Server[] = [
  {
    distro: "centos",
    version: "7",
    name: "CentOS Linux 7 (Core)",
    kernel: "3.10.0-1160.el7.x86_64",
    disks: [
      disk("sda", 60, "dos", [
        part("sda1", 0.001, 1, { fstype: "xfs", mountpoint: "/boot" }),
        part("sda2", 1.001, 58.9, {
          fstype: "LVM2_member",
          children: [
            volume("centos-root", 35, { fstype: "xfs", mountpoint: "/" }),
            volume("centos-var", 16, { fstype: "xfs", mountpoint: "/var" }),
            volume("centos-swap", 4, { fstype: "swap", mountpoint: "[SWAP]" }),
          ],
        }),
      ]),
      disk("sdb", 200, "gpt", [part("sdb1", 0.001, 199.9, { fstype: "xfs", mountpoint: "/srv/data" })]),
    ],
    files: {
      "/etc/sysconfig/network-scripts/ifcfg-eth0":
        "DEVICE=eth0\nBOOTPROTO=static\nONBOOT=yes\nIPADDR=10.20.0.17\nPREFIX=24\nGATEWAY=10.20.0.1\n",
      "/proc/mounts":
        "/dev/mapper/centos-root / xfs rw 0 0\n/dev/sda1 /boot xfs rw 0 0\n/dev/mapper/centos-var /var xfs rw 0 0\n/dev/sdb1 /srv/data xfs rw 0 0\n",
      "/etc/fstab":
        "/dev/mapper/centos-root / xfs defaults 0 0\n/dev/sda1 /boot xfs defaults 0 0\n/dev/sdb1 /srv/data xfs defaults 0 0\nfiler:/export/home /home nfs defaults 0 0\n",
    },
    commands: {
      "df -P -k":
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/mapper/centos-root 36682240 14201856 22480384 39% /\n/dev/sda1 1038336 203776 834560 20% /boot\n/dev/mapper/centos-var 16769024 12094464 4674560 73% /var\n/dev/sdb1 209604608 150994944 58609664 73% /srv/data\n",
      "ps -eo comm,args": "COMMAND COMMAND\nmysqld /usr/sbin/mysqld --daemonize\nsshd /usr/sbin/sshd -D\n",
    },
  },
  {
    distro: "debian",
    version: "10",
    name: "Debian GNU/Linux 10 (buster)",
    kernel: "4.19.0-27-amd64",
    disks: [
      disk("sda", 40, "dos", [
        part("sda1", 0.001, 12, { fstype: "ext4", mountpoint: "/" }),
        { ...part("sda2", 12.002, 28, {}), size: 1024, parttype: "0x5" },
        part("sda5", 12.002, 2, { fstype: "swap", mountpoint: "[SWAP]" }),
        part("sda6", 14.003, 20, { fstype: "ext4", mountpoint: "/home" }),
      ]),
    ],
    files: { "/etc/fstab": "/dev/sda1 / ext4 errors=remount-ro 0 1\n/dev/sda6 /home ext4 defaults 0 2\n" },
    commands: {
      "df -P -k":
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 12253176 4817220 6793788 42% /\n/dev/sda6 20510332 11272188 8173236 58% /home\n",
    },
  },
  {
    distro: "ubuntu",
    version: "20.04",
    name: "Ubuntu 20.04.6 LTS",
    kernel: "5.4.0-190-generic",
    disks: [
      disk("vda", 32, "gpt", [
        part("vda1", 0.001, 0.5, { fstype: "vfat", mountpoint: "/boot/efi" }),
        part("vda2", 0.502, 31.4, { fstype: "ext4", mountpoint: "/" }),
      ]),
    ],
    commands: {
      "df -P -k":
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda2 32325504 9871234 20788420 33% /\n/dev/vda1 523248 6220 517028 2% /boot/efi\n",
    },
  },
  {
    distro: "fedora",
    version: "38",
    name: "Fedora Linux 38 (Server Edition)",
    kernel: "6.2.9-300.fc38.x86_64",
    disks: [
      disk("nvme0n1", 120, "gpt", [
        part("nvme0n1p1", 0.001, 0.6, { fstype: "vfat", mountpoint: "/boot/efi" }),
        part("nvme0n1p2", 0.602, 1, { fstype: "ext4", mountpoint: "/boot" }),
        part("nvme0n1p3", 1.603, 118, {
          fstype: "crypto_LUKS",
          children: [
            {
              name: "/dev/mapper/luks-root",
              type: "crypt",
              size: 118 * gibibyte,
              fstype: "btrfs",
              mountpoint: "/",
            },
          ],
        }),
      ]),
    ],
  },
];

export const bundleKinds = servers.length;

/** The bundle of server `index`, which calls itself `hostName`. */
export function bundleOf(index: number, hostName: string): string {
  return bundleFor(servers[index % servers.length] as Server, hostName);
}

export function bundleFor(server: Server, hostName: string): string {
  const commands: Record<string, string> = {
    "lsblk -J -b -p -o NAME,TYPE,SIZE,START,FSTYPE,MOUNTPOINT,PTTYPE,PARTTYPE,MODEL,TRAN": JSON.stringify({
      blockdevices: server.disks,
    }),
    "uname -r": `${server.kernel}\n`,
    "uname -m": "x86_64\n",
    "id -u": "0\n",
    ...server.commands,
  };
  return JSON.stringify({
    format: 1,
    collectedAt: "2026-01-02T03:04:05+00:00",
    collector: "collect-linux.sh 1",
    platform: "linux",
    files: {
      "/etc/os-release": `ID=${server.distro}\nVERSION_ID="${server.version}"\nPRETTY_NAME="${server.name}"\n`,
      "/etc/hostname": `${hostName}\n`,
      "/proc/meminfo": "MemTotal:        8167848 kB\nMemAvailable:    5123456 kB\n",
      ...server.files,
    },
    commands: Object.fromEntries(
      Object.entries(commands).map(([name, stdout]) => [name, { stdout, stderr: "", exitCode: 0 }]),
    ),
  });
}
