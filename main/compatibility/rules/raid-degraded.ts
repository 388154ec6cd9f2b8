import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** An array that has lost a member or is rebuilding: reading it at full speed is the worst moment for a second loss. */
export const raidDegraded: Rule = {
  id: "raid-degraded",
  applies: (facts) => facts.storage.devices.some((device) => device.kind === "raid" && device.state !== null),
  check: (facts) =>
    facts.storage.devices
      .filter((device) => device.kind === "raid" && isDegraded(device.state ?? ""))
      .map((device) =>
        finding("raid-degraded", {
          severity: "warning",
          subject: { kind: "volume", name: device.id },
          effects: "at-risk",
          evidence: evidenceOf(device),
          params: { array: device.id, state: device.state ?? "" },
        }),
      ),
};

/** mdadm writes `clean, degraded, recovering`, /proc/mdstat `[2/1] [U_]`. */
function isDegraded(state: string): boolean {
  return (
    /degraded|fail|faulty|recover|rebuild|resync|reshap|broken/i.test(state) || /\[[U_]*_[U_]*\]/.test(state)
  );
}
