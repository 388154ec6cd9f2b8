import { finding } from "../../../common/domain/finding.ts";
import { filesystemUsages } from "../filesystem-usages.ts";
import { isWindows, type Rule } from "../rule.ts";

const mib = 1024 ** 2;

/**
 * Making the copy bootable writes into it: a new initramfs in /boot, drivers and configuration below /. On Windows the
 * snapshot that the copy is read from needs room on every volume.
 */
const minimumBytes: Readonly<Record<string, number>> = { "/": 200 * mib, "/boot": 64 * mib };
const windowsSystemBytes = 1024 * mib;
const windowsVolumeBytes = 320 * mib;

export const lowSpace: Rule = {
  id: "low-space",
  applies: (facts) => facts.storage.mounts.length > 0 || facts.storage.devices.length > 0,
  check: (facts, { graph }) =>
    filesystemUsages(graph).flatMap(({ where, usage, evidence }) => {
      const minimum = isWindows(facts)
        ? /^c:\\?$/i.test(where)
          ? windowsSystemBytes
          : windowsVolumeBytes
        : minimumBytes[where];
      const available = usage.availableBytes;
      if (minimum === undefined || available === null || available >= minimum) return [];
      return [
        finding("low-space", {
          severity: "warning",
          subject: { kind: "filesystem", name: where },
          effects: "at-risk",
          evidence,
          params: { where, availableBytes: available, minimumBytes: minimum },
        }),
      ];
    }),
};
