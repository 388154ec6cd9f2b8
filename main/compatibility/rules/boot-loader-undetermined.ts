import { finding } from "../../../common/domain/finding.ts";
import { isLinux, notCollected, type Rule } from "../rule.ts";

export const bootLoaderUndetermined: Rule = {
  id: "boot-loader-undetermined",
  applies: (facts) =>
    isLinux(facts) &&
    (facts.bootLoader.kind === null ||
      (facts.bootLoader.kind === "grub2" && facts.bootLoader.version === null)),
  check: (facts) => [
    finding("boot-loader-undetermined", {
      severity: "info",
      subject: { kind: "boot", name: "" },
      effects: { block: "kept", file: "unknown" },
      evidence:
        facts.bootLoader.evidence.length > 0
          ? facts.bootLoader.evidence
          : notCollected("grub-install --version", "/boot/grub"),
      params: {},
    }),
  ],
};
