import type { Verdict } from "../../common/domain/assessment.ts";
import type { Severity } from "../../common/domain/finding.ts";
import { useReportTexts } from "../texts/use-texts.ts";
import { StatusBadge, type Tone } from "./status-badge.tsx";

const verdictTones: Readonly<Record<Verdict | "failed", Tone>> = {
  blocked: "bad",
  "needs-attention": "warn",
  ready: "ok",
  failed: "neutral",
};

export const severityTones: Readonly<Record<Severity, Tone>> = {
  blocker: "bad",
  warning: "warn",
  info: "info",
};

export function VerdictBadge({ verdict }: { readonly verdict: Verdict | "failed" }) {
  const { report } = useReportTexts();
  return <StatusBadge tone={verdictTones[verdict]}>{report.verdicts[verdict]}</StatusBadge>;
}

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  const { report } = useReportTexts();
  return <StatusBadge tone={severityTones[severity]}>{report.severities[severity]}</StatusBadge>;
}
