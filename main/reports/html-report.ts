/**
 * The report as one HTML file: no network, no scripts, everything inside. The head counts what follows, so the
 * sources' sections wait in a temporary file while they come in and nothing but the table's rows stays in memory.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Severity } from "../../common/domain/finding.ts";
import { severities } from "../../common/domain/finding.ts";
import { createFleetEstimator } from "../compatibility/estimate.ts";
import { compareSource, comparable, type ReportIndex, type SourceComparison } from "./comparison.ts";
import { fleetRow, fleetSection, type FailedInput, type Fleet, type FleetRow } from "./html/fleet-section.ts";
import { html } from "./html/markup.ts";
import { serverSection } from "./html/server-section.ts";
import { reportStyle } from "./html/style.ts";
import type { ReportContext, ReportSink } from "./report-sink.ts";
import type { TextOutput } from "./text-output.ts";

export interface HtmlReportOptions {
  /** Jobs at a time, for the fleet's estimate. */
  readonly parallelJobs: number;
  /** An earlier report to compare with. */
  readonly earlier: ReportIndex | null;
  /** A report about one source leaves out what only a fleet needs. */
  readonly isSingle: boolean;
}

export interface HtmlReport extends ReportSink {
  /** Removes the temporary file; safe after `finish` and more than once. */
  discard(): Promise<void>;
}

export async function createHtmlReport(
  output: TextOutput,
  context: ReportContext,
  options: HtmlReportOptions,
): Promise<HtmlReport> {
  const folder = await mkdtemp(join(tmpdir(), "sma-report-"));
  const spoolPath = join(folder, "sources.html");
  const spool = await open(spoolPath, "w", 0o600);
  let spoolIsOpen = true;
  const closeSpool = async (handle: FileHandle): Promise<void> => {
    if (!spoolIsOpen) return;
    spoolIsOpen = false;
    await handle.close();
  };

  const rows: FleetRow[] = [];
  const failures: FailedInput[] = [];
  const codes = new Map<string, { severity: Severity; sources: number }>();
  const compared: SourceComparison[] = [];
  const onlyLater: string[] = [];
  const seen = new Set<string>();
  const estimator = createFleetEstimator(options.parallelJobs);

  const discard = async (): Promise<void> => {
    await closeSpool(spool);
    await rm(folder, { recursive: true, force: true });
  };

  return {
    async write(input) {
      seen.add(input.id);
      if (input.kind === "failed") {
        failures.push({ input: input.input, failure: input.failure });
        return;
      }
      const { assessment } = input;
      const anchor = `s${rows.length + 1}`;
      rows.push(fleetRow(assessment, anchor));
      estimator.add(assessment.estimate);
      for (const [code, severity] of worstByCode(assessment.findings)) {
        const known = codes.get(code);
        if (known) known.sources++;
        else codes.set(code, { severity, sources: 1 });
      }
      if (options.earlier !== null) {
        const before = options.earlier.sources.get(input.id);
        if (before === undefined) onlyLater.push(input.id);
        else {
          compared.push(
            compareSource(input.id, before, comparable(assessment, context.catalogue, context.format)),
          );
        }
      }
      await spool.write(serverSection(assessment, anchor, options.isSingle, context).markup);
    },

    async finish() {
      await closeSpool(spool);
      const fleet: Fleet = {
        rows,
        failures,
        estimate: estimator.total(),
        codes,
        comparison:
          options.earlier === null
            ? null
            : {
                earlierAt: options.earlier.assessedAt,
                sources: compared,
                onlyEarlier: [...options.earlier.sources.keys()].filter((id) => !seen.has(id)),
                onlyLater,
              },
      };
      await output.write(head(fleet, context));
      for await (const piece of createReadStream(spoolPath, { encoding: "utf8" })) {
        await output.write(piece as string);
      }
      await output.write(foot(context));
      await discard();
    },

    discard,
  };
}

function worstByCode(
  findings: readonly { readonly code: string; readonly severity: Severity }[],
): ReadonlyMap<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const { code, severity } of findings) {
    const known = worst.get(code);
    if (known === undefined || severities.indexOf(severity) < severities.indexOf(known)) {
      worst.set(code, severity);
    }
  }
  return worst;
}

const styleHash = createHash("sha256").update(reportStyle).digest("base64");

/** Everything up to the first source. Tags that stay open are put together by hand: a template has whole elements. */
function head(fleet: Fleet, context: ReportContext): string {
  const { report, language } = context.catalogue;
  const count = context.format.integer(fleet.rows.length + fleet.failures.length);
  const meta = html`<meta charset="utf-8" />
    <meta
      http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'"
    />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="referrer" content="no-referrer" />
    <title>${report.title}</title>`;
  const header = html`<header class="head">
    <h1>${report.title}</h1>
    <p>${report.subtitle}</p>
    <p class="soft">${report.generated(context.format.dateTime(context.now))} · ${report.sources(count)}</p>
  </header>`;
  return [
    `<!doctype html>\n<html lang="${language}">\n<head>`,
    meta.markup,
    `<style>${reportStyle}</style>\n</head>\n<body lang="${language}">`,
    header.markup,
    "<main>",
    fleetSection(fleet, context).markup,
    "",
  ].join("\n");
}

function foot({ catalogue }: ReportContext): string {
  const { report } = catalogue;
  const modes = html`<section class="foot soft">
    <p>
      ${report.modes.block}: ${report.modeMeanings.block}. ${report.modes.file}: ${report.modeMeanings.file}.
    </p>
  </section>`;
  return `${modes.markup}\n</main>\n</body>\n</html>\n`;
}
