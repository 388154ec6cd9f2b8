import { finding, type Finding } from "../../../common/domain/finding.ts";
import { interfacesThatMatter } from "../interfaces.ts";
import { isLinux, type Rule } from "../rule.ts";

/** Names made from the slot, the firmware's index or the MAC address: `ens192`, `enp3s0`, `eno1`, `em1`, `p2p1`. */
const predictable = /^(en[opsxX]|em\d|p\d+p\d+|wl[opsx])/;

/** The network card gets another name on the target, and the configuration names the old one. */
export const nicRenaming: Rule = {
  id: "nic-renaming",
  applies: (facts) =>
    isLinux(facts) && (facts.network.interfaces !== null || facts.network.persistentNameRules.length > 0),
  check(facts) {
    const findings: Finding[] = [];
    for (const nic of interfacesThatMatter(facts)) {
      if (nic.isVirtual === true) continue;
      const rules = facts.network.persistentNameRules.filter((rule) =>
        new RegExp(`\\b${nic.name.replace(/[^\w]/g, "\\$&")}\\b`).test(rule.text),
      );
      const severity = nic.addressing === "dhcp" ? "info" : "warning";
      const subject = { kind: "network-interface", name: nic.name } as const;
      const effects = { block: "at-risk", file: "changed" } as const;
      if (rules.length > 0) {
        findings.push(
          finding("nic-renaming.pinned", {
            severity,
            subject,
            effects,
            evidence: [...rules, ...nic.evidence],
            params: { nic: nic.name },
          }),
        );
      } else if (predictable.test(nic.name)) {
        findings.push(
          finding("nic-renaming.predictable", {
            severity,
            subject,
            effects,
            evidence: nic.evidence,
            params: { nic: nic.name },
          }),
        );
      }
    }
    return findings;
  },
};
