import type { Evidence } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import { versionIn } from "./release-files.ts";

/** A product that is built on a listed system and may have left that system's os-release as it was. */
export interface ProductMark {
  readonly distro: string;
  /** Null where the mark does not tell. */
  readonly version: string | null;
  readonly name: string;
  readonly evidence: Evidence;
}

/** Paths that only a certain system has. They outrank os-release. */
const paths: readonly (readonly [RegExp, string, string])[] = [
  [/^\/etc\/pve(\/|$)|^\/usr\/bin\/pveversion$/, "proxmox", "Proxmox VE"],
  [/^\/etc\/proxmox-backup(\/|$)/, "proxmox-backup", "Proxmox Backup Server"],
  [/^\/etc\/pmg(\/|$)/, "proxmox-mailgateway", "Proxmox Mail Gateway"],
  [/^\/etc\/devuan_version$/, "devuan", "Devuan"],
  [/^\/usr\/share\/truenas(\/|$)/, "truenas", "TrueNAS"],
  [/^\/etc\/rpi-issue$/, "raspbian", "Raspberry Pi OS"],
  [/^\/etc\/armbian-release$/, "armbian", "Armbian"],
  [/^\/etc\/openmediavault(\/|$)/, "openmediavault", "openmediavault"],
  [/^\/etc\/mx-version$/, "mx", "MX Linux"],
  [/^\/etc\/univention(\/|$)/, "univention", "Univention Corporate Server"],
  [/^\/etc\/zentyal(\/|$)/, "zentyal", "Zentyal"],
  [/^\/etc\/turnkey_version$/, "turnkey", "TurnKey Linux"],
  [/^\/etc\/vyatta-release$|^\/usr\/share\/vyos(\/|$)/, "vyos", "VyOS"],
  [/^\/etc\/cumulus(\/|$)/, "cumulus-linux", "Cumulus Linux"],
  [/^\/etc\/xensource-inventory$/, "xenenterprise", "XenServer"],
  [/^\/etc\/nethserver-release$/, "nethserver", "NethServer"],
  [/^\/etc\/novell-release$/, "oes", "Novell Open Enterprise Server"],
];

/** The systems that carry such products. */
const carriers: ReadonlySet<string> = new Set(["debian", "ubuntu", "centos", "raspbian", "sles"]);

export function isCarrier(distro: string): boolean {
  return carriers.has(distro);
}

export function productOf(view: BundleView): ProductMark | null {
  for (const command of view.commands("pveversion")) {
    const version = /pve-manager\/(\d[\d.]*)/.exec(command.output.text)?.[1];
    if (version !== undefined) return proxmox(command.output, version);
  }
  for (const [pattern, distro, name] of paths) {
    const capture = view.files(pattern)[0];
    if (!capture) continue;
    // A release file of the product's own says which one it is: `NethServer release 7.9.2009 (final)`.
    const version = /-release$/.test(capture.source) ? versionIn(capture.text.split("\n")[0] ?? "") : null;
    return { distro, version, name, evidence: evidenceOf(capture, null) };
  }
  for (const command of view.commands("ls")) {
    for (const line of linesOf(command.output)) {
      const mark = paths.find(([pattern]) => pattern.test(line.text.trim()));
      if (mark)
        return { distro: mark[1], version: null, name: mark[2], evidence: evidenceOf(command.output, line) };
    }
  }
  for (const command of view.commands("uname"))
    if (/\d-pve\b/.test(command.output.text)) return proxmox(command.output, null);
  const issue = view.file("/etc/issue");
  if (!issue) return null;
  if (/proxmox virtual environment/i.test(issue.text)) return proxmox(issue, null);
  // Appliances that VMware built on SUSE's system: what moves them is VMware's own procedure.
  const appliance = /^\s*(VMware [\w ]*Appliance)\s+(\d[\d.]*)?/m.exec(issue.text);
  return appliance
    ? {
        distro: "vmware-appliance",
        version: appliance[2] ?? null,
        name: appliance[1] ?? "VMware appliance",
        evidence: evidenceOf(issue, null),
      }
    : null;
}

function proxmox(capture: Capture, version: string | null): ProductMark {
  return { distro: "proxmox", version, name: "Proxmox VE", evidence: evidenceOf(capture, null) };
}
