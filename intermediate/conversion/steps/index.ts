import type { ConversionStep } from "../guest.ts";
import { bootNames } from "./boot-names.ts";
import { cloudInit } from "./cloud-init.ts";
import { firmware } from "./firmware.ts";
import { fstabNames } from "./fstab-names.ts";
import { grubConfiguration } from "./grub-configuration.ts";
import { hostName, machineId } from "./identity.ts";
import { initramfsVirtio } from "./initramfs-virtio.ts";
import { network } from "./network.ts";
import { oldTools } from "./old-tools.ts";
import { selinuxRelabel } from "./selinux-relabel.ts";
import { serialConsole } from "./serial-console.ts";
import { swap } from "./swap.ts";

/** In order: what others look at comes first. */
export const conversionSteps: readonly ConversionStep[] = [
  fstabNames,
  bootNames,
  swap,
  initramfsVirtio,
  grubConfiguration,
  serialConsole,
  firmware,
  network,
  cloudInit,
  oldTools,
  hostName,
  machineId,
  selinuxRelabel,
];
