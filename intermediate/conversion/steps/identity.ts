import { told } from "../../../common/domain/report-text/told.ts";
import type { ConversionStep, StepOutcome } from "../guest.ts";

/** A new host name, where the admin gave one. */
export const hostName: ConversionStep = {
  id: "host-name",
  applies: (_guest, { choices }) => choices.hostName !== null,

  async run({ tree }, { choices }): Promise<StepOutcome> {
    const name = choices.hostName;
    if (name === null) return { changes: [] };
    const old = tree.text("/etc/hostname")?.trim() ?? "";
    tree.write("/etc/hostname", `${name}\n`);
    const hosts = tree.text("/etc/hosts");
    if (hosts !== undefined && old !== "") tree.write("/etc/hosts", renamedHosts(hosts, old, name));
    const network = tree.text("/etc/sysconfig/network");
    if (network !== undefined)
      tree.write("/etc/sysconfig/network", network.replace(/^HOSTNAME=.*$/m, `HOSTNAME=${name}`));
    return { changes: [told({ kind: "host-name", name, old: old === "" ? null : old })] };
  },
};

/** Whole words only: `web` must not change `web-proxy`. */
export function renamedHosts(text: string, old: string, name: string): string {
  const escaped = old.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replaceAll(new RegExp(`(?<=\\s)${escaped}(?=[\\s.]|$)`, "gm"), name);
}

/** An empty machine-id is filled at the next boot. */
export const machineId: ConversionStep = {
  id: "machine-id",
  applies: (_guest, { choices }) => choices.resetMachineId,

  async run({ tree }): Promise<StepOutcome> {
    if (tree.text("/etc/machine-id") === undefined) return { changes: [] };
    tree.write("/etc/machine-id", "");
    tree.remove("/var/lib/dbus/machine-id");
    return { changes: [told({ kind: "machine-id" })] };
  },
};
