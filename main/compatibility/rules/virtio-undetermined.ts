import { finding } from "../../../common/domain/finding.ts";
import { isLinux, isWindows, notCollected, type Rule } from "../rule.ts";

export const virtioUndetermined: Rule = {
  id: "virtio-undetermined",
  applies: (facts) => isLinux(facts) || isWindows(facts),
  check(facts) {
    const { virtioBlock, virtioScsi, images } = facts.bootImages;
    const settled =
      virtioBlock === "built-in" ||
      virtioBlock === "initramfs" ||
      virtioBlock === "absent" ||
      (isWindows(facts) && (virtioBlock === "installed" || virtioScsi !== null)) ||
      images.some((image) => image.hasVirtioBlock !== null);
    if (settled) return [];
    return [
      finding("virtio-undetermined", {
        severity: "info",
        subject: { kind: "boot", name: "virtio" },
        effects: "unknown",
        evidence:
          facts.bootImages.evidence.length > 0
            ? facts.bootImages.evidence
            : isWindows(facts)
              ? notCollected("driverquery")
              : notCollected("lsinitramfs", "/lib/modules"),
        params: {},
      }),
    ];
  },
};
