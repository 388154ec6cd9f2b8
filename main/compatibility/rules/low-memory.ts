import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** The agent keeps within 64 MiB; as much again leaves the source room to breathe. */
const minimumBytes = 128 * 1024 * 1024;

export const lowMemory: Rule = {
  id: "low-memory",
  applies: (facts) => facts.memory.availableBytes !== null || facts.memory.totalBytes !== null,
  check(facts) {
    const availableBytes = facts.memory.availableBytes ?? facts.memory.totalBytes ?? 0;
    if (availableBytes >= minimumBytes) return [];
    return [
      finding("low-memory", {
        severity: "warning",
        subject: { kind: "system", name: "" },
        effects: "at-risk",
        evidence: facts.memory.evidence,
        params: { availableBytes, minimumBytes },
      }),
    ];
  },
};
