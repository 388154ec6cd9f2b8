import type { imagesFaults } from "../../../faults/images.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const images: Pick<RemarkTexts, keyof typeof imagesFaults> = {
  "boot-check-stopped": () => "the boot check was cancelled",
  "conversion-stopped": () => "the conversion was cancelled",
  "guestfs-failed": ({ what, text }) => `libguestfs: ${what} failed: ${text}`,
  "make-kernel-readable": ({ path }) => `As root: chmod 0644 ${path}`,
  "dynamic-volume-unplaced": () => "a dynamic volume could not be put into its basic partition",
  "file-too-large-to-convert": ({ path }) =>
    `${path} has more than 512 KiB, so the conversion cannot change it`,
  "make-file-smaller": ({ path }) =>
    `Make ${path} smaller on the source and resume the job, or switch the conversion off.`,
  "several-systems": ({ systems }, { format }) =>
    `there are several operating systems on the disks: ${format.list(systems)}`,
  "system-encrypted": () =>
    "the system is on an encrypted volume (LUKS), which cannot be looked into without its key",
  "no-system-found": () => "no operating system was found on the disks",
  "loader-for-firmware-failed": ({ firmware, because }, { tell }) =>
    `the boot loader for ${firmware} could not be installed: ${tell(because)}`,
  "uefi-without-esp": () =>
    "a machine with UEFI needs an EFI system partition, and none of the disks has one",
  "virt-v2v-failed": () => "virt-v2v-in-place could not put drivers into Windows",
  "windows-hibernated": () =>
    "Windows is hibernated on its disk (a fast start does that as well), and nothing may be written to it",
  "switch-hibernation-off": () =>
    "Switch that off on the source (powercfg /h off), restart it and migrate again; or resume the job without conversion (--no-conversion).",
  "image-holds-at-most": ({ imageFormat, most }, { format }) =>
    `an image in the format ${imageFormat} holds at most ${format.bytes(most)}`,
  "image-reads-back-otherwise": () => "the image does not read back as it was written",
  "image-stopped": () => "making the image was cancelled",
  "image-not-equal": ({ format }) => `the image in the format ${format} is not equal to what it was made of`,
  "overlay-too-short": () => "the conversion's overlay is shorter than its replica",
  "helper-lacks": ({ program }) =>
    `files cannot be brought into a new layout here: the program ${program} is not installed`,
  "new-layout-stopped": () => "making the new layout was cancelled",
  "helper-takes-disks": ({ count, most }) =>
    `${count} disks are more than the helper machine takes (${most})`,
  "no-partition-takes": ({ mountPoint }) => `no partition takes ${mountPoint}`,
  "helper-ended-early": () => "the helper machine ended before its work was done",
  "comparing-stopped": () => "comparing the files was cancelled",
  "file-list-empty": ({ mountPoint }) => `the list of the files of ${mountPoint} is empty`,
  "table-unwritten": ({ text }) => `the partition table could not be written: ${text}`,
  "lists-unsorted": ({ text }) => `the lists of files could not be sorted: ${text}`,
  "image-unread": ({ text }) => `an image cannot be read: ${text}`,
  "qemu-not-started": () => "QEMU did not start",
  "qemu-ports-untold": () => "QEMU did not say which ports it forwards",
  "path-unread-why": ({ path, text }) => `${path} cannot be read: ${text}`,
  "data-in-other-files": ({ path }) => `${path} says that its data are in other files, which are not read`,
  "make-one-file": () => "Make it one file first: qemu-img convert.",
  "opening-stopped": () => "opening the image was cancelled",
  "image-unopened": ({ text }) => `the image cannot be opened: ${text}`,
  "image-lacks-bytes": ({ length, offset }) => `the image has no ${length} bytes at ${offset}`,
  "image-unread-at": ({ offset }) => `the image cannot be read or written at ${offset}`,
  "no-room-for-qemu-img": () => "there is no room for what qemu-img writes",
  "qemu-img-failed": ({ act, status, text }) => `qemu-img ${act} ended with ${status}: ${text}`,
  "program-not-started-here": ({ name, text }) => `${name} could not be started: ${text}`,
  "no-uefi-firmware": () => "UEFI firmware for QEMU is not installed",
  "reading-new-disk-stopped": () => "reading the new disk was cancelled",
  "ends-before-size": ({ path }) => `${path} ends before its size`,
  "no-kernel-in-boot": () => "the system has no kernel in /boot: nothing on its disks could be booted",
  "no-kernel-in-boot-and": ({ notes }, { format, tell }) =>
    `the system has no kernel in /boot: nothing on its disks could be booted (${format.list(notes.map(tell))})`,
  "bring-kernels": () =>
    "Where the kernels are on a disk that was not migrated, migrate that disk too. Otherwise install a kernel on the source and run the job again; resumed without conversion (--no-conversion) it makes images of the disks as they are.",
  "choose-own-firmware": () =>
    "Choose the source's own firmware for the target (--firmware same), or prepare the source: GRUB for that firmware, and its partition.",
  "encrypted-ways-on": () =>
    "The copy is whole. Either keep the encryption: resumed without conversion and boot check (`sma job resume --no-conversion --no-boot-check`) the job makes images of the disks as they are, and the target asks for the passphrase on its console. Its initramfs needs the drivers of virtual disks for that; where `lsinitramfs` or `lsinitrd` on the source shows no virtio_blk, add virtio_pci, virtio_blk and virtio_scsi to it there first, and run the job again. Or have the files without encryption: a new job with file replication, while the volume is open on the source.",
  "helper-said": ({ text }) => `the helper machine reports: ${text}`,
  "sealing-stopped": () => "sealing was cancelled",
  "chunk-of-disk-unknown": ({ chunk, disk }) => `chunk ${chunk} of disk ${disk} is not known`,
  "restored-otherwise": () => "the restored disk is not the one of then",
  "run-again-then-repeat": () => "Run the job again, then repeat this.",
  "not-made-yet": ({ name }) => `${name} is not made yet`,
  "reply-not-understood": ({ action, field, because }, { tell }) =>
    `the reply to ${action} is not understood (${field}): ${tell(because)}`,
  "parts-not-hashed": ({ disk }) =>
    `parts of disk ${disk} were not hashed here yet; verify the replica first`,
  "reply-whole-not-understood": ({ action, because }, { tell }) =>
    `the reply to ${action} is not understood, the whole of it: ${tell(because)}`,
};
