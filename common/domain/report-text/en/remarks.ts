import { assertNever } from "../../../result.ts";
import type { BootSign, BootStage, BootView } from "../../remark.ts";
import type { RemarkTexts } from "../remark-texts.ts";
import { checks } from "./checks.ts";
import { entries } from "./entries.ts";
import { faults } from "./faults/index.ts";
import { work } from "./work.ts";

export const bootStages: Readonly<Record<BootStage, string>> = {
  "power on": "power on",
  firmware: "firmware",
  "boot loader": "boot loader",
  kernel: "kernel",
  init: "init",
  login: "login",
};

const views: Readonly<Record<BootView, string>> = {
  serial: "serial console",
  screen: "screen",
  kernel: "kernel's console",
};

const signs: Readonly<Record<BootSign, (detail: string | null) => string>> = {
  "no-boot-loader-bios": () => "no bootable device: the firmware found no boot loader on the disks",
  "no-boot-loader-uefi": () => "no bootable device: the UEFI firmware found no boot loader",
  "grub-rescue": (detail) => `GRUB rescue: ${detail ?? "the boot loader cannot find its own files"}`,
  "grub-prompt": () => "GRUB prompt: the boot loader found no configuration",
  "kernel-panic": (detail) => `kernel panic: ${detail ?? ""}`,
  "initramfs-shell": (detail) => `initramfs shell: ${detail ?? "the root filesystem was not found"}`,
  "dracut-shell": () => "dracut shell: the root filesystem was not found",
  passphrase: (detail) => `the passphrase of an encrypted volume is wanted: ${detail ?? ""}`,
  "emergency-mode": () => "emergency mode: a filesystem of fstab or another basic part failed",
};

const volumeProblems = {
  "no-parts": "has no parts",
  mirrored: "is mirrored: break the mirror on the source, and it can",
  striped: "is striped: its data are not one run behind the other",
  raid5: "is RAID-5: its data are not one run behind the other",
  "unknown-layout": "has a layout that is not known here",
  "other-disk": "lies on a disk that is not part of the job as well",
} as const;

export const remarks: RemarkTexts = {
  ...work,
  ...checks,
  ...faults,
  ...entries,

  "tools-wrote": () => "files that the system's own tools wrote along the way",
  "tool-said": ({ text }) => text,
  "system-unknown": ({ system }) =>
    `${system} is a system that is not known: only what is common was converted`,
  "filesystem-repaired": ({ mountPoint }) =>
    `the filesystem for ${mountPoint} was damaged and has been repaired in the overlay`,
  "fstab-name": ({ device, mountPoint, name, type }) =>
    `${device} for ${mountPoint} is ${name}${type === null ? "" : ` (${type})`} in fstab now`,
  "fstab-not-awaited": ({ device, mountPoint }) =>
    `${device} for ${mountPoint} is on none of the disks: the system no longer waits for it`,
  "fstab-unknown": ({ device, mountPoint }) =>
    `fstab names ${device} for ${mountPoint}, which none of the disks has`,
  "fstab-root": ({ device, name }) => `fstab names ${name} for / instead of ${device}`,
  "fstab-off": ({ device, mountPoint, why }) =>
    `${device} for ${mountPoint} is switched off in fstab: ${why === "swap-file" ? "swap files are not copied" : "its files lie in the filesystem above it now"}`,
  "crypttab-off": () =>
    "encrypted volumes are switched off in crypttab: their files lie in plain partitions now",
  "swap-anew": ({ device, on }) => `swap area ${device} is made anew on ${on}`,
  "boot-names": ({ names, path }) => `${names.join(" and ")} in ${path} names a UUID now`,
  "device-map-removed": ({ path }) => `${path}, GRUB's list of the old machine's disks, is removed`,
  "kernel-arguments": ({ path }) => `kernel arguments in ${path} name the new filesystems`,
  "root-argument": ({ path, name, wrong }) =>
    `${path}: the root filesystem is ${name} and not ${wrong.join(", ")}`,
  "initramfs-drivers": ({ kernel, drivers }) =>
    `the initramfs of kernel ${kernel} has the drivers ${drivers.join(", ")} now`,
  "initramfs-absent": ({ kernel, drivers }) =>
    `kernel ${kernel} has no initramfs and not these drivers built in: ${drivers.join(", ")}`,
  "initramfs-anew": ({ kernel }) => `the initramfs of kernel ${kernel} is made anew`,
  "no-initramfs-tool": () => "the system has no tool that makes an initramfs",
  "kernel-without-drivers": ({ kernel, drivers }) =>
    `kernel ${kernel} has no drivers for virtual disks: ${drivers.join(", ")}`,
  "grub-configuration": ({ path, tool }) => `${path} is made anew by ${tool}`,
  "grub-configuration-plain": ({ path, kernels }) =>
    `${path} is written anew with an entry for ${kernels === 1 ? "the kernel" : `each of ${kernels} kernels`}`,
  "grub-configuration-impossible": () => "GRUB's configuration boots nothing, and none could be made",
  "grub-installed": ({ firmware }) => `GRUB for ${firmware.toUpperCase()} is installed anew`,
  "no-grub-install": () => "the system has no grub-install",
  "no-grub-for": ({ target }) => `the system has no GRUB for ${target}`,
  "boot-sector-empty": ({ because }, { tell }) =>
    `the boot sector is empty and GRUB could not be installed: ${tell(because)}`,
  "no-loader-on-new-disk": ({ because }, { tell }) =>
    `the boot loader could not be installed on the new disk: ${tell(because)}`,
  "esp-filesystem": () => "the EFI system partition gets a filesystem, it had none",
  "esp-mounted": ({ path }) => `the EFI system partition is mounted on ${path} from now on`,
  "bios-boot-partition": () =>
    "a BIOS boot partition is made in the unused sectors before the first partition",
  "fallback-loader": ({ loader }) =>
    `${loader} is also under the name that UEFI looks for without a boot entry`,
  "no-loader-on-esp": () => "no boot loader was found on the EFI system partition",
  "serial-console": () => "the kernel's console and a login prompt are on the first serial port as well",
  "cloud-init-off": () => "cloud-init is switched off",
  "cloud-init-source": ({ source }) => `cloud-init asks ${source} alone for its data`,
  "cloud-init-absent": () => "cloud-init is not installed, so its data source was not set",
  "selinux-labelled": () => "what was changed has the labels of SELinux's policy",
  "selinux-at-first-boot": () => "SELinux labels all files anew at the first boot, which then restarts once",
  "host-name": ({ name, old }) => `the host name is ${name}${old === null ? "" : `, it was ${old}`}`,
  "machine-id": () => "the machine-id is made anew at the first boot",
  "card-rule-removed": ({ path }) => `${path}, which reserves the card's name for the old card, is removed`,
  "card-address-dropped": ({ path }) => `${path} no longer asks for the old card's address`,
  "netplan-dhcp": ({ paths }) =>
    `netplan asks for addresses by DHCP on every card, instead of ${paths.join(", ")}`,
  dhcp: ({ path }) => `${path} asks for its address by DHCP`,
  "not-understood": ({ path }) => `${path} was not understood and stays as it is`,
  "card-named": ({ card }) => `a virtio network card is called ${card}, as the configuration expects`,
  "several-cards": ({ cards }) =>
    `several network cards are configured by name (${cards.join(", ")}): check after the migration which card has which name`,
  "tools-off": ({ platform, services, how }) =>
    `tools of ${platform} no longer start: ${services.join(", ")} (${how === "masked" ? "masked; packages stay" : "disabled; programs stay"})`,

  "windows-several": () =>
    "there are several Windows systems on the disks, and no telling which one starts: their settings were left as they are",
  "windows-registry-left": ({ text }) => `the registry of Windows was left as it is: ${text}`,
  "ntfs-damaged": ({ device, text }) => `the NTFS on ${device} is not in order: ${text}`,
  "ntfs-checked-at-start": ({ device }) =>
    `Windows checks the NTFS on ${device} (chkdsk) when it starts: it is marked so`,
  "windows-drivers-put": () => "virt-v2v put virtio drivers into Windows",
  "windows-drivers-not-named": () =>
    "no virtio drivers were named (--virtio-drivers): this Windows will not find disks that are virtio, unless it has their drivers already",
  "windows-activation": ({ release }) =>
    release === "2003"
      ? "Server 2003 wants to be activated anew on other hardware, by OEM licences before anybody can log in: have the volume licence key or the telephone activation at hand"
      : "Server 2008 wants to be activated anew on other hardware; Microsoft's activation of it by Internet has ended, by telephone or KMS it goes on",
  "windows-boot-drivers": ({ drivers }) => `drivers for disks are started at boot: ${drivers.join(", ")}`,
  "windows-clock-utc": ({ zone, set }) =>
    `the hardware clock is read as UTC, which it is on targets; the time zone stays${zone === null ? "" : ` ${zone}`} (${set})`,
  "windows-clock-local": () =>
    "this Windows reads the hardware clock as local time and cannot be told otherwise: where the target's clock is UTC, it is wrong until the time service has set it",
  "windows-disks-online": ({ before, set }) =>
    `data disks come online by themselves (SAN policy ${before ?? "of the edition"} became OnlineAll, ${set})`,
  "windows-letter-kept": ({ letter }) => `${letter} stays the letter of what was a dynamic volume`,
  "windows-letters-lost": ({ letters }) =>
    `these drive letters belong to partitions that are not on the migrated disks, and have nothing behind them: ${letters.join(", ")}`,
  "remote-desktop-off": () =>
    "Remote Desktop was off on the source and stays off: on the target its console is the way in",
  "remote-desktop-public": ({ rules }) =>
    `the firewall lets Remote Desktop in on public networks as well, which the target's is to Windows at first: ${rules.join(", ")}`,
  "remote-desktop-outside": () =>
    "the firewall lets Remote Desktop in outside of the domain as well, where the target is at first",
  "remote-desktop-no-rules": () =>
    "Remote Desktop is on, but none of the firewall's own rules for it is active: where the firewall is on, it stays closed",
  "volume-basic": ({ volume }) => `the dynamic volume ${volume} became a basic partition in its place`,
  "volume-gathered": ({ volume, pieces, sizeBytes }, { format }) =>
    `the dynamic volume ${volume} was put together from ${pieces === 1 ? "one piece" : `${pieces} pieces`} as a basic partition of ${format.bytes(sizeBytes)}`,
  "dynamic-database-unreadable": ({ group }) =>
    `the dynamic disks of ${group} stay dynamic: their database cannot be read`,
  "dynamic-disks-stay": ({ group, disks, because }, { tell }) =>
    `${disks === 1 ? `one dynamic disk of ${group} stays` : `${disks} dynamic disks of ${group} stay`} dynamic: ${tell(because)}`,
  "dynamic-in-change": () => "the disk group's database is in the middle of a change, or damaged",
  "dynamic-same-bytes": () => "the disk group's database gives the same bytes to two volumes",
  "dynamic-too-large": () =>
    "with its spanned volume in one piece the disk would be larger than an MBR can say (2 TiB)",
  "dynamic-database-inside": () => "the disk group's database lies inside one of its volumes",
  "dynamic-volume": ({ volume, problem }) =>
    problem === "impossible"
      ? `the database says of the volume ${volume} what cannot be`
      : problem === "incomplete"
        ? `the database does not say where all of the volume ${volume} is`
        : `the volume ${volume} ${volumeProblems[problem]}`,

  "boot-login": ({ view, text }) => `login prompt on the ${views[view]}: ${text}`,
  "boot-up": ({ view, text }) => `the ${views[view]} says: ${text}`,
  "boot-sign": ({ sign, detail, waitedFor, view }) =>
    `${signs[sign](detail)}${waitedFor === null ? "" : `; it waited for ${waitedFor}`} (${views[view]})`,
  "boot-ended": ({ stage, text }, words) =>
    `the machine switched itself off or restarted after: ${words.stage(stage)}${text === null ? "" : `; QEMU said: ${text}`}`,
  "boot-no-loader": ({ seconds }) =>
    `no bootable device: the firmware started what is on the disk ${seconds} s ago, and no boot loader was seen`,
  "boot-stands-still": ({ seconds }) =>
    `the boot loader stands still: it has started no kernel, and for ${seconds} s nothing has changed on screen and serial port`,
  "boot-timeout": ({ seconds, stage, lastLine, waitsFor }, words) =>
    [
      `no sign of a running system within ${seconds} s`,
      `it came as far as: ${words.stage(stage)}`,
      ...(lastLine === null ? [] : [`last line: ${lastLine}`]),
      ...(waitsFor === null ? [] : [`it waits for ${waitsFor}`]),
    ].join("; "),
  "boot-not-mounted": ({ mountPoints }) => `not mounted: ${mountPoints.join(", ")}`,
  "boot-no-swap": () => "swap is not in use",
  "boot-no-sshd": () => "sshd does not listen",
  "boot-units-failed": ({ units }) => `failed: ${units.join(", ")}`,
  "repair-nothing": () => "there was nothing for it to change",

  "source-is-windows": () => "the source runs Windows",
  "no-lvm-tools": () => "the source has no LVM tools",
  "on-no-volume": () => "it is on no logical volume",
  "volume-not-linear": ({ volume }) => `logical volume ${volume} is not linear`,
  "no-linear-volume": () => "no mounted filesystem is on a linear logical volume",
  "group-unknown": ({ group }) => `volume group ${group} is not known`,
  "group-shared": ({ group }) => `volume group ${group} is shared with other machines`,
  "group-full": ({ group, freeBytes }, { format }) =>
    `volume group ${group} has only ${format.bytes(freeBytes)} free for snapshots`,
  "metadata-large": () => "the metadata of its volume groups are too large to keep in memory",
  "volumes-in-pieces": ({ pieces }) => `its logical volumes lie in ${pieces} pieces`,
  "would-be-left-out": ({ mountPoint, because }, { tell }) =>
    `${mountPoint} would be left out: ${tell(because)}`,
  "read-as-it-was": ({ mountPoint, because }, { tell }) =>
    `${mountPoint} was read as it was: ${tell(because)}`,
  "no-snapshots": ({ because }, { tell }) => `no snapshots: ${tell(because)}`,
  "snapshots-gone": () => "the snapshots were taken away during the pass",
  "snapshot-overflowed": ({ volume, device, extents }) =>
    `the snapshot of ${volume} overflowed: during the pass more was written than its volume group had room for (${device}, ${extents} extents)`,
  "pass-too-long": ({ seconds, limitSeconds }) =>
    `a pass takes ${Math.ceil(seconds)} s, longer than filesystems may be frozen (${limitSeconds} s)`,
  "windows-not-frozen": () => "filesystems of Windows are not frozen from here",
  "no-memory-filesystem": () => "the source has no memory filesystem to keep a watchdog in",
  "not-frozen": ({ mountPoint, text }) => `${mountPoint} was not frozen: ${text}`,
  "moment-ended-early": () => "the watchdog on the source ended the moment before the pass was over",

  "drill-begun": ({ instance }) => `drill begun on ${instance}`,
  "drill-passed": ({ evidence }, { tell }) => `drill passed: ${tell(evidence)}`,
  "drill-failed": ({ message }) => `drill failed: ${message}`,
  "drill-given-up": () => "drill given up",
  "drill-taken-back": () => "taking the drill back",
  "instance-removed": ({ instance }) => `${instance} removed`,
  "without-drill": () => "went on without a drill",
  "cutover-begun": ({ instance }) => `cutover to ${instance} begun`,
  "cutover-begun-with-last-copy": ({ instance, copiedAtMs }, { format }) =>
    `cutover to ${instance} begun with the copy of ${format.dateTime(copiedAtMs)}, without what the source wrote since`,
  "cutover-step": ({ step, instance, disks }) => {
    switch (step) {
      case "receive":
        return `filling ${disks === 1 ? "the new disk" : `${disks} new disks`} for ${instance}`;
      case "snapshot":
        return "freezing what was received";
      case "image":
        return "making the image that the disks are made from";
      case "stop":
        return `stopping ${instance}`;
      case "replace":
        return `giving ${instance} its new disks; the old ones are kept`;
      case "start":
        return `starting ${instance}`;
      case "watch":
        return `watching ${instance} come up`;
      default:
        return assertNever(step);
    }
  },
  "filling-disk": ({ disk }) => `filling the new disk ${disk}`,
  "cut-over": ({ evidence }, { tell }) => `cut over: ${tell(evidence)}`,
  "rolling-back": () => "rolling back",
  "putting-back": () => "putting the old disks back",
  "rolled-back": ({ instance, runs }) =>
    `rolled back: ${instance} has its old disks${runs ? " and runs" : ""}`,
  finalised: () => "finalised: the old disks are gone",
  booting: ({ stage, lastLine }, words) =>
    `booting, ${words.stage(stage)}${lastLine === null ? "" : `: ${lastLine}`}`,
};
