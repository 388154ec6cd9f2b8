import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Outbound connections that were tried from the source, never assumed. */
export const portsBlocked: Rule = {
  id: "ports-blocked",
  applies: (facts) => facts.portProbes.length > 0,
  check: (facts) =>
    facts.portProbes
      .filter((probe) => !probe.isReachable)
      .map((probe) =>
        finding("ports-blocked", {
          severity: "warning",
          subject: { kind: "network", name: `${probe.host}:${probe.port}` },
          effects: "fails",
          evidence: probe.evidence,
          params: { host: probe.host, port: probe.port },
        }),
      ),
};
