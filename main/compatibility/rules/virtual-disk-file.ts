import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** A VHD or VHDX that Windows has attached: its file already travels with the disk that it lies on. */
export const virtualDiskFile: Rule = {
  id: "virtual-disk-file",
  applies: ({ storage }) => storage.devices.some((device) => device.transport === "file"),
  check: ({ storage }) =>
    storage.devices
      .filter((device) => device.kind === "disk" && device.transport === "file")
      .map((device) =>
        finding("virtual-disk-file", {
          severity: "warning",
          subject: { kind: "disk", name: device.id },
          effects: "kept",
          evidence: evidenceOf(device),
          params: { disk: device.id },
        }),
      ),
};
