/**
 * `npm run lab -- matrix`: guests of the lab, whole and broken, from replica to a booted, compared image. What is
 * measured is what a migration does after its copy; the copy itself is the e2e tests' matter.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BootVerdict } from "../../common/api/intermediate.ts";
import { defaultConversion, type ConversionOutcome } from "../../common/domain/conversion.ts";
import { attempt, unwrap } from "../../common/result.ts";
import { checkBoot } from "../../intermediate/boot-check/check-boot.ts";
import { prepareFirmware } from "../../intermediate/boot-check/machine.ts";
import { convert } from "../../intermediate/conversion/convert.ts";
import { buildImages } from "../../intermediate/image/build-images.ts";
import { bootCopy } from "./boot-source.ts";
import { makeWorkDirectory } from "./cache.ts";
import { breakDisk, type FaultName } from "./faults.ts";
import { firmwareOf, type LabGuest } from "./layouts.ts";
import { prepareLabGuest, type LabContext } from "./prepare-image.ts";
import { verifyPayload } from "./verify-payload.ts";

export interface MatrixCase extends LabGuest {
  readonly fault: FaultName | null;
}

const whole = (
  suite: LabGuest["suite"],
  layout: LabGuest["layout"],
  kernel: LabGuest["kernel"],
): MatrixCase => ({
  ...{ suite, layout, kernel },
  fault: null,
});

export const matrixCases: readonly MatrixCase[] = [
  whole("bookworm", "mbr-plain", "cloud"),
  whole("bookworm", "gpt-lvm", "cloud"),
  whole("bookworm", "mbr-extended", "cloud"),
  whole("bookworm", "uefi-btrfs", "full"),
  ...(["stale-fstab", "broken-grub", "wrong-root", "lost-filesystem"] as const).map((fault) => ({
    ...whole("bookworm", "mbr-plain", "cloud"),
    fault,
  })),
  { ...whole("bookworm", "mbr-plain", "cloud"), fault: "no-virtio" },
  whole("trixie", "mbr-plain", "cloud"),
  whole("trixie", "gpt-lvm", "cloud"),
  whole("bullseye", "mbr-plain", "cloud"),
  whole("bullseye", "gpt-lvm", "cloud"),
];

export const nameOfCase = ({ suite, layout, kernel, fault }: MatrixCase): string =>
  [suite, layout, kernel, ...(fault === null ? [] : [fault])].join("/");

export interface MatrixRow {
  readonly name: string;
  readonly conversion: ConversionOutcome | null;
  readonly verdict: BootVerdict | null;
  readonly bootSeconds: number;
  readonly imageSeconds: number;
  /** The image's payload against the lab's manifest. */
  readonly isEqual: boolean;
  /** Why it ended early; null where it came to its end. */
  readonly failed: string | null;
}

/** Takes one guest all the way. Failures of the product are rows; failures of the lab are thrown. */
export async function runCase(each: MatrixCase, context: LabContext): Promise<MatrixRow> {
  const { signal } = context;
  const name = nameOfCase(each);
  const report = (text: string): void => context.report(`${name}: ${text}`);
  const image = unwrap(await prepareLabGuest(each, { signal, report }));
  const work = await makeWorkDirectory("matrix");
  let lastNote = "";
  const task = {
    signal,
    claim: async (): Promise<void> => undefined,
    report: ({ note }: { readonly note: string }): void => {
      const headline = note.split(":")[0] ?? note;
      if (headline !== lastNote) report(note);
      lastNote = headline;
    },
  };
  const row = { name, conversion: null, verdict: null, bootSeconds: 0, imageSeconds: 0, isEqual: false };
  try {
    let replicaPath = image.diskPath;
    if (each.fault !== null) {
      replicaPath = join(work, "disk.raw");
      unwrap(await breakDisk(each.fault, image, { path: replicaPath, work }, { signal, report }));
    }
    const [conversion, bootCheck, images] = ["conversion", "boot-check", "images"].map((folder) =>
      join(work, folder),
    );
    for (const folder of [conversion, bootCheck, images]) await mkdir(folder ?? "");
    const firmware = firmwareOf(each.layout);
    const disks = [{ diskId: 0, replicaPath, sizeBytes: image.sizeBytes }];
    const converted = await convert({
      ...{ ...task, disks, firmware, workDirectory: conversion ?? "" },
      conversion: defaultConversion,
    });
    if (!converted.ok) return { ...row, failed: converted.failure.message };
    const overlaid = disks.map((disk) => ({ ...disk, overlayPath: join(conversion ?? "", "disk-0.qcow2") }));
    const bootBegun = Date.now();
    const machine = { firmware, memoryMiB: 768, timeoutSeconds: 600, repair: true };
    const { guest } = converted.value;
    const booted = await checkBoot({
      ...task,
      ...machine,
      guest,
      disks: overlaid,
      workDirectory: bootCheck ?? "",
    });
    const bootSeconds = (Date.now() - bootBegun) / 1000;
    const sofar = { ...row, conversion: converted.value, bootSeconds };
    if (!booted.ok) return { ...sofar, failed: booted.failure.message };
    if (!booted.value.booted) return { ...sofar, verdict: booted.value, failed: booted.value.evidence };
    const imageBegun = Date.now();
    const built = await buildImages({
      ...task,
      disks: overlaid,
      formats: ["qcow2"],
      outputDirectory: images ?? "",
    });
    const imageSeconds = (Date.now() - imageBegun) / 1000;
    if (!built.ok) return { ...sofar, verdict: booted.value, failed: built.failure.message };
    report("booting the image to compare its files");
    const copy = { path: built.value[0]?.path ?? "", format: "qcow2" } as const;
    const variables = join(work, "uefi-variables.fd");
    const firmwareFiles = unwrap(await prepareFirmware(firmware, async () => variables));
    const options = { signal, report, firmware: firmwareFiles, timeoutSeconds: 600, memoryMiB: 768 };
    const running = unwrap(await bootCopy(copy, built.value[0]?.virtualBytes ?? 0, image, options));
    try {
      const compared = unwrap(await verifyPayload(running, image));
      const failed = compared.equal
        ? null
        : `the payload differs: ${compared.differences.slice(0, 3).join(", ")}`;
      return { ...sofar, verdict: booted.value, imageSeconds, isEqual: compared.equal, failed };
    } finally {
      await running.kill();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A row of the table in docs/CONVERSION.md. */
export function formatRow({
  name,
  conversion,
  verdict,
  bootSeconds,
  imageSeconds,
  isEqual,
  failed,
}: MatrixRow): string {
  const seconds = (value: number): string => value.toFixed(0);
  const repaired = verdict?.repairs.filter(({ kept }) => kept).map(({ remedy }) => remedy) ?? [];
  const tried = verdict?.repairs.length ?? 0;
  const result = failed ?? (isEqual ? "boots, files equal" : "boots");
  const degraded = verdict?.cause === "degraded" ? ` (${verdict.evidence})` : "";
  const cells = [
    name,
    conversion === null ? "" : `${conversion.changes.length} in ${seconds(conversion.seconds)} s`,
    tried === 0 ? "" : `${repaired.join("; ")} (${tried} tried)`,
    `${seconds(bootSeconds)} s`,
    `${seconds(imageSeconds)} s`,
    `${result}${degraded}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

export const tableHead =
  "| guest | changes by conversion | repairs kept | boot check | image | result |\n|---|---|---|---|---|---|";

/** Runs the cases whose names contain one of `wanted` (all where there is none), and writes rows as they come. */
export async function runMatrix(
  wanted: readonly string[],
  path: string | null,
  context: LabContext,
): Promise<boolean> {
  const rows: string[] = [];
  let allWell = true;
  const chosen = matrixCases.filter(
    (each) => wanted.length === 0 || wanted.some((part) => nameOfCase(each).includes(part)),
  );
  for (const each of chosen) {
    const row = await attempt(() => runCase(each, context));
    const line = row.ok ? formatRow(row.value) : `| ${nameOfCase(each)} | | | | | ${row.failure.message} |`;
    allWell &&= row.ok && row.value.failed === null;
    rows.push(line);
    process.stdout.write(`${line}\n`);
    if (row.ok) for (const { what } of row.value.conversion?.changes ?? []) context.report(`  ${what}`);
    if (path !== null) await writeFile(path, `${tableHead}\n${rows.join("\n")}\n`);
  }
  return allWell;
}
