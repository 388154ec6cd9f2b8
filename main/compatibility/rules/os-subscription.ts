import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Updates are bound to an account: a cloud's are served to its own instances only. */
export const osSubscription: Rule = {
  id: "os-subscription",
  applies: (facts) => facts.subscriptions.length > 0,
  check: ({ subscriptions }) =>
    subscriptions.map(({ product, through, evidence }) =>
      finding(through === "cloud" ? "os-subscription.cloud" : "os-subscription.vendor", {
        severity: through === "cloud" ? "warning" : "info",
        subject: { kind: "system", name: product },
        effects: "unaffected",
        evidence,
        params: { product },
      }),
    ),
};
