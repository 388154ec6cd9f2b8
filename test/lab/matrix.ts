/**
 * `npm run lab -- matrix`: disks of lab guests, whole and broken, through a whole migration each: copied by the agent,
 * converted, booted with the check from inside, repaired where needed, imaged, with a receipt that is checked against
 * the image. Then the image is booted once more and its files are compared with the guest's manifest.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { bootVerdictSchema } from "../../common/domain/boot-verdict.ts";
import { imageFileSchema } from "../../common/domain/image.ts";
import { conversionOutcomeSchema } from "../../common/domain/conversion.ts";
import { signedReceiptSchema } from "../../common/domain/receipt.ts";
import { attempt, unwrap } from "../../common/result.ts";
import { prepareFirmware } from "../../intermediate/boot-check/machine.ts";
import { bootCopy } from "./boot-source.ts";
import { makeWorkDirectory } from "./cache.ts";
import { breakDisk } from "./faults.ts";
import { firmwareOf } from "./layouts.ts";
import { runLocalJob, type LocalJob } from "./local-job.ts";
import { matrixCases, nameOfCase, type MatrixCase } from "./matrix-cases.ts";
import { formatTable, keepRow, keptRow, withTable, type MatrixRow } from "./matrix-row.ts";
import { prepareLabGuest, type LabContext, type LabImage } from "./prepare-image.ts";
import { verifyPayload } from "./verify-payload.ts";

const convertOutput = conversionOutcomeSchema.pick({ changes: true });
const bootOutput = z.object({ verdict: bootVerdictSchema });
const imageOutput = z.object({ files: z.array(imageFileSchema).min(1) });
const receiptOutput = z.object({ path: z.string() });

/** Takes one guest all the way. Failures of the product are rows; failures of the lab are thrown. */
async function runCase(each: MatrixCase, context: LabContext): Promise<MatrixRow> {
  const name = nameOfCase(each);
  const lab: LabContext = { ...context, report: (text) => context.report(`${name}: ${text}`) };
  const image = unwrap(await prepareLabGuest(each, lab));
  const work = await makeWorkDirectory("matrix");
  try {
    let diskPath = image.diskPath;
    if (each.faults.length > 0) {
      diskPath = join(work, "disk.raw");
      unwrap(await breakDisk(each.faults, image, { path: diskPath, work }, lab));
    }
    const more = each.firmware === "same" ? [] : ["--firmware", each.firmware];
    const options = { diskPath, firmware: firmwareOf(each.layout), more };
    const killAt =
      each.isKilled === true
        ? { killAt: /looking for the operating system|mounting|initramfs|network cards/ }
        : {};
    const migrated = await runLocalJob({ ...options, ...killAt }, lab);
    try {
      return await judge(each, migrated, { image, work }, lab);
    } finally {
      await migrated.close();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function judge(
  each: MatrixCase,
  { job, sma }: LocalJob,
  { image, work }: { readonly image: LabImage; readonly work: string },
  lab: LabContext,
): Promise<MatrixRow> {
  const converted = convertOutput.safeParse(job.outputs["convert"]).data;
  const verdict = bootOutput.safeParse(job.outputs["boot-check"]).data?.verdict;
  const row: MatrixRow = {
    name: nameOfCase(each),
    ranAt: new Date().toISOString(),
    changes: converted?.changes.map(({ what }) => what) ?? [],
    repairs: verdict?.repairs.map(({ remedy, kept }) => ({ remedy, kept })) ?? [],
    seconds: {},
    receipt: null,
    isEqual: false,
    isWhole: verdict?.checkIn != null && verdict.cause === null,
    evidence: verdict?.evidence ?? null,
    failed: null,
  };
  if (job.state.name === "in-error") {
    const { message, context } = job.state.failure;
    return { ...row, failed: `${message} ${JSON.stringify(context["repairsTried"] ?? "")}` };
  }
  if (job.state.name !== "finished") return { ...row, failed: `the job is ${job.state.name}` };

  const [file] = imageOutput.parse(job.outputs["image"]).files;
  const { path: receiptPath } = receiptOutput.parse(job.outputs["receipt"]);
  const { receipt } = signedReceiptSchema.parse(JSON.parse(await readFile(receiptPath, "utf8")));
  const seconds = Object.fromEntries(
    receipt.times.map(({ step, beganAt, endedAt }) => [
      step,
      (Date.parse(endedAt) - Date.parse(beganAt)) / 1000,
    ]),
  );
  const path = file?.path ?? "";
  await sma(["receipt", "verify", receiptPath, "--image", path]);
  const known = { ...row, seconds, receipt: "signed, holds for the image" };
  if (verdict?.cause === "degraded") return { ...known, failed: `boots, but not whole: ${verdict.evidence}` };

  lab.report("booting the image to compare its files");
  const kind = each.firmware === "same" ? firmwareOf(each.layout) : each.firmware;
  const firmware = unwrap(await prepareFirmware(kind, async () => join(work, "uefi-variables.fd")));
  const options = { ...lab, firmware, timeoutSeconds: 900, memoryMiB: 768 };
  const running = unwrap(await bootCopy({ path, format: "qcow2" }, file?.virtualBytes ?? 0, image, options));
  try {
    const { equal, differences } = unwrap(await verifyPayload(running, image));
    const failed = equal ? null : `the payload differs: ${differences.slice(0, 3).join(", ")}`;
    return { ...known, isEqual: equal, failed };
  } finally {
    await running.kill();
  }
}

export interface MatrixOptions {
  /** Names of cases, or parts of their names; all where there is none. */
  readonly wanted: readonly string[];
  /** Also those that went well before. */
  readonly again: boolean;
  /** A file that gets the table of all rows that are known; between its marks, where it has them. */
  readonly tablePath: string | null;
}

/** Runs what was not yet run, or did not go well; each row is kept as it comes. True where all rows wanted are well. */
export async function runMatrix(
  { wanted, again, tablePath }: MatrixOptions,
  context: LabContext,
): Promise<boolean> {
  let allWell = true;
  const names = new Set(matrixCases.map(nameOfCase));
  const isWanted = (name: string, part: string): boolean =>
    names.has(part) ? name === part : name.includes(part);
  for (const each of matrixCases) {
    const name = nameOfCase(each);
    if (wanted.length > 0 && !wanted.some((part) => isWanted(name, part))) continue;
    const kept = await keptRow(name);
    const isDone = kept !== null && kept.failed === null && !again;
    const row = isDone ? kept : unwrap(await attempt(() => runCase(each, context)));
    if (!isDone) await keepRow(row);
    allWell &&= row.failed === null;
    process.stdout.write(`${formatTable([row]).split("\n").at(-1) ?? ""}\n`);
    if (!isDone) for (const what of row.changes) context.report(`  ${what}`);
  }
  if (tablePath !== null) {
    const rows = await Promise.all(matrixCases.map((each) => keptRow(nameOfCase(each))));
    const text = await readFile(tablePath, "utf8").catch(() => "");
    await writeFile(tablePath, withTable(text, formatTable(rows.filter((row) => row !== null))));
  }
  return allWell;
}
