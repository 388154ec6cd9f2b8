import type { DriverPresence } from "../../../common/domain/facts.ts";
import { finding, type Finding } from "../../../common/domain/finding.ts";
import { isLinux, isWindows, type Rule } from "../rule.ts";

/** Virtio is how KVM targets, Alibaba Cloud among them, give a guest its disks and network. */
export const noVirtioDriver: Rule = {
  id: "no-virtio-driver",
  applies: (facts) => isLinux(facts) || isWindows(facts),
  check(facts) {
    const { virtioBlock, virtioScsi, virtioNet, images, evidence } = facts.bootImages;
    const subject = { kind: "boot", name: "virtio" } as const;
    const missing = (drivers: Readonly<Record<string, DriverPresence | null>>): string[] =>
      Object.keys(drivers).filter((name) => drivers[name] === "absent");

    if (isWindows(facts)) {
      const drivers = missing({ "viostor/vioscsi": best(virtioBlock, virtioScsi), netkvm: virtioNet });
      return drivers.length === 0
        ? []
        : [
            finding("no-virtio-driver.windows", {
              severity: "warning",
              subject,
              effects: "at-risk",
              evidence,
              params: { drivers },
            }),
          ];
    }

    const findings: Finding[] = [];
    const drivers = missing({ virtio_blk: virtioBlock, virtio_net: virtioNet });
    if (drivers.length > 0) {
      findings.push(
        finding("no-virtio-driver.absent", {
          // Without a disk driver in the kernel's own modules nothing can be put into the initramfs.
          severity: drivers.includes("virtio_blk") && virtioScsi !== "module" ? "blocker" : "warning",
          subject,
          effects: "at-risk",
          evidence,
          params: { drivers },
        }),
      );
    }
    if (virtioBlock === "built-in" || virtioBlock === "absent") return findings;
    const booted = images.filter((image) => image.isRunning === true);
    for (const image of booted.length > 0 ? booted : images) {
      if (image.hasVirtioBlock !== false) continue;
      findings.push(
        finding("no-virtio-driver.initramfs", {
          severity: "warning",
          subject: { kind: "boot", name: image.kernel },
          effects: "at-risk",
          evidence,
          params: { kernel: image.kernel },
        }),
      );
    }
    return findings;
  },
};

/** A disk driver of either kind will do. */
function best(a: DriverPresence | null, b: DriverPresence | null): DriverPresence | null {
  if (a !== null && a !== "absent") return a;
  if (b !== null && b !== "absent") return b;
  return a === null || b === null ? null : "absent";
}
