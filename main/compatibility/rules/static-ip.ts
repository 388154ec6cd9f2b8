import { finding } from "../../../common/domain/finding.ts";
import { interfacesThatMatter } from "../interfaces.ts";
import type { Rule } from "../rule.ts";

/** Static addresses travel with the data and do not fit another network. */
export const staticIp: Rule = {
  id: "static-ip",
  applies: (facts) => facts.network.interfaces !== null,
  check: (facts) =>
    interfacesThatMatter(facts)
      .filter((nic) => nic.addressing === "static" || nic.addressing === "both")
      .map((nic) =>
        finding("static-ip", {
          severity: "warning",
          subject: { kind: "network-interface", name: nic.name },
          effects: { block: "kept", file: "left-out" },
          evidence: nic.evidence,
          params: { nic: nic.name, addresses: nic.addresses },
        }),
      ),
};
