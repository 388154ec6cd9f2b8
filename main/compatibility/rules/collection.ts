import type { Gap } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** A tool that is not installed, or that this collector never asks for, hides nothing. */
const harmless = new Set<Gap["reason"]>(["missing", "not-collected"]);

/** What could not be read, so that nobody takes silence for good news. */
export const collection: Rule = {
  id: "collection",
  applies: () => true,
  check(facts) {
    const gaps = facts.collection.gaps.filter((gap) => !harmless.has(gap.reason));
    const evidence = gaps.map((gap) => ({
      source: gap.what,
      line: null,
      text: gap.detail === "" ? gap.reason : `${gap.reason}: ${gap.detail}`,
    }));
    const parts = {
      subject: { kind: "collection", name: "" },
      effects: "unknown",
      params: { gaps: gaps.length },
    } as const;
    if (facts.collection.wasPrivileged === false) {
      return [
        finding("collection.unprivileged", {
          ...parts,
          severity: "warning",
          evidence:
            evidence.length > 0
              ? evidence
              : [{ source: facts.collection.collector ?? "collector", line: null, text: "not root" }],
        }),
      ];
    }
    return gaps.length === 0
      ? []
      : [finding("collection.incomplete", { ...parts, severity: "info", evidence })];
  },
};
