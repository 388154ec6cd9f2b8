/** Every rule, in the order in which an admin would ask. A rule that is not in this list does not exist. */
import { bcache } from "./rules/bcache.ts";
import { bootLoaderOther } from "./rules/boot-loader-other.ts";
import { bootLoaderUndetermined } from "./rules/boot-loader-undetermined.ts";
import { btrfsLayout } from "./rules/btrfs-layout.ts";
import { clockSkew } from "./rules/clock-skew.ts";
import { clusterMember } from "./rules/cluster-member.ts";
import { collection } from "./rules/collection.ts";
import { container } from "./rules/container.ts";
import { contentUndetermined } from "./rules/content-undetermined.ts";
import { contentWithoutFilesystem } from "./rules/content-without-filesystem.ts";
import { cpuArch } from "./rules/cpu-arch.ts";
import { databaseRunning } from "./rules/database-running.ts";
import { deduplicatedVolume } from "./rules/deduplicated-volume.ts";
import { diskOffline } from "./rules/disk-offline.ts";
import { diskTooLarge } from "./rules/disk-too-large.ts";
import { diskUndetermined } from "./rules/disk-undetermined.ts";
import { disksUndetermined } from "./rules/disks-undetermined.ts";
import { dockerData } from "./rules/docker-data.ts";
import { domainController } from "./rules/domain-controller.ts";
import { duplicateVolume } from "./rules/duplicate-volume.ts";
import { dynamicDisk } from "./rules/dynamic-disk.ts";
import { dynamicDiskUnchecked } from "./rules/dynamic-disk-unchecked.ts";
import { encrypted } from "./rules/encrypted.ts";
import { extendedPartition } from "./rules/extended-partition.ts";
import { firmwareUndetermined } from "./rules/firmware-undetermined.ts";
import { fstabDeviceNames } from "./rules/fstab-device-names.ts";
import { gptBios } from "./rules/gpt-bios.ts";
import { grubTooOld } from "./rules/grub-too-old.ts";
import { initramfsMissing } from "./rules/initramfs-missing.ts";
import { lowInodes } from "./rules/low-inodes.ts";
import { lowMemory } from "./rules/low-memory.ts";
import { lowSpace } from "./rules/low-space.ts";
import { lvm } from "./rules/lvm.ts";
import { multipath } from "./rules/multipath.ts";
import { networkDisk } from "./rules/network-disk.ts";
import { networkMount } from "./rules/network-mount.ts";
import { nicRenaming } from "./rules/nic-renaming.ts";
import { noPartitionTable } from "./rules/no-partition-table.ts";
import { noVirtioDriver } from "./rules/no-virtio-driver.ts";
import { osEolActivation } from "./rules/os-eol-activation.ts";
import { osEvaluation } from "./rules/os-evaluation.ts";
import { osSubscription } from "./rules/os-subscription.ts";
import { osUndetermined } from "./rules/os-undetermined.ts";
import { osUnsupported } from "./rules/os-unsupported.ts";
import { partitionTableForeign } from "./rules/partition-table-foreign.ts";
import { pendingRestart } from "./rules/pending-restart.ts";
import { portsBlocked } from "./rules/ports-blocked.ts";
import { portsUntried } from "./rules/ports-untried.ts";
import { raid } from "./rules/raid.ts";
import { raidDegraded } from "./rules/raid-degraded.ts";
import { removableDisk } from "./rules/removable-disk.ts";
import { secureBoot } from "./rules/secure-boot.ts";
import { sectorSize } from "./rules/sector-size.ts";
import { selinux } from "./rules/selinux.ts";
import { staticIp } from "./rules/static-ip.ts";
import { storageSpaces } from "./rules/storage-spaces.ts";
import { swap } from "./rules/swap.ts";
import { swapFile } from "./rules/swap-file.ts";
import { timeToMigrate } from "./rules/time-to-migrate.ts";
import { tooManyDisks } from "./rules/too-many-disks.ts";
import { uefi } from "./rules/uefi.ts";
import { unmountedFilesystem } from "./rules/unmounted-filesystem.ts";
import { unsupportedFilesystem } from "./rules/unsupported-filesystem.ts";
import { virtioUndetermined } from "./rules/virtio-undetermined.ts";
import { vdo } from "./rules/vdo.ts";
import { shadowCopies } from "./rules/shadow-copies.ts";
import { vssWriterFailed } from "./rules/vss-writer-failed.ts";
import { virtualDiskFile } from "./rules/virtual-disk-file.ts";
import { windowsDataDisks } from "./rules/windows-data-disks.ts";
import { zfs } from "./rules/zfs.ts";
import type { Rule } from "./rule.ts";

export const rules: readonly Rule[] = [
  osUnsupported,
  osUndetermined,
  osEolActivation,
  osEvaluation,
  osSubscription,
  pendingRestart,
  cpuArch,
  container,
  disksUndetermined,
  diskUndetermined,
  diskOffline,
  partitionTableForeign,
  sectorSize,
  lvm,
  extendedPartition,
  dynamicDisk,
  windowsDataDisks,
  dynamicDiskUnchecked,
  storageSpaces,
  swap,
  swapFile,
  raid,
  raidDegraded,
  multipath,
  encrypted,
  bcache,
  vdo,
  duplicateVolume,
  virtualDiskFile,
  deduplicatedVolume,
  zfs,
  networkMount,
  unsupportedFilesystem,
  btrfsLayout,
  contentUndetermined,
  contentWithoutFilesystem,
  unmountedFilesystem,
  removableDisk,
  networkDisk,
  noPartitionTable,
  gptBios,
  uefi,
  secureBoot,
  firmwareUndetermined,
  grubTooOld,
  bootLoaderUndetermined,
  bootLoaderOther,
  noVirtioDriver,
  virtioUndetermined,
  initramfsMissing,
  fstabDeviceNames,
  staticIp,
  nicRenaming,
  diskTooLarge,
  tooManyDisks,
  lowSpace,
  lowInodes,
  lowMemory,
  clockSkew,
  dockerData,
  databaseRunning,
  domainController,
  clusterMember,
  vssWriterFailed,
  shadowCopies,
  selinux,
  portsBlocked,
  portsUntried,
  timeToMigrate,
  collection,
];
