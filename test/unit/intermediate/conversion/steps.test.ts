import { describe, expect, it } from "vitest";
import { bootNames } from "../../../../intermediate/conversion/steps/boot-names.ts";
import { cloudInit } from "../../../../intermediate/conversion/steps/cloud-init.ts";
import { fstabNames } from "../../../../intermediate/conversion/steps/fstab-names.ts";
import { hostName, machineId, renamedHosts } from "../../../../intermediate/conversion/steps/identity.ts";
import { network } from "../../../../intermediate/conversion/steps/network.ts";
import { oldTools } from "../../../../intermediate/conversion/steps/old-tools.ts";
import { selinuxPolicy } from "../../../../intermediate/conversion/steps/selinux-relabel.ts";
import { serialConsole } from "../../../../intermediate/conversion/steps/serial-console.ts";
import { lostSwap } from "../../../../intermediate/conversion/steps/swap.ts";
import { parseFstab } from "../../../../intermediate/conversion/fstab.ts";
import { GuestTree } from "../../../../intermediate/conversion/guest-tree.ts";
import { disk, partition, volume } from "../../../support/conversion/devices.ts";
import { guestOf, runStep } from "../../../support/conversion/guest.ts";

const root = partition(0, 1, { type: "ext4", uuid: "r-1" });
const swapArea = partition(0, 2, { type: "swap", uuid: "s-1" });
const devices = [disk(0), root, swapArea];

describe("fstab", () => {
  it("names UUIDs instead of disks, and no longer waits for disks that did not come along", async () => {
    const guest = guestOf(
      {
        "/etc/fstab":
          "/dev/sda1 / ext3 errors=remount-ro 0 1\n/dev/sda2 none swap sw 0 0\n/dev/sdb1 /backup ext4 defaults 0 2\n/dev/vg/data /data xfs defaults 0 0\n",
      },
      { devices },
    );
    const { changes, notes } = await runStep(fstabNames, guest);
    expect(guest.tree.text("/etc/fstab")).toBe(
      "UUID=r-1 / ext3 errors=remount-ro 0 1\nUUID=s-1 none swap sw 0 0\n/dev/sdb1 /backup ext4 nofail,x-systemd.device-timeout=10s 0 2\n/dev/vg/data /data xfs defaults 0 0\n",
    );
    expect(changes).toHaveLength(3);
    expect(notes).toEqual([]);
    expect((await runStep(fstabNames, guest)).changes).toEqual([]);
  });

  it("is not pointed at a filesystem of another kind", async () => {
    const guest = guestOf({ "/etc/fstab": "/dev/sda2 / ext4 defaults 0 1\n" }, { devices });
    const { changes, notes } = await runStep(fstabNames, guest);
    expect(changes).toEqual([]);
    expect(notes[0]).toMatch(/which none of the disks has/);
  });
});

describe("the boot loader", () => {
  it("gives kernels their root by UUID, and forgets the old machine's disks", async () => {
    const guest = guestOf(
      {
        "/boot/grub/grub.cfg":
          "\tlinux /boot/vmlinuz-6.1 root=/dev/sda1 ro resume=/dev/sda2\n\tlinux /x root=UUID=r-1\n",
        "/etc/default/grub": 'GRUB_CMDLINE_LINUX="root=/dev/sda1 quiet"\n',
        "/boot/grub/device.map": "(hd0)\t/dev/disk/by-id/ata-VBOX_HARDDISK\n",
      },
      { devices },
    );
    await runStep(bootNames, guest);
    expect(guest.tree.text("/boot/grub/grub.cfg")).toBe(
      "\tlinux /boot/vmlinuz-6.1 root=UUID=r-1 ro resume=UUID=s-1\n\tlinux /x root=UUID=r-1\n",
    );
    expect(guest.tree.text("/etc/default/grub")).toBe('GRUB_CMDLINE_LINUX="root=UUID=r-1 quiet"\n');
    expect(guest.tree.has("/boot/grub/device.map")).toBe(false);
    expect((await runStep(bootNames, guest)).changes).toEqual([]);
  });

  it("talks on the serial port as well, once", async () => {
    const guest = guestOf({
      "/etc/default/grub": 'GRUB_CMDLINE_LINUX=""\n',
      "/boot/grub/grub.cfg":
        "\tlinux\t/boot/vmlinuz-6.1 root=UUID=r-1 ro quiet \n\tinitrd /boot/initrd.img-6.1\n",
      "/boot/loader/entries/a.conf": "linux /vmlinuz\noptions root=UUID=r-1 ro\n",
    });
    await runStep(serialConsole, guest, { serialConsole: true });
    expect(guest.tree.text("/etc/default/grub")).toContain('"console=tty0 console=ttyS0,115200n8"');
    expect(guest.tree.text("/boot/grub/grub.cfg")).toContain(
      "quiet console=tty0 console=ttyS0,115200n8\n\tinitrd",
    );
    expect(guest.tree.text("/boot/loader/entries/a.conf")).toContain(
      "ro console=tty0 console=ttyS0,115200n8",
    );
    expect((await runStep(serialConsole, guest, { serialConsole: true })).changes).toEqual([]);
  });
});

describe("the network", () => {
  it("keeps a fixed address on the one card, whatever the new one would be called", async () => {
    const interfaces =
      "auto lo\niface lo inet loopback\nallow-hotplug ens192\niface ens192 inet static\n  address 10.1.2.3/24\n  gateway 10.1.2.1\n";
    const guest = guestOf({
      "/etc/network/interfaces": interfaces,
      "/etc/udev/rules.d/70-persistent-net.rules": 'ATTR{address}=="00:50:56:01:02:03", NAME="eth0"\n',
    });
    await runStep(network, guest);
    expect(guest.tree.text("/etc/network/interfaces")).toBe(interfaces);
    expect(guest.tree.has("/etc/udev/rules.d/70-persistent-net.rules")).toBe(false);
    expect(guest.tree.text("/etc/udev/rules.d/70-sma-network-names.rules")).toContain('NAME="ens192"');
    expect((await runStep(network, guest)).changes).toEqual([]);
  });

  it("leaves configuration by pattern alone", async () => {
    const guest = guestOf({
      "/etc/systemd/network/wired.network": "[Match]\nName=en* eth*\n\n[Network]\nDHCP=ipv4\n",
    });
    expect(await runStep(network, guest)).toEqual({ changes: [], notes: [] });
  });

  it("says so where several cards make any guess a bad one", async () => {
    const guest = guestOf({
      "/etc/network/interfaces": "iface eth0 inet dhcp\niface eth1 inet static\n  address 10.0.0.1/24\n",
    });
    expect((await runStep(network, guest)).notes[0]).toMatch(/several network cards .*eth0, eth1/);
  });

  it("moves to DHCP in every kind of configuration", async () => {
    const guest = guestOf({
      "/etc/network/interfaces":
        "iface eth0 inet static\n  address 10.0.0.1/24\n  dns-nameservers 1.1.1.1\n  mtu 9000\niface eth0 inet6 auto\n",
      "/etc/sysconfig/network-scripts/ifcfg-eth0":
        "DEVICE=eth0\nHWADDR=00:0C:29:01:02:03\nBOOTPROTO=none\nIPADDR=10.0.0.1\nPREFIX=24\nONBOOT=yes\n",
      "/etc/netplan/50-cloud-init.yaml":
        "network:\n  ethernets:\n    eth0:\n      addresses: [10.0.0.1/24]\n",
      "/etc/NetworkManager/system-connections/eth0.nmconnection":
        "[connection]\ninterface-name=eth0\n[ethernet]\nmac-address=00:0C:29:01:02:03\n[ipv4]\naddress1=10.0.0.1/24,10.0.0.254\nmethod=manual\n[ipv6]\nmethod=disabled\n",
      "/etc/systemd/network/10.network":
        "[Match]\nName=eth0\n[Network]\nAddress=10.0.0.1/24\nGateway=10.0.0.254\n",
    });
    await runStep(network, guest, { network: "dhcp" });
    expect(guest.tree.text("/etc/network/interfaces")).toBe(
      "iface eth0 inet dhcp\n  mtu 9000\niface eth0 inet6 auto\n",
    );
    expect(guest.tree.text("/etc/sysconfig/network-scripts/ifcfg-eth0")).toBe(
      "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=dhcp\n",
    );
    expect(guest.tree.has("/etc/netplan/50-cloud-init.yaml")).toBe(false);
    expect(guest.tree.text("/etc/netplan/90-sma-dhcp.yaml")).toContain("dhcp4: true");
    expect(guest.tree.text("/etc/NetworkManager/system-connections/eth0.nmconnection")).toBe(
      "[connection]\ninterface-name=eth0\n[ethernet]\n[ipv4]\nmethod=auto\n[ipv6]\nmethod=disabled\n",
    );
    expect(guest.tree.text("/etc/systemd/network/10.network")).toBe(
      "[Match]\nName=eth0\n[Network]\nDHCP=yes\n",
    );
  });
});

describe("the rest of the system", () => {
  it("no longer starts tools of the old platform", async () => {
    const guest = guestOf(
      {},
      {
        tree: new GuestTree(new Map(), ["/lib/systemd/system/open-vm-tools.service", "/etc/init.d/vboxadd"]),
      },
    );
    const { changes } = await runStep(oldTools, guest);
    expect(changes).toHaveLength(2);
    expect(guest.tree.has("/etc/systemd/system/open-vm-tools.service")).toBe(true);
    expect((await runStep(oldTools, guest)).changes).toEqual([]);
  });

  it("takes another host name, in whole words only", async () => {
    const guest = guestOf({
      "/etc/hostname": "web\n",
      "/etc/hosts": "127.0.1.1 web.example.org web web-proxy\n",
    });
    await runStep(hostName, guest, { hostName: "shop" });
    expect(guest.tree.text("/etc/hostname")).toBe("shop\n");
    expect(guest.tree.text("/etc/hosts")).toBe("127.0.1.1 shop.example.org shop web-proxy\n");
    expect(renamedHosts("1.1.1.1 a.b\n", "a", "c")).toBe("1.1.1.1 c.b\n");
  });

  it("gets a new machine-id where asked for, and keeps it otherwise", async () => {
    const guest = guestOf({ "/etc/machine-id": "0123\n" });
    await runStep(machineId, guest);
    expect(guest.tree.text("/etc/machine-id")).toBe("0123\n");
    await runStep(machineId, guest, { resetMachineId: true });
    expect(guest.tree.text("/etc/machine-id")).toBe("");
  });

  it("asks the target's data source, where cloud-init is installed", async () => {
    const bare = guestOf({});
    expect((await runStep(cloudInit, bare, { cloudInit: "nocloud" })).notes[0]).toMatch(/not installed/);
    const guest = guestOf({}, { tree: new GuestTree(new Map(), ["/usr/bin/cloud-init"]) });
    await runStep(cloudInit, guest, { cloudInit: "alibaba-cloud" });
    expect(guest.tree.text("/etc/cloud/cloud.cfg.d/99-sma-datasource.cfg")).toContain("[ AliYun, None ]");
  });

  it.each([
    ["SELINUX=enforcing\nSELINUXTYPE=default\n", "default"],
    ["# SELINUX=disabled\nSELINUX=permissive\n", "targeted"],
    ["SELINUX=disabled\nSELINUXTYPE=targeted\n", null],
    [undefined, null],
  ])("gets SELinux's labels only where SELinux is on", (config, policy) => {
    expect(selinuxPolicy(config)).toBe(policy);
  });
});

describe("a swap area whose header was not copied", () => {
  const lost = partition(0, 2, { partitionType: "0x82" });
  it("is found by its type where it is the only one, and keeps its UUID", () => {
    const [found] = lostSwap(parseFstab("UUID=old none swap sw 0 0\n"), [root, lost]);
    expect(found).toMatchObject({ device: lost, uuid: "old", label: null });
  });
  it("is a volume where fstab says so", () => {
    const lv = volume("vg", "swap");
    expect(lostSwap(parseFstab("/dev/mapper/vg-swap none swap sw 0 0\n"), [lv])).toMatchObject([
      { device: lv },
    ]);
  });
  it("is never guessed where two would do, and never one with something on it", () => {
    const other = partition(0, 3, { partitionType: "0x82" });
    expect(lostSwap(parseFstab("UUID=old none swap sw 0 0\n"), [lost, other])).toEqual([]);
    expect(lostSwap(parseFstab("UUID=old none swap sw 0 0\n"), [{ ...lost, type: "ext4" }])).toEqual([]);
    expect(lostSwap(parseFstab("UUID=s-1 none swap sw 0 0\n"), [swapArea, lost])).toEqual([]);
  });
});
