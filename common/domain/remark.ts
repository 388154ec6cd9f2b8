/**
 * What the engine has to say to a person beside its log, as data: a kind and its parameters. Words are found where it
 * is read (the catalogues in report-text have them in every language); the English ones are kept beside it, for
 * terminals, for receipts and for whoever does not know the kind. What a program said itself stays as it was said.
 */
import { z } from "zod";
import { checkRemarks } from "./check-remarks.ts";
import { cutoverStepSchema } from "./cutover-steps.ts";
import { entryRemarks } from "./entry-remarks.ts";
import { faultRemarks } from "./faults/index.ts";
import { bootStageSchema as stage, bootViews, toldSchema, type Told } from "./remark-base.ts";
import { workRemarks } from "./work-remarks.ts";

export * from "./remark-base.ts";

const text = z.string();
const texts = z.array(text);
const count = z.number().int().nonnegative();
const seconds = z.number();
const nothing: z.ZodType<object> = z.object({});

/** The same, where earlier versions kept a bare sentence. */
export const noteSchema = z.union([toldSchema, text.transform((what): Told => ({ what }))]);

/** Ends of the road that a machine shows by itself. */
export const bootSigns = [
  "no-boot-loader-bios",
  "no-boot-loader-uefi",
  "grub-rescue",
  "grub-prompt",
  "kernel-panic",
  "initramfs-shell",
  "dracut-shell",
  "passphrase",
  "emergency-mode",
] as const;
export type BootSign = (typeof bootSigns)[number];

const view = z.enum(bootViews);
const atMountPoint = z.object({ device: text, mountPoint: text });

const linuxRemarks = {
  /** Files that the system's own tools wrote beside what a step asked of them. */
  "tools-wrote": nothing,
  /** The output of a tool. */
  "tool-said": z.object({ text }),
  "system-unknown": z.object({ system: text }),
  "filesystem-repaired": z.object({ mountPoint: text }),
  /** `type` where it changed too. */
  "fstab-name": z.object({ device: text, mountPoint: text, name: text, type: text.nullable() }),
  "fstab-not-awaited": atMountPoint,
  "fstab-unknown": atMountPoint,
  "fstab-root": z.object({ device: text, name: text }),
  "fstab-off": z.object({ device: text, mountPoint: text, why: z.enum(["swap-file", "joined"]) }),
  "crypttab-off": nothing,
  "swap-anew": z.object({ device: text, on: text }),
  "boot-names": z.object({ names: texts, path: text }),
  "device-map-removed": z.object({ path: text }),
  "kernel-arguments": z.object({ path: text }),
  "root-argument": z.object({ path: text, name: text, wrong: texts }),
  "initramfs-drivers": z.object({ kernel: text, drivers: texts }),
  "initramfs-absent": z.object({ kernel: text, drivers: texts }),
  "initramfs-anew": z.object({ kernel: text }),
  "no-initramfs-tool": nothing,
  "kernel-without-drivers": z.object({ kernel: text, drivers: texts }),
  "grub-configuration": z.object({ path: text, tool: text }),
  "grub-configuration-plain": z.object({ path: text, kernels: count }),
  "grub-configuration-impossible": nothing,
  "grub-installed": z.object({ firmware: z.enum(["bios", "uefi"]) }),
  "no-grub-install": nothing,
  "no-grub-for": z.object({ target: text }),
  "boot-sector-empty": z.object({ because: toldSchema }),
  "no-loader-on-new-disk": z.object({ because: toldSchema }),
  "esp-filesystem": nothing,
  "esp-mounted": z.object({ path: text }),
  "bios-boot-partition": nothing,
  "fallback-loader": z.object({ loader: text }),
  "no-loader-on-esp": nothing,
  "serial-console": nothing,
  "cloud-init-off": nothing,
  "cloud-init-source": z.object({ source: text }),
  "cloud-init-absent": nothing,
  "selinux-labelled": nothing,
  "selinux-at-first-boot": nothing,
  "host-name": z.object({ name: text, old: text.nullable() }),
  "machine-id": nothing,
  "card-rule-removed": z.object({ path: text }),
  "card-address-dropped": z.object({ path: text }),
  "netplan-dhcp": z.object({ paths: texts }),
  dhcp: z.object({ path: text }),
  "not-understood": z.object({ path: text }),
  "card-named": z.object({ card: text }),
  "several-cards": z.object({ cards: texts }),
  /** `disabled` is what Windows calls it. */
  "tools-off": z.object({ platform: text, services: texts, how: z.enum(["masked", "disabled"]) }),
};

const windowsRemarks = {
  "windows-several": nothing,
  "windows-registry-left": z.object({ text }),
  "ntfs-damaged": z.object({ device: text, text }),
  "ntfs-checked-at-start": z.object({ device: text }),
  "windows-drivers-put": nothing,
  "windows-drivers-not-named": nothing,
  "windows-activation": z.object({ release: z.enum(["2003", "2008"]) }),
  "windows-boot-drivers": z.object({ drivers: texts }),
  "windows-clock-utc": z.object({ zone: text.nullable(), set: text }),
  "windows-clock-local": nothing,
  /** `before` is Windows' number for the policy; null: that of the edition. */
  "windows-disks-online": z.object({ before: count.nullable(), set: text }),
  "windows-letter-kept": z.object({ letter: text }),
  "windows-letters-lost": z.object({ letters: texts }),
  "remote-desktop-off": nothing,
  "remote-desktop-public": z.object({ rules: texts }),
  "remote-desktop-outside": nothing,
  "remote-desktop-no-rules": nothing,
  "volume-basic": z.object({ volume: text }),
  "volume-gathered": z.object({ volume: text, pieces: count, sizeBytes: count }),
  "dynamic-database-unreadable": z.object({ group: text }),
  "dynamic-disks-stay": z.object({ group: text, disks: count, because: toldSchema }),
  "dynamic-in-change": nothing,
  "dynamic-same-bytes": nothing,
  "dynamic-too-large": nothing,
  "dynamic-database-inside": nothing,
  "dynamic-volume": z.object({
    volume: text,
    problem: z.enum([
      "no-parts",
      "mirrored",
      "striped",
      "raid5",
      "unknown-layout",
      "other-disk",
      "impossible",
      "incomplete",
    ]),
  }),
};

const bootRemarks = {
  "boot-login": z.object({ view, text }),
  "boot-up": z.object({ view, text }),
  /** `detail` is what the machine itself said; `waitedFor` a device that it gave up on. */
  "boot-sign": z.object({
    sign: z.enum(bootSigns),
    detail: text.nullable(),
    waitedFor: text.nullable(),
    view,
  }),
  "boot-ended": z.object({ stage, text: text.nullable() }),
  "boot-no-loader": z.object({ seconds }),
  "boot-stands-still": z.object({ seconds }),
  "boot-timeout": z.object({ seconds, stage, lastLine: text.nullable(), waitsFor: text.nullable() }),
  "boot-not-mounted": z.object({ mountPoints: texts }),
  "boot-no-swap": nothing,
  "boot-no-sshd": nothing,
  "boot-units-failed": z.object({ units: texts }),
  "repair-nothing": nothing,
};

/** Why a source was held still this way and not another. */
const stillnessRemarks = {
  "source-is-windows": nothing,
  "no-lvm-tools": nothing,
  "on-no-volume": nothing,
  "volume-not-linear": z.object({ volume: text }),
  "no-linear-volume": nothing,
  "group-unknown": z.object({ group: text }),
  "group-shared": z.object({ group: text }),
  "group-full": z.object({ group: text, freeBytes: count }),
  "metadata-large": nothing,
  "volumes-in-pieces": z.object({ pieces: count }),
  "would-be-left-out": z.object({ mountPoint: text, because: toldSchema }),
  "read-as-it-was": z.object({ mountPoint: text, because: toldSchema }),
  "no-snapshots": z.object({ because: toldSchema }),
  "snapshots-gone": nothing,
  "snapshot-overflowed": z.object({ volume: text, device: text, extents: count }),
  "pass-too-long": z.object({ seconds, limitSeconds: seconds }),
  "windows-not-frozen": nothing,
  "no-memory-filesystem": nothing,
  "not-frozen": z.object({ mountPoint: text, text }),
  "moment-ended-early": nothing,
};

const cutoverRemarks = {
  "drill-begun": z.object({ instance: text }),
  "drill-passed": z.object({ evidence: toldSchema }),
  "drill-failed": z.object({ code: text, message: text }),
  "drill-given-up": nothing,
  "drill-taken-back": nothing,
  "instance-removed": z.object({ instance: text }),
  "without-drill": nothing,
  "cutover-begun": z.object({ instance: text }),
  /** Milliseconds since the epoch. */
  "cutover-begun-with-last-copy": z.object({ instance: text, copiedAtMs: count }),
  "cutover-step": z.object({ step: cutoverStepSchema, instance: text, disks: count }),
  "filling-disk": z.object({ disk: count }),
  "cut-over": z.object({ evidence: toldSchema }),
  "rolling-back": nothing,
  "putting-back": nothing,
  "rolled-back": z.object({ instance: text, runs: z.boolean() }),
  finalised: nothing,
  booting: z.object({ stage, lastLine: text.nullable() }),
};

/** What each kind's parameters must be. */
export const remarkSchemas = {
  ...linuxRemarks,
  ...windowsRemarks,
  ...bootRemarks,
  ...stillnessRemarks,
  ...cutoverRemarks,
  ...workRemarks,
  ...checkRemarks,
  ...faultRemarks,
  ...entryRemarks,
};

export type RemarkKind = keyof typeof remarkSchemas;
export type RemarkParameters = { readonly [K in RemarkKind]: z.output<(typeof remarkSchemas)[K]> };
export type Remark = { [K in RemarkKind]: { readonly kind: K } & RemarkParameters[K] }[RemarkKind];
