import type { Finding, ReplicationMode } from "../../common/domain/finding.ts";
import { describeFinding } from "../../common/domain/report-text/languages.ts";
import { useFormats, useReportTexts, useTexts } from "../texts/use-texts.ts";
import { EffectBadge } from "./effect-badge.tsx";
import { SeverityBadge } from "./verdict-badge.tsx";
import "./disk-section.css";

/** Findings with what they mean, why it is believed, and what to do. */
export function FindingList({
  findings,
  mode,
  nothing,
  isOpen = false,
}: {
  readonly findings: readonly Finding[];
  readonly mode: ReplicationMode;
  /** What to say where there is none. */
  readonly nothing: string;
  readonly isOpen?: boolean;
}) {
  if (findings.length === 0) return <p className="dim">{nothing}</p>;
  return (
    <ul className="findings">
      {findings.map((finding, index) => (
        <FindingLine
          key={`${finding.message} ${finding.subject.name} ${index}`}
          finding={finding}
          mode={mode}
          isOpen={isOpen || finding.severity === "blocker"}
        />
      ))}
    </ul>
  );
}

function FindingLine({
  finding,
  mode,
  isOpen,
}: {
  readonly finding: Finding;
  readonly mode: ReplicationMode;
  readonly isOpen: boolean;
}) {
  const catalogue = useReportTexts();
  const { compatibility: text } = useTexts();
  const format = useFormats();
  const words = describeFinding(finding, catalogue, format);
  const outcome = typeof words.outcome === "string" ? words.outcome : words.outcome[mode];
  return (
    <li className="finding">
      <details open={isOpen}>
        <summary>
          <span>
            <SeverityBadge severity={finding.severity} />
          </span>
          <span className="stack-tight finding-words">
            <strong>{words.title}</strong>
            <span>{outcome}</span>
          </span>
          <EffectBadge effect={finding.effects[mode]} />
        </summary>
        <div className="finding-body">
          <p>
            <strong>{catalogue.report.remedy}</strong> {words.remedy}
          </p>
          {finding.evidence.map((evidence, index) => (
            <figure key={index} className="evidence mono">
              <div className="evidence-source">
                {evidence.source}
                {evidence.line === null ? "" : `, ${text.line(format.integer(evidence.line))}`}
              </div>
              {evidence.text}
            </figure>
          ))}
          <code className="mono dim">{finding.code}</code>
        </div>
      </details>
    </li>
  );
}
