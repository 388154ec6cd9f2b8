import { finding } from "../../../common/domain/finding.ts";
import { isWindows, notCollected, type Rule } from "../rule.ts";

export const firmwareUndetermined: Rule = {
  id: "firmware-undetermined",
  applies: (facts) => facts.os.family !== "other" && facts.firmware.kind === null,
  check: (facts) => [
    finding("firmware-undetermined", {
      severity: "info",
      subject: { kind: "boot", name: "" },
      effects: "unknown",
      evidence: isWindows(facts) ? notCollected("bcdedit", "msinfo32") : notCollected("/sys/firmware/efi"),
      params: {},
    }),
  ],
};
