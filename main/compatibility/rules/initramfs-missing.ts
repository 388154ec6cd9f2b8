import { finding } from "../../../common/domain/finding.ts";
import { isLinux, type Rule } from "../rule.ts";

/** Entries in /boot that are no kernels of the system. */
const otherImages = /memtest|xen-|rescue|kexec/i;

/** A kernel without an initramfs starts only where everything it needs is built into it. */
export const initramfsMissing: Rule = {
  id: "initramfs-missing",
  applies: (facts) => isLinux(facts) && facts.bootImages.bootDirectoryListed,
  check: (facts) =>
    facts.bootImages.images
      .filter((image) => image.initramfsPath === null && !otherImages.test(image.kernel))
      .map((image) =>
        finding("initramfs-missing", {
          severity:
            image.isRunning === true && facts.bootImages.virtioBlock !== "built-in" ? "warning" : "info",
          subject: { kind: "boot", name: image.kernel },
          effects: "at-risk",
          evidence: facts.bootImages.evidence,
          params: { kernel: image.kernel },
        }),
      ),
};
