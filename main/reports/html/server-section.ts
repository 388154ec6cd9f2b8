/** One source in the report: what it is, what was found, its disks before and after, and the estimate. */
import type {
  Assessment,
  DiskMap,
  InnerVolume,
  Interval,
  ModeEstimate,
  Region,
} from "../../../common/domain/assessment.ts";
import { verdictOf } from "../../../common/domain/assessment.ts";
import type { Evidence } from "../../../common/domain/facts.ts";
import { replicationModes, type Finding, type ModeEffects } from "../../../common/domain/finding.ts";
import type { FindingText } from "../../../common/domain/report-text/catalogue.ts";
import { describeFinding } from "../../../common/domain/report-text/languages.ts";
import { osTitle } from "../../compatibility/os-matrix.ts";
import { drawDisk, type DrawingContext } from "./disk-drawing.ts";
import { html, withCode, type Html } from "./markup.ts";

export function serverSection(
  assessment: Assessment,
  anchor: string,
  isOnlyOne: boolean,
  context: DrawingContext,
): Html {
  const { report } = context.catalogue;
  const verdict = verdictOf(assessment.findings);
  return html`<article class="server${isOnlyOne ? " only" : ""}" id="${anchor}">
    <header>
      <h2>${assessment.id}</h2>
      <span class="chip ${verdict}">${report.verdicts[verdict]}</span>${
        isOnlyOne ? null : html`<a href="#fleet">${report.backToTop}</a>`
      }
    </header>
    ${factsList(assessment, context)}
    <section>
      <h3>${report.findings}</h3>
      ${findingsList(assessment.findings, context)}
    </section>
    <section>
      <h3>${report.diskMap}</h3>
      ${disksList(assessment.disks, anchor, context)}
    </section>
    <section>
      <h3>${report.estimate}</h3>
      ${estimateTable(assessment, context)}
    </section>
  </article>`;
}

// ----------------------------------------------------------------------------------------------------- system

function factsList(
  { os, platform, support, collectedAt }: Assessment,
  { catalogue, format }: DrawingContext,
): Html {
  const { report } = catalogue;
  const onList =
    support.onList === null ? report.onList.unknown : support.onList ? report.onList.yes : report.onList.no;
  const collected = collectedAt === null ? NaN : Date.parse(collectedAt);
  const rows: readonly (readonly [string, string | null])[] = [
    [report.columns.system, os.distro === null && os.name === null ? null : osTitle(os)],
    [report.host, os.hostName],
    [os.family === "windows" ? report.build : report.kernel, os.family === "windows" ? os.build : os.kernel],
    [report.architecture, os.architectureText ?? os.architecture],
    [report.platform, platform === null ? null : report.platforms[platform]],
    [report.collected, Number.isNaN(collected) ? collectedAt : format.dateTime(collected)],
    [report.closestEntry, support.entry],
  ];
  return html`<p>
      <span class="chip ${support.tier}">${report.tiers[support.tier]}</span>
      ${report.tierMeanings[support.tier]} (${onList})
    </p>
    <dl class="facts">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value === null ? html`<span class="soft">${report.unknownValue}</span>` : value}</dd>
          </div>`,
      )}
    </dl>`;
}

// --------------------------------------------------------------------------------------------------- findings

/** Findings that say the same of several subjects are shown as one. */
interface FindingGroup {
  readonly first: Finding;
  readonly words: FindingText;
  readonly titles: string[];
  readonly evidence: Evidence[];
}

/** More evidence than this on one card hides the finding. */
const evidenceShown = 10;
const subjectsShown = 40;

function findingsList(findings: readonly Finding[], context: DrawingContext): Html | readonly Html[] {
  const { report } = context.catalogue;
  if (findings.length === 0) return html`<p>${report.noFindings}</p>`;
  const groups = new Map<string, FindingGroup>();
  for (const finding of findings) {
    const words = describeFinding(finding, context.catalogue, context.format);
    const key = JSON.stringify([
      finding.message,
      finding.severity,
      finding.effects,
      words.outcome,
      words.remedy,
    ]);
    const group = groups.get(key);
    if (group) {
      group.titles.push(words.title);
      group.evidence.push(...finding.evidence);
    } else {
      groups.set(key, { first: finding, words, titles: [words.title], evidence: [...finding.evidence] });
    }
  }
  return [...groups.values()].map((group) => findingCard(group, context));
}

function findingCard({ first, words, titles, evidence }: FindingGroup, context: DrawingContext): Html {
  const { report } = context.catalogue;
  const { outcome } = words;
  const shown = titles.slice(0, subjectsShown);
  return html`<div class="finding ${first.severity}">
    <header>
      <span class="chip ${first.severity}">${report.severities[first.severity]}</span>
      <h4>${titles[0] ?? ""}</h4>
      ${effectChips(first.effects, context)}<code>${first.code}</code>
    </header>
    ${
      shown.length > 1
        ? html`<ul class="subjects">
            ${shown.slice(1).map((title) => html`<li>${title}</li>`)}${
              titles.length > shown.length
                ? html`<li class="soft">+ ${context.format.integer(titles.length - shown.length)}</li>`
                : null
            }
          </ul>`
        : null
    }
    <dl>
      ${
        typeof outcome === "string"
          ? html`<dt>${report.outcome}</dt>
              <dd>${withCode(outcome)}</dd>`
          : replicationModes.map(
              (mode) =>
                html`<dt>${report.modes[mode]}</dt>
                  <dd>${withCode(outcome[mode])}</dd>`,
            )
      }
      <dt>${report.remedy}</dt>
      <dd>${withCode(words.remedy)}</dd>
      ${
        evidence.length === 0
          ? null
          : html`<dt>${report.evidence}</dt>
              <dd>${evidenceList(evidence, context)}</dd>`
      }
    </dl>
  </div>`;
}

function effectChips(effects: ModeEffects, { catalogue }: DrawingContext): Html | readonly Html[] {
  const { report } = catalogue;
  if (effects.block === effects.file) {
    return effects.block === "unaffected" || effects.block === "unknown"
      ? []
      : html`<span class="chip ${effects.block}">${report.effects[effects.block]}</span>`;
  }
  return replicationModes.map(
    (mode) =>
      html`<span class="chip ${effects[mode]}"
        >${report.modes[mode]}: ${report.effects[effects[mode]]}</span
      >`,
  );
}

function evidenceList(evidence: readonly Evidence[], { format }: DrawingContext): Html {
  const unique = [...new Map(evidence.map((line) => [`${line.source}\n${line.text}`, line])).values()];
  const shown = unique.slice(0, evidenceShown);
  return html`<ul class="evidence mono">
    ${shown.map(
      ({ source, line, text }) =>
        html`<li>
          <span class="where">${source}${line === null ? null : `:${line}`}</span
          ><span class="text">${text}</span>
        </li>`,
    )}${unique.length > shown.length ? html`<li class="where">+ ${format.integer(unique.length - shown.length)}</li>` : null}
  </ul>`;
}

// ------------------------------------------------------------------------------------------------------ disks

function disksList(
  disks: readonly DiskMap[],
  anchor: string,
  context: DrawingContext,
): Html | readonly Html[] {
  if (disks.length === 0) return html`<p>${context.catalogue.report.noDisks}</p>`;
  return disks.map((disk, index) => diskFigure(disk, `${anchor}-d${index}`, context));
}

function diskFigure(disk: DiskMap, id: string, context: DrawingContext): Html {
  const { report } = context.catalogue;
  const { format } = context;
  const words = [
    disk.model,
    disk.sizeBytes === null ? report.unknownValue : format.bytes(disk.sizeBytes),
    disk.partitionTable === null ? null : report.tables[disk.partitionTable],
    report.treatments[disk.treatment],
  ].filter((word) => word !== null);
  const { columns } = report;
  return html`<figure>
    <figcaption>
      <h4><span class="mono">${disk.id}</span> <span class="soft">${words.join(" · ")}</span></h4>
    </figcaption>
    ${drawDisk(disk, id, context)}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${columns.device}</th>
            <th scope="col">${columns.content}</th>
            <th scope="col">${columns.mountedAt}</th>
            <th scope="col" class="n">${columns.size}</th>
            <th scope="col" class="n">${columns.used}</th>
            ${replicationModes.map((mode) => html`<th scope="col">${report.modes[mode]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${disk.before
            .filter((region) => region.kind !== "free")
            .flatMap((region) => [
              regionRow(region, region.kind, false, disk, context),
              ...region.volumes.map((volume) => regionRow(volume, "partition", true, disk, context)),
            ])}
        </tbody>
      </table>
    </div>
    ${
      disk.omittedRegions === 0
        ? null
        : html`<p class="soft">${report.omittedRegions(format.integer(disk.omittedRegions))}</p>`
    }
  </figure>`;
}

function regionRow(
  region: InnerVolume,
  kind: Region["kind"],
  isInner: boolean,
  disk: DiskMap,
  { catalogue, format }: DrawingContext,
): Html {
  const { report } = catalogue;
  const content =
    kind === "extended"
      ? report.extended
      : kind === "boot-area"
        ? report.bootArea
        : (region.content ?? report.undetermined);
  return html`<tr${isInner ? html` class="inner"` : null}><th scope="row" class="mono">${region.name}</th><td>${content}</td><td class="mono">${region.mountPoints.join(
    " ",
  )}</td><td class="n">${region.sizeBytes === null ? "–" : format.bytes(region.sizeBytes)}</td><td class="n">${
    region.usedBytes === null ? "–" : format.bytes(region.usedBytes)
  }</td>${replicationModes.map((mode) => {
    const effect = disk.treatment === "copied" ? region.effects[mode] : "left-out";
    return html`<td><span class="chip ${effect}">${report.effects[effect]}</span></td>`;
  })}</tr>`;
}

// --------------------------------------------------------------------------------------------------- estimate

function estimateTable({ estimate }: Assessment, context: DrawingContext): Html {
  const { report } = context.catalogue;
  const { format } = context;
  if (estimate.block === null && estimate.file === null) return html`<p>${report.noEstimate}</p>`;
  const rows: readonly (readonly [string, (mode: ModeEstimate) => Interval, (value: number) => string])[] = [
    [report.estimateRows.data, (mode) => mode.dataBytes, format.bytes],
    [report.estimateRows.wire, (mode) => mode.wireBytes, format.bytes],
    [report.estimateRows.transfer, (mode) => mode.transferSeconds, format.duration],
    [report.estimateRows.image, (mode) => mode.imageSeconds, format.duration],
    [report.estimateRows.total, (mode) => mode.totalSeconds, format.duration],
  ];
  return html`<table>
      <thead>
        <tr>
          <th scope="col"></th>
          ${replicationModes.map((mode) => html`<th scope="col">${report.modes[mode]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, value, write]) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${replicationModes.map((mode) => {
                const of = estimate[mode];
                return html`<td>${of === null ? report.noEstimate : range(value(of), write)}</td>`;
              })}
            </tr>`,
        )}
      </tbody>
    </table>
    ${assumptionsList(estimate.assumptions, context)}`;
}

/** The expected value, and the interval below it. */
export function range(value: Interval, write: (value: number) => string): Html {
  return html`${write(value.expected)}<span class="range"
      >${write(value.optimistic)} – ${write(value.pessimistic)}</span
    >`;
}

function assumptionsList(
  assumptions: Assessment["estimate"]["assumptions"],
  { catalogue, format }: DrawingContext,
): Html {
  const { report } = catalogue;
  const rows = report.assumptionRows;
  const rate = (value: number): string => report.perSecond(format.bytes(value));
  const percent = (value: number): string => `${format.integer(value * 100)} %`;
  const ratio = (value: number): string => `${value.toFixed(1)} : 1`;
  const line = (name: string, value: Interval, write: (value: number) => string, from?: string): Html =>
    html`<li>
      ${name}: ${write(value.expected)} (${write(value.optimistic)} –
      ${write(value.pessimistic)})${from === undefined ? null : `, ${from}`}
    </li>`;
  return html`<ul class="assumptions" aria-label="${report.assumptions}">
    ${[
      line(
        rows.bandwidth,
        assumptions.bandwidthBytesPerSecond,
        rate,
        report.rateFrom[assumptions.bandwidthFrom],
      ),
      line(
        rows.compression,
        assumptions.compressionRatio,
        ratio,
        report.rateFrom[assumptions.compressionFrom],
      ),
      line(
        rows.diskRead,
        assumptions.diskReadBytesPerSecond,
        rate,
        report.rateFrom[assumptions.diskReadFrom],
      ),
      line(rows.imageRate, assumptions.imageBytesPerSecond, rate, report.rateFrom.assumed),
      line(rows.files, assumptions.filesPerSecond, format.integer, report.rateFrom.assumed),
      line(rows.stale, assumptions.staleShare, percent, report.rateFrom.assumed),
      ...(assumptions.unmeasuredBytes > 0
        ? [
            line(
              `${rows.unmeasured} (${format.bytes(assumptions.unmeasuredBytes)})`,
              assumptions.unmeasuredShare,
              percent,
              report.rateFrom.assumed,
            ),
          ]
        : []),
    ]}
  </ul>`;
}
