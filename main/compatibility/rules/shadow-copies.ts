import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Earlier states of volumes that Windows keeps: the volumes travel as they are now, their history stays behind. */
export const shadowCopies: Rule = {
  id: "shadow-copies",
  applies: ({ shadowCopies: { count } }) => count !== null && count > 0,
  check: ({ shadowCopies: { count, evidence } }) => [
    finding("shadow-copies", {
      severity: "info",
      subject: { kind: "system", name: "" },
      effects: "left-out",
      evidence,
      params: { count: count ?? 0 },
    }),
  ],
};
