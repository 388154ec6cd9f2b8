/** One pass over the inputs of an assessment run, into any number of reports at once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verdictOf, type Verdict } from "../../common/domain/assessment.ts";
import type { AssessedInput } from "../../common/domain/report.ts";
import type { Language } from "../../common/domain/report-text/catalogue.ts";
import { createFormats } from "../../common/domain/report-text/formats.ts";
import { catalogues } from "../../common/domain/report-text/languages.ts";
import { fail, ok, type Failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { ReportIndex } from "./comparison.ts";
import { createCsvReport } from "./csv-report.ts";
import { createHtmlReport } from "./html-report.ts";
import { createJsonReport } from "./json-report.ts";
import type { PdfPrinter } from "./pdf-printer.ts";
import type { ReportContext, ReportSink } from "./report-sink.ts";
import { openTextFile, type TextFile, type TextOutput } from "./text-output.ts";

/** A file to be written, or an output that is open already (standard output). */
export type Destination = string | TextOutput;

export interface ReportOutputs {
  readonly json?: Destination;
  readonly csv?: Destination;
  readonly htmlPath?: string;
  readonly pdfPath?: string;
}

export interface WriteReportsOptions {
  readonly language: Language;
  /** IANA name, for the times in the report. */
  readonly timeZone: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Jobs at a time, for the fleet's estimate. */
  readonly parallelJobs: number;
  readonly earlier?: ReportIndex;
  /** True where the run is about one source. */
  readonly isSingle: boolean;
  readonly printer: PdfPrinter;
  readonly signal?: AbortSignal;
  /** Called for each source as it is done, e.g. to print it on the screen. */
  onInput?(input: AssessedInput): void;
}

export interface ReportRun {
  readonly sources: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly failures: readonly { readonly id: string; readonly input: string; readonly failure: Failure }[];
}

/**
 * Writes every report that `outputs` names. Files appear when they are complete; after a failure none is left behind
 * half. Failures: `no-space`, `storage-failed`, `tool-missing` (PDF only; the other reports are there), `cancelled`.
 */
export async function writeReports(
  inputs: AsyncIterable<AssessedInput>,
  outputs: ReportOutputs,
  options: WriteReportsOptions,
): Promise<Result<ReportRun>> {
  const context: ReportContext = {
    catalogue: catalogues[options.language],
    format: createFormats(options.language, options.timeZone),
    now: options.now,
  };
  const files: TextFile[] = [];
  const cleanUps: (() => Promise<void>)[] = [];
  const outputOf = (destination: Destination): TextOutput => {
    if (typeof destination !== "string") return destination;
    const file = openTextFile(destination);
    files.push(file);
    return file;
  };

  try {
    const sinks: ReportSink[] = [];
    const html = async (path: string): Promise<void> => {
      const report = await createHtmlReport(outputOf(path), context, {
        parallelJobs: options.parallelJobs,
        earlier: options.earlier ?? null,
        isSingle: options.isSingle,
      });
      cleanUps.push(() => report.discard());
      sinks.push(report);
    };
    if (outputs.json !== undefined) sinks.push(createJsonReport(outputOf(outputs.json), context));
    if (outputs.csv !== undefined) sinks.push(createCsvReport(outputOf(outputs.csv), context));
    if (outputs.htmlPath !== undefined) await html(outputs.htmlPath);
    let printable = outputs.htmlPath;
    if (outputs.pdfPath !== undefined && printable === undefined) {
      const folder = await mkdtemp(join(tmpdir(), "sma-print-"));
      cleanUps.push(() => rm(folder, { recursive: true, force: true }));
      printable = join(folder, "report.html");
      await html(printable);
    }

    const run = await pour(inputs, sinks, options);
    if (options.signal?.aborted) return fail("cancelled", told({ kind: "assessment-stopped" }));
    for (const sink of sinks) await sink.finish();
    for (const file of files.splice(0)) await file.complete();
    if (outputs.pdfPath !== undefined && printable !== undefined) {
      const printed = await options.printer.print(printable, outputs.pdfPath, options.signal);
      if (!printed.ok) return printed;
    }
    return ok(run);
  } catch (error) {
    return storageFailure(error);
  } finally {
    for (const file of files) await file.abandon();
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

async function pour(
  inputs: AsyncIterable<AssessedInput>,
  sinks: readonly ReportSink[],
  options: WriteReportsOptions,
): Promise<ReportRun> {
  const verdicts: Record<Verdict, number> = { blocked: 0, "needs-attention": 0, ready: 0 };
  const failures: { id: string; input: string; failure: Failure }[] = [];
  let sources = 0;
  for await (const input of inputs) {
    if (options.signal?.aborted) break;
    sources++;
    if (input.kind === "failed") failures.push({ id: input.id, input: input.input, failure: input.failure });
    else verdicts[verdictOf(input.assessment.findings)]++;
    for (const sink of sinks) await sink.write(input);
    options.onInput?.(input);
  }
  return { sources, verdicts, failures };
}

/** What the system says when a file cannot be written; anything else is a bug and stays thrown. */
function storageFailure(error: unknown): Result<ReportRun> {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") throw error;
  const path = "path" in error && typeof error.path === "string" ? error.path : "";
  const code = error.code === "ENOSPC" || error.code === "EDQUOT" ? "no-space" : "storage-failed";
  return fail(code, told({ kind: "report-unwritten", text: error.message }), { path, code: error.code });
}
