/**
 * `npm run lab -- layout`: the LVM guest's files in standard partitions, root as XFS and data as ext4, through
 * conversion and boot check to a machine that is compared file by file.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { defaultConversion } from "../../common/domain/conversion.ts";
import { mebibyte, type SourceVolume, type TargetLayout } from "../../common/domain/target-layout.ts";
import { unwrap } from "../../common/result.ts";
import { checkBoot } from "../../intermediate/boot-check/check-boot.ts";
import { prepareFirmware } from "../../intermediate/boot-check/machine.ts";
import { convert } from "../../intermediate/conversion/convert.ts";
import { makeLayout } from "../../intermediate/layout/make-layout.ts";
import { movedDevices } from "../../main/migrations/file-layout.ts";
import { bootCopy } from "./boot-source.ts";
import { makeWorkDirectory } from "./cache.ts";
import { usualGuest } from "./layouts.ts";
import { prepareLabGuest, type LabContext } from "./prepare-image.ts";
import { verifyPayload } from "./verify-payload.ts";

const volume = (mountPoint: string, name: string, filesystem: string): SourceVolume => ({
  mountPoint,
  filesystem,
  device: `/dev/mapper/lab-${name}`,
  disk: "/dev/vda",
  subvolume: null,
  names: [`/dev/mapper/lab-${name}`, `/dev/lab/${name}`],
  sizeBytes: null,
  usedBytes: null,
  inodesUsed: 40_000,
});

const layout: TargetLayout = {
  disks: [
    {
      table: "gpt",
      sizeBytes: 2000 * mebibyte,
      partitions: [
        { role: "bios-boot", sizeBytes: mebibyte },
        {
          role: "swap",
          sizeBytes: 64 * mebibyte,
          label: null,
          uuid: "5a1e0000-0000-4000-8000-000000000001",
        },
        {
          role: "data",
          mountPoint: "/",
          filesystem: "xfs",
          sizeBytes: 1600 * mebibyte,
          label: null,
          uuid: "5a1e0000-0000-4000-8000-000000000002",
        },
        {
          role: "data",
          mountPoint: "/data",
          filesystem: "ext4",
          sizeBytes: 320 * mebibyte,
          label: null,
          uuid: "5a1e0000-0000-4000-8000-000000000003",
        },
      ],
    },
  ],
};

/** True where all of it went well. */
export async function runRelayout({ signal, report }: LabContext): Promise<boolean> {
  const image = unwrap(await prepareLabGuest(usualGuest("gpt-lvm"), { signal, report }));
  const work = await makeWorkDirectory("matrix");
  let lastNote = "";
  const task = {
    signal,
    claim: async (): Promise<void> => undefined,
    report: ({ note }: { readonly note: string }): void => {
      if (note !== lastNote) report(note);
      lastNote = note;
    },
  };
  try {
    const [directory, conversion, bootCheck] = ["layout", "conversion", "boot-check"].map((folder) =>
      join(work, folder),
    ) as [string, string, string];
    for (const folder of [directory, conversion, bootCheck]) await mkdir(folder);
    const volumes = [volume("/", "root", "ext4"), volume("/data", "data", "xfs")];
    const replicas = [{ diskId: 0, replicaPath: image.diskPath, sizeBytes: image.sizeBytes }];
    const outcome = unwrap(await makeLayout({ ...task, replicas, layout, volumes, excludes: [], directory }));
    for (const { mountPoint, entries, bytes } of outcome.volumes)
      report(`${mountPoint}: ${entries} entries, ${bytes} bytes, in ${outcome.seconds} s in all`);
    for (const { path, what } of outcome.differing) report(`${path} ${what}`);
    if (outcome.differing.length > 0) return false;

    const swap = {
      device: "/dev/mapper/lab-swap",
      names: ["/dev/mapper/lab-swap", "/dev/lab/swap"],
      disk: "/dev/vda",
      sizeBytes: 128 * mebibyte,
      label: null,
      uuid: null,
    };
    const moved = movedDevices({ layout, basis: { firmware: "bios", volumes, swaps: [swap] } });
    const disks = [{ diskId: 0, replicaPath: join(directory, "disk-0.raw"), sizeBytes: 2000 * mebibyte }];
    const converted = unwrap(
      await convert({
        ...task,
        disks,
        firmware: "bios",
        workDirectory: conversion,
        moved,
        conversion: defaultConversion,
      }),
    );
    for (const { step, what } of converted.changes) report(`${step}: ${what}`);
    for (const { what } of converted.notes) report(what);
    const overlayPath = join(conversion, "disk-0.qcow2");
    const machine = { firmware: "bios" as const, memoryMiB: 768, timeoutSeconds: 900, repair: false };
    const verdict = unwrap(
      await checkBoot({
        ...task,
        ...machine,
        guest: converted.guest,
        workDirectory: bootCheck,
        disks: disks.map((disk) => ({ ...disk, overlayPath })),
      }),
    );
    report(
      `${verdict.booted ? "boots" : "does not boot"}: ${verdict.evidence} (${verdict.cause ?? "whole"})`,
    );
    if (!verdict.booted) return false;

    report("booting it to compare its files");
    const firmware = unwrap(await prepareFirmware("bios", async () => join(work, "unused")));
    const options = { signal, report, firmware, timeoutSeconds: 900, memoryMiB: 768 };
    const copy = { path: overlayPath, format: "qcow2" } as const;
    const running = unwrap(await bootCopy(copy, 2000 * mebibyte, image, options));
    try {
      // Another filesystem lists its directories in another order: the lines count, not their places.
      const { differences } = unwrap(await verifyPayload(running, image));
      report(
        differences.length === 0 ? "its files are equal" : `its files differ: ${differences.join(", ")}`,
      );
      return differences.length === 0;
    } finally {
      await running.kill();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
