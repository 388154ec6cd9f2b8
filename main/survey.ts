import { assess } from "./compatibility/assess.ts";
import { targetLimits } from "./compatibility/target-limits.ts";
import type { Facts } from "../common/domain/facts.ts";
import type { SourceSurvey } from "./migrations/services.ts";

/** What a migration into a local folder needs to know of a source, out of its facts. */
export function surveyOf(sourceName: string, facts: Facts): SourceSurvey {
  const assessment = assess(sourceName, facts, { target: targetLimits.local });
  return {
    hostName: facts.os.hostName,
    firmware: facts.firmware.kind,
    memoryBytes: facts.memory.totalBytes,
    operatingSystem: facts.os.name,
    architecture: facts.os.architecture,
    platform: facts.os.family,
    findings: assessment.findings,
    facts,
    disks: assessment.disks.flatMap(({ id, sizeBytes, treatment }) =>
      treatment === "copied" && sizeBytes !== null && sizeBytes > 0 ? [{ path: id, sizeBytes }] : [],
    ),
  };
}
