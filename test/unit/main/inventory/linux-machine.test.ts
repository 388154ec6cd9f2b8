import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import type { Facts } from "../../../../common/domain/facts.ts";
import { parseCommandLine } from "../../../../main/inventory/command-line.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";
import { parseSize } from "../../../../main/inventory/sizes.ts";

interface Output {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

function facts(
  files: Readonly<Record<string, string>>,
  commands: Readonly<Record<string, string | Output>> = {},
): Facts {
  const outputs = Object.fromEntries(
    Object.entries(commands).map(([name, output]) => [
      name,
      typeof output === "string" ? { stdout: output, exitCode: 0 } : output,
    ]),
  );
  return factsFromBundle(bundleSchema.parse({ format: 1, platform: "linux", files, commands: outputs }));
}

describe("network configuration", () => {
  const address =
    "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP\n    link/ether 00:50:56:aa:bb:cc brd ff:ff:ff:ff:ff:ff\n    inet 192.0.2.10/24 brd 192.0.2.255 scope global eth0\n    inet6 fe80::1/64 scope link\n";
  it.each([
    [
      "ifcfg of Red Hat, static",
      {
        "/etc/sysconfig/network-scripts/ifcfg-eth0":
          "DEVICE=eth0\nBOOTPROTO=none\nIPADDR=192.0.2.10\nNETMASK=255.255.255.0\nGATEWAY=192.0.2.1\n",
      },
      "static",
      "ifcfg",
    ],
    [
      "ifcfg of Red Hat, DHCP",
      { "/etc/sysconfig/network-scripts/ifcfg-eth0": 'DEVICE="eth0"\nBOOTPROTO="dhcp"\nONBOOT=yes\n' },
      "dhcp",
      "ifcfg",
    ],
    [
      "ifcfg of SUSE",
      { "/etc/sysconfig/network/ifcfg-eth0": "BOOTPROTO='static'\nIPADDR='192.0.2.10/24'\n" },
      "static",
      "wicked",
    ],
    [
      "interfaces of Debian",
      {
        "/etc/network/interfaces":
          "auto lo\niface lo inet loopback\n\nallow-hotplug eth0\niface eth0 inet static\n  address 192.0.2.10\n  netmask 255.255.255.0\n  gateway 192.0.2.1\n",
      },
      "static",
      "interfaces",
    ],
    [
      "interfaces with DHCP",
      { "/etc/network/interfaces": "auto eth0\niface eth0 inet dhcp\n" },
      "dhcp",
      "interfaces",
    ],
    [
      "netplan, static",
      {
        "/etc/netplan/01.yaml":
          "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: no\n      addresses:\n        - 192.0.2.10/24\n      routes:\n        - to: default\n          via: 192.0.2.1\n      nameservers:\n        addresses: [192.0.2.53]\n",
      },
      "static",
      "netplan",
    ],
    [
      "netplan, DHCP",
      { "/etc/netplan/01.yaml": "network:\n    ethernets:\n        eth0:\n            dhcp4: true\n" },
      "dhcp",
      "netplan",
    ],
    [
      "a NetworkManager keyfile",
      {
        "/etc/NetworkManager/system-connections/eth0.nmconnection":
          "[connection]\nid=eth0\ninterface-name=eth0\ntype=ethernet\n\n[ipv4]\naddress1=192.0.2.10/24,192.0.2.1\nmethod=manual\n",
      },
      "static",
      "NetworkManager",
    ],
    [
      "systemd-networkd",
      { "/etc/systemd/network/10.network": "[Match]\nName=eth*\n\n[Network]\nDHCP=yes\n" },
      "dhcp",
      "networkd",
    ],
    [
      "netifrc of Gentoo",
      { "/etc/conf.d/net": 'config_eth0="192.0.2.10/24"\nroutes_eth0="default via 192.0.2.1"\n' },
      "static",
      "netifrc",
    ],
  ] as const)("is read from %s", (_name, files, addressing, configuredBy) => {
    const [nic, ...others] =
      facts(files, { "ip addr": address, "ip route": "default via 192.0.2.1 dev eth0\n" }).network
        .interfaces ?? [];
    expect(others).toEqual([]);
    expect(nic).toMatchObject({
      name: "eth0",
      mac: "00:50:56:aa:bb:cc",
      addressing,
      configuredBy,
      addresses: ["192.0.2.10/24"],
      gateways: ["192.0.2.1"],
      isUp: true,
    });
  });

  it("is unknown where only the running state was read, and DHCP where the kernel says dynamic", () => {
    expect(facts({}, { "ip addr": address }).network.interfaces?.[0]?.addressing).toBeNull();
    expect(
      facts({}, { "ip addr": address.replace("scope global", "scope global dynamic") }).network
        .interfaces?.[0]?.addressing,
    ).toBe("dhcp");
  });

  it("reads the ifconfig of old and new net-tools", () => {
    for (const text of [
      "eth0      Link encap:Ethernet  HWaddr 00:50:56:AA:BB:CC\n          inet addr:192.0.2.10  Bcast:192.0.2.255  Mask:255.255.255.0\n          UP BROADCAST RUNNING  MTU:1500\n",
      "eth0: flags=4163<UP,BROADCAST,RUNNING>  mtu 1500\n        inet 192.0.2.10  netmask 255.255.255.0  broadcast 192.0.2.255\n        ether 00:50:56:aa:bb:cc  txqueuelen 1000\n",
    ]) {
      expect(facts({}, { "ifconfig -a": text }).network.interfaces).toMatchObject([
        { name: "eth0", mac: "00:50:56:aa:bb:cc", addresses: ["192.0.2.10/24"], isUp: true, mtu: 1500 },
      ]);
    }
  });
});

describe("boot", () => {
  it("tells BIOS from UEFI only where it was looked for", () => {
    expect(
      facts(
        {},
        {
          "uname -m": "x86_64\n",
          "ls /sys/firmware/efi": { exitCode: 2, stderr: "No such file or directory" },
        },
      ).firmware.kind,
    ).toBe("bios");
    expect(
      facts({}, { "uname -m": "aarch64\n", "ls /sys/firmware/efi": { exitCode: 2 } }).firmware.kind,
    ).toBeNull();
    expect(
      facts({}, { "ls /sys/firmware/efi": "efivars\nsystab\n", "mokutil --sb-state": "SecureBoot enabled\n" })
        .firmware,
    ).toMatchObject({ kind: "uefi", secureBoot: true });
    expect(facts({}).firmware.kind).toBeNull();
  });

  it.each([
    [{ "grub-install --version": "grub-install (GNU GRUB 0.97)\n" }, "grub-legacy", "0.97"],
    [{ "grub2-install --version": "grub2-install (GRUB) 2.02~beta2\n" }, "grub2", "2.02~beta2"],
    [{ "grub-install --version": "grub-install (GRUB) 1.99-21ubuntu3\n" }, "grub2", "1.99-21ubuntu3"],
    [{ "dpkg-query -W grub-pc": "grub-pc 2.06-13+deb12u1 install ok installed\n" }, "grub2", "2.06"],
    [{ "rpm -qa grub*": "grub2-common 2.02-87.el8\n" }, "grub2", "2.02"],
    [{ "ls /boot/grub": "menu.lst\nstage2\n" }, "grub-legacy", null],
  ])("names the boot loader from %j", (commands, kind, version) => {
    expect(facts({}, commands as Record<string, string>).bootLoader).toMatchObject({ kind, version });
  });

  it("pairs kernels with their initramfs and says what the running one holds", () => {
    const { bootImages } = facts(
      {
        "/boot/config-5.10.0-8-amd64":
          "CONFIG_VIRTIO_BLK=m\nCONFIG_VIRTIO_NET=y\n# CONFIG_SCSI_VIRTIO is not set\n",
      },
      {
        "uname -r": "5.10.0-8-amd64\n",
        "ls -l /boot":
          "total 9\n-rw-r--r-- 1 root root 1 Jan 1 10:00 initrd.img-5.10.0-8-amd64\n-rw-r--r-- 1 root root 1 Jan 1 10:00 vmlinuz-5.10.0-8-amd64\n-rw-r--r-- 1 root root 1 Jan 1 10:00 vmlinuz-5.10.0-9-amd64\n",
        "lsinitramfs /boot/initrd.img-5.10.0-8-amd64":
          "usr/lib/modules/5.10.0-8-amd64/kernel/drivers/block/virtio_blk.ko\n",
      },
    );
    expect(bootImages.bootDirectoryListed).toBe(true);
    expect(bootImages.images).toMatchObject([
      {
        kernel: "5.10.0-8-amd64",
        initramfsPath: "/boot/initrd.img-5.10.0-8-amd64",
        isRunning: true,
        hasVirtioBlock: true,
        hasVirtioPci: false,
      },
      { kernel: "5.10.0-9-amd64", initramfsPath: null, isRunning: false, hasVirtioBlock: null },
    ]);
    expect(bootImages).toMatchObject({
      virtioBlock: "initramfs",
      virtioNet: "built-in",
      virtioScsi: "absent",
    });
  });
});

describe("what runs", () => {
  it("finds databases and Docker by unit and by process, and leaves the rest", () => {
    const { services } = facts(
      {},
      {
        "systemctl list-units --type=service":
          "mariadb.service loaded active running MariaDB\ndocker.service loaded active running Docker\ncron.service loaded active running cron\n",
        "ps -e -o comm=": "ora_pmon_ORCL\nbash\n",
        "docker info": "Docker Root Dir: /srv/docker\n",
      },
    );
    expect(services?.map((service) => [service.name, service.isRunning])).toEqual([
      ["mariadb", true],
      ["docker", true],
      ["oracle-database", true],
    ]);
    expect(services?.find((service) => service.name === "docker")?.dataPaths).toEqual(["/srv/docker"]);
  });

  it("takes what starts at boot from systemd's own list or from its links", () => {
    for (const [command, output] of [
      [
        "systemctl list-unit-files --type=service --state=enabled",
        "nginx.service enabled\nmariadb.service enabled enabled\n",
      ],
      [
        "ls -d /etc/systemd/system/*.wants/*",
        "/etc/systemd/system/multi-user.target.wants/cron.service\n/etc/systemd/system/multi-user.target.wants/mariadb.service\n",
      ],
    ] as const) {
      const running =
        "mariadb.service loaded active running MariaDB\ndocker.service loaded active running Docker\n";
      const { services } = facts({}, { "systemctl list-units --type=service": running, [command]: output });
      expect(services?.map(({ name, startsAtBoot }) => [name, startsAtBoot])).toEqual(
        expect.arrayContaining([
          ["mariadb", true],
          ["docker", null],
        ]),
      );
    }
  });

  it("says nothing of services where only other folders were listed", () => {
    expect(facts({}, { "ls -l /boot": "vmlinuz\n" }).services).toBeNull();
  });

  it("reads SELinux, time and memory", () => {
    const read = facts(
      {
        "/proc/meminfo": "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 10 kB\nCached: 20 kB\n",
        "/etc/selinux/config": "SELINUX=permissive\n",
      },
      { timedatectl: "Time zone: Asia/Tokyo (JST, +0900)\nSystem clock synchronized: yes\n" },
    );
    expect(read.selinux.mode).toBe("permissive");
    expect(read.clock).toMatchObject({ isSynchronised: true, timeZone: "Asia/Tokyo" });
    expect(read.memory).toMatchObject({ totalBytes: 1024000, availableBytes: 130 * 1024 });
  });
});

describe("command lines", () => {
  it.each([
    ["LC_ALL=C /sbin/blkid -p /dev/sda", "blkid"],
    ["sudo -n /usr/sbin/pvs --noheadings", "pvs"],
    ["sudo -u root timeout 10 lsblk", "lsblk"],
    ["sh -c 'LANG=C df -P | sort'", "df"],
    ["C:\\Windows\\System32\\systeminfo.exe /fo csv", "systeminfo"],
    ["cmd /c ver", "ver"],
    ["busybox df", "df"],
    ["", ""],
  ])("%j are of the tool %j", (line, tool) => {
    expect(parseCommandLine(line).tool).toBe(tool);
  });
});

describe("sizes", () => {
  it.each([
    ["500107862016", 500107862016, true],
    ["9.5G", Math.round(9.5 * 1024 ** 3), false],
    ["9,5G", Math.round(9.5 * 1024 ** 3), false],
    ["<9.00g", 9 * 1024 ** 3, false],
    ["2 047 Mo", 2047 * 1024 ** 2, false],
    ["16.383 MB", 16383 * 1024 ** 2, false],
    ["8.191,5 MB", Math.round(8191.5 * 1024 ** 2), false],
    ["1 024 МБ", 1024 ** 3, false],
  ])("%j is %i bytes", (text, bytes, isExact) => {
    expect(parseSize(text)).toEqual({ bytes, isExact });
  });
  it.each(["", "G", "12x", "1.2.3", "-5G"])("%j is none", (text) => {
    expect(parseSize(text)).toBeNull();
  });
});
