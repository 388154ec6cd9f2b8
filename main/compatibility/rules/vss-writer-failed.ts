import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

export const vssWriterFailed: Rule = {
  id: "vss-writer-failed",
  applies: (facts) => facts.vssWriters !== null,
  check: (facts) =>
    (facts.vssWriters ?? [])
      .filter((writer) => writer.isFailed === true)
      .map((writer) =>
        finding("vss-writer-failed", {
          severity: "warning",
          subject: { kind: "service", name: writer.name },
          effects: "at-risk",
          evidence: writer.evidence,
          params: { writer: writer.name, error: writer.lastError ?? writer.stateText ?? "" },
        }),
      ),
};
