/** The head of the report: how the fleet stands, and every source in one table. */
import {
  verdicts,
  type Assessment,
  type SupportTier,
  type Verdict,
} from "../../../common/domain/assessment.ts";
import { verdictOf } from "../../../common/domain/assessment.ts";
import { severities, type Severity } from "../../../common/domain/finding.ts";
import { describeFailure } from "../../../common/domain/report-text/failure-texts.ts";
import type { Failure } from "../../../common/result.ts";
import type { FleetEstimate } from "../../compatibility/estimate.ts";
import { osTitle } from "../../compatibility/os-matrix.ts";
import type { SourceComparison } from "../comparison.ts";
import type { DrawingContext } from "./disk-drawing.ts";
import { html, withCode, type Html } from "./markup.ts";
import { range } from "./server-section.ts";

/** A source in the table: as little as the table needs, because every source of the fleet is kept until the end. */
export interface FleetRow {
  readonly id: string;
  readonly anchor: string;
  /** Null where the system is not known. */
  readonly system: string | null;
  readonly tier: SupportTier;
  readonly verdict: Verdict;
  readonly blockers: number;
  readonly warnings: number;
  readonly disks: number;
  readonly dataBytes: number | null;
  readonly seconds: number | null;
}

export interface FailedInput {
  readonly input: string;
  readonly failure: Failure;
}

export interface Fleet {
  readonly rows: readonly FleetRow[];
  readonly failures: readonly FailedInput[];
  readonly estimate: FleetEstimate;
  /** Code of a finding to its severity and the number of sources that have it. */
  readonly codes: ReadonlyMap<string, { readonly severity: Severity; readonly sources: number }>;
  readonly comparison: FleetComparison | null;
}

export interface FleetComparison {
  readonly earlierAt: string | null;
  readonly sources: readonly SourceComparison[];
  readonly onlyEarlier: readonly string[];
  readonly onlyLater: readonly string[];
}

export function fleetRow(assessment: Assessment, anchor: string): FleetRow {
  const count = (severity: Severity): number =>
    assessment.findings.filter((finding) => finding.severity === severity).length;
  const mode = assessment.estimate.block ?? assessment.estimate.file;
  return {
    id: assessment.id,
    anchor,
    system: assessment.os.distro === null && assessment.os.name === null ? null : osTitle(assessment.os),
    tier: assessment.support.tier,
    verdict: verdictOf(assessment.findings),
    blockers: count("blocker"),
    warnings: count("warning"),
    disks: assessment.disks.filter((disk) => disk.treatment === "copied").length,
    dataBytes: mode?.dataBytes.expected ?? null,
    seconds: mode?.totalSeconds.expected ?? null,
  };
}

export function fleetSection(fleet: Fleet, context: DrawingContext): Html {
  const { report } = context.catalogue;
  const isFleet = fleet.rows.length + fleet.failures.length > 1;
  return html`<section>
      <h2>${report.summary}</h2>
      ${tiles(fleet, context)}
    </section>
    ${fleet.comparison === null ? null : comparisonSection(fleet.comparison, context)}
    ${isFleet && fleet.rows.length > 0 ? html`${estimateSection(fleet, context)}${codesSection(fleet, context)}${tableSection(fleet, context)}` : null}
    ${fleet.failures.length > 0 ? failuresSection(fleet.failures, context) : null}`;
}

function tiles(fleet: Fleet, { catalogue, format }: DrawingContext): Html {
  const { report } = catalogue;
  const tile = (kind: Verdict | "failed", count: number): Html =>
    html`<div class="tile ${kind}">
      <b>${format.integer(count)}</b>${report.verdicts[kind]}<small>${report.verdictMeanings[kind]}</small>
    </div>`;
  return html`<div class="tiles">
    ${verdicts.map((verdict) =>
      tile(verdict, fleet.rows.filter((row) => row.verdict === verdict).length),
    )}${fleet.failures.length > 0 ? tile("failed", fleet.failures.length) : null}
  </div>`;
}

function estimateSection({ estimate }: Fleet, { catalogue, format }: DrawingContext): Html | null {
  const { report } = catalogue;
  if (estimate.sources === estimate.withoutEstimate) return null;
  return html`<section>
    <h2>${report.fleetEstimate}</h2>
    <table>
      <caption>
        ${report.fleetEstimateNote(format.integer(estimate.parallelJobs))}${
          estimate.withoutEstimate > 0
            ? html` ${report.withoutEstimate(format.integer(estimate.withoutEstimate))}`
            : null
        }
      </caption>
      <thead>
        <tr>
          <th scope="col">${report.estimateRows.data}</th>
          <th scope="col">${report.estimateRows.wire}</th>
          <th scope="col">${report.estimateRows.total}</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <td>${range(estimate.dataBytes, format.bytes)}</td>
          <td>${range(estimate.wireBytes, format.bytes)}</td>
          <td>${range(estimate.totalSeconds, format.duration)}</td>
        </tr>
      </tbody>
    </table>
  </section>`;
}

const codesShown = 12;

function codesSection({ codes }: Fleet, { catalogue, format }: DrawingContext): Html | null {
  const { report } = catalogue;
  const shown = [...codes]
    .filter(([, { severity }]) => severity !== "info")
    .sort(
      ([, a], [, b]) =>
        severities.indexOf(a.severity) - severities.indexOf(b.severity) || b.sources - a.sources,
    )
    .slice(0, codesShown);
  if (shown.length === 0) return null;
  return html`<section>
    <h2>${report.mostFrequent}</h2>
    <p>
      ${shown.map(
        ([code, { severity, sources }]) =>
          html`<span class="chip ${severity}"><code>${code}</code> ${format.integer(sources)}</span> `,
      )}
    </p>
  </section>`;
}

function tableSection({ rows }: Fleet, { catalogue, format }: DrawingContext): Html {
  const { report } = catalogue;
  const { columns } = report;
  const sorted = [...rows].sort(
    (a, b) =>
      verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
      b.blockers - a.blockers ||
      b.warnings - a.warnings ||
      (a.id < b.id ? -1 : 1),
  );
  return html`<section id="fleet">
    <h2>${report.fleetTable}</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${columns.source}</th>
            <th scope="col">${columns.verdict}</th>
            <th scope="col" class="n">${columns.blockers}</th>
            <th scope="col" class="n">${columns.warnings}</th>
            <th scope="col">${columns.system}</th>
            <th scope="col">${columns.support}</th>
            <th scope="col" class="n">${columns.disks}</th>
            <th scope="col" class="n">${columns.data}</th>
            <th scope="col" class="n">${columns.time}</th>
          </tr>
        </thead>
        <tbody>
          ${sorted.map(
            (row) =>
              html`<tr>
                <th scope="row"><a href="#${row.anchor}">${row.id}</a></th>
                <td><span class="chip ${row.verdict}">${report.verdicts[row.verdict]}</span></td>
                <td class="n">${format.integer(row.blockers)}</td>
                <td class="n">${format.integer(row.warnings)}</td>
                <td>${row.system ?? report.unknownValue}</td>
                <td><span class="chip ${row.tier}">${report.tiers[row.tier]}</span></td>
                <td class="n">${format.integer(row.disks)}</td>
                <td class="n">${row.dataBytes === null ? "–" : format.bytes(row.dataBytes)}</td>
                <td class="n">${row.seconds === null ? "–" : format.duration(row.seconds)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function failuresSection(failures: readonly FailedInput[], { catalogue }: DrawingContext): Html {
  const { report } = catalogue;
  const columns = report.failureColumns;
  const where = ({ context }: Failure): string => {
    const { line, field } = context;
    // Where a text has no fields, a line is the place that is named.
    const asLine = typeof field === "string" ? /^line (\d+)$/.exec(field)?.[1] : undefined;
    return [
      typeof line === "number" ? report.line(String(line)) : "",
      asLine !== undefined
        ? report.line(asLine)
        : typeof field === "string" && field !== ""
          ? report.field(field)
          : "",
    ]
      .filter((part) => part !== "")
      .join(", ");
  };
  return html`<section>
    <h2>${report.failures}</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">${columns.file}</th>
          <th scope="col">${columns.where}</th>
          <th scope="col">${columns.problem}</th>
          <th scope="col">${columns.remedy}</th>
        </tr>
      </thead>
      <tbody>
        ${failures.map(({ input, failure }) => {
          const { title, remedy } = describeFailure(failure, catalogue);
          return html`<tr>
            <th scope="row" class="mono">${input}</th>
            <td>${where(failure)}</td>
            <td>
              <strong>${title}</strong>
              <p class="soft" lang="en">${failure.message}</p>
            </td>
            <td>${withCode(remedy)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

function comparisonSection(comparison: FleetComparison, { catalogue, format }: DrawingContext): Html {
  const { report } = catalogue;
  const words = report.comparison;
  const earlier =
    comparison.earlierAt === null ? report.unknownValue : format.dateTime(Date.parse(comparison.earlierAt));
  const cell = (findings: SourceComparison["fixed"]): Html => {
    const shown = findings.filter((finding) => finding.severity !== "info");
    return html`<td>
      ${
        shown.length === 0
          ? html`<span class="soft">${words.none}</span>`
          : shown.map((finding) => html`<div><code>${finding.code}</code> ${finding.subject.name}</div>`)
      }
    </td>`;
  };
  const notable = (findings: SourceComparison["fixed"]): boolean =>
    findings.some((finding) => finding.severity !== "info");
  const changed = comparison.sources.filter(
    (source) =>
      source.verdictBefore !== source.verdictNow || [source.fixed, source.added, source.worse].some(notable),
  );
  const unchanged = comparison.sources.length - changed.length;
  return html`<section>
    <h2>${words.title}</h2>
    <p class="soft">${words.since(earlier)}</p>
    <table>
      <thead>
        <tr>
          <th scope="col">${report.columns.source}</th>
          <th scope="col">${report.columns.verdict}</th>
          <th scope="col">${words.fixed}</th>
          <th scope="col">${words.added}</th>
          <th scope="col">${words.worse}</th>
          <th scope="col" class="n">${words.remaining}</th>
        </tr>
      </thead>
      <tbody>
        ${changed.map(
          (source) =>
            html`<tr>
              <th scope="row">${source.id}</th>
              <td>
                ${
                  source.verdictBefore === null || source.verdictBefore === source.verdictNow
                    ? null
                    : html`<span class="chip ${source.verdictBefore}"
                          >${report.verdicts[source.verdictBefore]}</span
                        >
                        → `
                }<span class="chip ${source.verdictNow}">${report.verdicts[source.verdictNow]}</span>
              </td>
              ${cell(source.fixed)}${cell(source.added)}${cell(source.worse)}
              <td class="n">${format.integer(source.remaining.length)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${unchanged > 0 ? html`<p>${words.unchanged(format.integer(unchanged))}</p>` : null}
    ${
      comparison.onlyEarlier.length > 0
        ? html`<p>${words.onlyEarlier}: ${format.list(comparison.onlyEarlier)}</p>`
        : null
    }${
      comparison.onlyLater.length > 0
        ? html`<p>${words.onlyLater}: ${format.list(comparison.onlyLater)}</p>`
        : null
    }
  </section>`;
}
