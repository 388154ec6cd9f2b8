import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  ExportedFile,
  reportFormats,
  StoredAssessment,
} from "../../common/api/assessment-procedures.ts";
import type { Language } from "../../common/domain/report-text/catalogue.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { createChromiumPrinter, findChromium } from "../reports/pdf-printer.ts";
import { writeReports } from "../reports/write-reports.ts";

type ReportFormat = (typeof reportFormats)[number];

const mediaTypes: Readonly<Record<ReportFormat, string>> = {
  html: "text/html",
  pdf: "application/pdf",
  csv: "text/csv",
  json: "application/json",
};

export interface ExportReportOptions {
  readonly format: ReportFormat;
  readonly language: Language;
  readonly timeZone: string | null;
  readonly now: number;
  readonly parallelJobs: number;
  readonly signal: AbortSignal;
}

/** Writes the report beside and reads it back: the writers stream, and a window wants the whole. */
export async function exportReport(
  names: readonly string[],
  load: (name: string) => Result<StoredAssessment>,
  options: ExportReportOptions,
): Promise<Result<ExportedFile>> {
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isTimeZone(timeZone))
    return fail("input-invalid", told({ kind: "no-time-zone", zone: timeZone }), { field: "timeZone" });
  if (names.length === 0)
    return fail(
      "not-found",
      told({ kind: "nothing-to-report" }),
      {},
      told({ kind: "assess-or-import-first" }),
    );
  const folder = await mkdtemp(join(tmpdir(), "sma-report-"));
  const path = join(folder, `report.${options.format}`);
  const { format } = options;
  try {
    const written = await writeReports(
      inputs(names, load),
      format === "html" ? { htmlPath: path } : format === "pdf" ? { pdfPath: path } : { [format]: path },
      {
        language: options.language,
        timeZone,
        now: options.now,
        parallelJobs: options.parallelJobs,
        isSingle: names.length === 1,
        printer: createChromiumPrinter(format === "pdf" ? await findChromium() : null),
        signal: options.signal,
      },
    );
    if (!written.ok) return written;
    const content = await readFile(path);
    const encoding = format === "pdf" ? "base64" : "utf8";
    const day = new Date(options.now).toISOString().slice(0, 10);
    return ok({
      fileName: `migration-report-${day}.${format}`,
      mediaType: mediaTypes[format],
      encoding,
      content: content.toString(encoding),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* inputs(names: readonly string[], load: (name: string) => Result<StoredAssessment>) {
  for (const name of names) {
    const stored = load(name);
    if (stored.ok)
      yield {
        kind: "assessed" as const,
        id: stored.value.name,
        input: stored.value.name,
        assessment: { ...stored.value.assessment, id: stored.value.name },
      };
    else yield { kind: "failed" as const, id: name, input: name, failure: stored.failure };
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
