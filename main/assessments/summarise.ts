import type { AssessmentSummary } from "../../common/api/assessment-procedures.ts";
import { verdictOf, type Assessment } from "../../common/domain/assessment.ts";

export function summarise(
  assessment: Assessment,
  about: Pick<AssessmentSummary, "id" | "sourceId" | "name" | "origin" | "assessedAt">,
): AssessmentSummary {
  const { os, findings, disks, support } = assessment;
  const copied = disks.filter(({ treatment }) => treatment === "copied");
  const severest = new Map<string, AssessmentSummary["findings"][number]["severity"]>();
  // Findings come most severe first.
  for (const { code, severity } of findings) if (!severest.has(code)) severest.set(code, severity);
  const system = os.name ?? [os.distro, os.version].filter((part) => part !== null).join(" ");
  return {
    ...about,
    collectedAt: assessment.collectedAt,
    verdict: verdictOf(findings),
    os: system === "" ? null : system,
    tier: support.tier,
    diskBytes: copied.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
    diskCount: copied.length,
    findings: [...severest].map(([code, severity]) => ({ code, severity })),
  };
}
