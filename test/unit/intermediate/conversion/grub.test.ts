import { describe, expect, it } from "vitest";
import { canBoot, defaultArguments, plainConfiguration } from "../../../../intermediate/conversion/grub.ts";
import { remediesFor } from "../../../../intermediate/conversion/remedies.ts";
import { disk, partition } from "../../../support/conversion/devices.ts";
import { guestOf } from "../../../support/conversion/guest.ts";
import { defaultConversion } from "../../../../common/domain/conversion.ts";

describe("GRUB's configuration", () => {
  it("boots something where it has an entry, or takes them from files", () => {
    expect(canBoot("menuentry 'x' {\n\tlinux\t/vmlinuz root=UUID=1\n}")).toBe(true);
    expect(canBoot("insmod blscfg\nblscfg\n")).toBe(true);
    for (const text of [undefined, "", "set timeout=5\n", "menuentry 'Firmware' { fwsetup }"])
      expect(canBoot(text)).toBe(false);
  });

  it("that is written anew boots by UUID, with the arguments that the system had", () => {
    const defaults = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="net.ifnames=0"\n';
    const text = plainConfiguration({
      kernels: [{ version: "6.1", image: "/vmlinuz-6.1", initramfs: "/initrd.img-6.1" }],
      bootUuid: "b-1",
      rootName: "UUID=r-1",
      name: "Debian 'bookworm'",
      kernelArguments: defaultArguments(defaults),
    });
    expect(canBoot(text)).toBe(true);
    expect(text).toContain(
      "search --no-floppy --fs-uuid --set=root b-1\n  linux /vmlinuz-6.1 root=UUID=r-1 ro net.ifnames=0 quiet\n  initrd /initrd.img-6.1",
    );
    expect(text).toContain("menuentry 'Debian bookworm, with Linux 6.1'");
  });
});

describe("remedies", () => {
  const root = partition(0, 1, { type: "ext4", uuid: "r-1" });
  const options = {
    choices: defaultConversion,
    sourceFirmware: "bios",
    targetFirmware: "bios",
    report: () => undefined,
  } as const;

  it("are known for every named cause of a failure", () => {
    const causes = [
      "no-bootable-device",
      "boot-loader-rescue",
      "boot-loader-prompt",
      "kernel-panic",
      "initramfs-shell",
      "emergency-mode",
      "filesystem-wait",
      "timeout",
      "ended",
    ] as const;
    for (const cause of causes) expect(remediesFor(cause).length, cause).toBeGreaterThan(0);
    expect(remediesFor(null)).toEqual([]);
    expect(remediesFor("degraded")).toEqual([]);
  });

  it("give kernels the root filesystem that is there, and leave right ones alone", async () => {
    const guest = guestOf(
      {
        "/boot/grub/grub.cfg": "  linux /a root=UUID=gone ro\n  linux /b root=UUID=R-1 ro\n  set root=hd0\n",
      },
      { devices: [disk(0), root], root },
    );
    const [remedy] = remediesFor("initramfs-shell");
    await remedy?.run(guest, options);
    expect(guest.tree.text("/boot/grub/grub.cfg")).toBe(
      "  linux /a root=UUID=r-1 ro\n  linux /b root=UUID=R-1 ro\n  set root=hd0\n",
    );
  });

  it("no longer wait for filesystems that are not there", async () => {
    const guest = guestOf(
      {
        "/etc/fstab":
          "UUID=gone / ext4 defaults 0 1\nUUID=lost /srv xfs defaults 0 2\nproc /proc proc defaults 0 0\n",
      },
      { devices: [root], root },
    );
    const [remedy] = remediesFor("emergency-mode");
    const { changes } = (await remedy?.run(guest, options)) ?? { changes: [] };
    expect(guest.tree.text("/etc/fstab")).toBe(
      "UUID=r-1 / ext4 defaults 0 1\nUUID=lost /srv xfs nofail,x-systemd.device-timeout=10s 0 2\nproc /proc proc defaults 0 0\n",
    );
    expect(changes).toHaveLength(2);
  });
});
