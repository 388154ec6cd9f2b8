import type { BootTexts } from "../catalogue.ts";

export const boot: BootTexts = {
  "gpt-bios.boot-partition": ({ disk }) => ({
    title: `${disk} starts by BIOS from a GPT disk`,
    outcome: {
      block: "Kept: it has a BIOS boot partition. The target has to start by BIOS.",
      file: "The boot partition is made anew.",
    },
    remedy: "Choose BIOS, not UEFI, for the target.",
  }),
  "gpt-bios.no-boot-partition": ({ disk }) => ({
    title: `${disk} is GPT, the firmware is BIOS, and there is no BIOS boot partition`,
    outcome: {
      block: "Copied as it is. It is not clear how it starts; on the target it may not.",
      file: "A layout that starts is made anew.",
    },
    remedy: "Find out how the source starts (another disk, the network). Keep the boot check on.",
  }),
  "no-partition-table": ({ disk }) => ({
    title: `The system lies on ${disk} without a partition table`,
    outcome: {
      block:
        "The disk arrives as it is, and has no boot sector: on the source a hypervisor hands a kernel over from outside (Xen with PV-GRUB). On the target nothing starts from it.",
      file: "The files move to a new disk with a partition table and GRUB.",
    },
    remedy: "Use file replication. With block replication the result needs a boot disk of its own beside it.",
  }),
  uefi: () => ({
    title: "The source starts by UEFI",
    outcome: {
      block: "Kept. The target has to start by UEFI; boot entries in the source's firmware do not travel.",
      file: "The EFI system partition is made anew.",
    },
    remedy:
      "Choose UEFI for the target. The loader should also be at \\EFI\\BOOT\\BOOTX64.EFI, where firmware without boot entries looks.",
  }),
  "secure-boot": () => ({
    title: "Secure Boot is on",
    outcome:
      "Keys that were enrolled on the source do not travel. Drivers or kernels signed with them do not load on the target.",
    remedy:
      "Choose a target without Secure Boot, or enrol the keys there. BitLocker asks for its recovery key after such a change.",
  }),
  "firmware-undetermined": () => ({
    title: "Whether it starts by BIOS or UEFI could not be determined",
    outcome: "The target has to use the same; the wrong choice does not start.",
    remedy: "Look whether /sys/firmware/efi exists (Linux), or run msinfo32 (Windows).",
  }),
  "grub-too-old": ({ version, minimum }) => ({
    title: `GRUB ${version} is older than ${minimum}`,
    outcome: {
      block: "Kept as it is; it starts from the copied disk as it did from the original.",
      file: "At risk: it cannot be installed reliably on the new layout.",
    },
    remedy: `Choose block replication, or install GRUB ${minimum} or later before a file replication.`,
  }),
  "boot-loader-undetermined": () => ({
    title: "The boot loader or its version could not be determined",
    outcome: {
      block: "Whatever it is, it travels with the disk.",
      file: "Whether it can be installed on the new layout cannot be told.",
    },
    remedy: "Run `grub-install --version` (or `grub2-install --version`) on the source.",
  }),
  "boot-loader-other": ({ loader }) => ({
    title: `The boot loader is ${loader}, not GRUB`,
    outcome: {
      block: "Kept as it is. Loaders that note block numbers (LILO) still find them.",
      file: "Replaced by GRUB.",
    },
    remedy: "Choose block replication, or install GRUB before a file replication.",
  }),
  "no-virtio-driver.absent": ({ drivers }, f) => ({
    title: `No virtio driver: ${f.list(drivers)}`,
    outcome:
      "The kernel has no such driver. On a target that offers only virtio, the disk or the network is not found.",
    remedy:
      "Install a kernel with virtio before the migration, or choose a target with IDE or SATA disks and an e1000 network card.",
  }),
  "no-virtio-driver.initramfs": ({ kernel }) => ({
    title: `The initramfs of ${kernel} has no virtio disk driver`,
    outcome:
      "The disks arrive, but the copy does not find its root filesystem on virtio until its initramfs is rebuilt.",
    remedy:
      "The conversion rebuilds it. To be safe, add virtio_blk and virtio_pci on the source (dracut --add-drivers, /etc/initramfs-tools/modules) and rebuild.",
  }),
  "no-virtio-driver.windows": ({ drivers }, f) => ({
    title: `No virtio driver installed: ${f.list(drivers)}`,
    outcome:
      "Without it Windows stops with 0x7B (no boot disk) on a virtio target, or starts without a network.",
    remedy:
      "Install the virtio-win drivers before the migration, or leave it to the conversion, which needs the virtio-win package.",
  }),
  "virtio-undetermined": () => ({
    title: "Whether virtio drivers are there could not be determined",
    outcome: "Without them the copy may not find its disk on a virtio target.",
    remedy: "Collect again as root or Administrator. Keep the boot check on.",
  }),
  "initramfs-missing": ({ kernel }) => ({
    title: `No initramfs for kernel ${kernel}`,
    outcome: "This kernel starts on the target only if everything it needs there is built in.",
    remedy: "Build one (dracut, update-initramfs, mkinitcpio), or remove the kernel if nobody uses it.",
  }),
  "fstab-device-names": ({ device, where }) => ({
    title: `/etc/fstab names ${device} for ${where}`,
    outcome: {
      block:
        "Disks may have other names on the target (sda becomes vda). Then this line fails and the start may hang.",
      file: "The line is written anew with the new filesystem's UUID.",
    },
    remedy: "Use UUID=… instead (`blkid` shows it), or leave it to the conversion.",
  }),
};
