import type { Told } from "../../../../common/domain/remark.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import type { WindowsStep } from "../guest.ts";
import { dwordValue, readDword } from "../registry.ts";

const services: Readonly<Record<string, readonly string[]>> = {
  VMware: [
    ...["VMTools", "VGAuthService", "vmvss", "VMUpgradeHelper", "vm3dservice"],
    ...["VMware Physical Disk Helper Service", "VMwareCAFManagementAgentHost", "VMwareCAFCommAmqpListener"],
  ],
  VirtualBox: ["VBoxService"],
  Xen: ["xensvc", "xenlite", "xenagent", "xenbus_monitor", "CitrixXenGuestAgent"],
  Parallels: ["Parallels Tools Service"],
};

/** SERVICE_WIN32_OWN_PROCESS and SERVICE_WIN32_SHARE_PROCESS. */
const processTypes = 0x30;
const disabled = 4;

/**
 * Services of the old platform. Its drivers are left alone: one that stands in another device's filter list would keep
 * Windows from starting; without their devices they do nothing. Hyper-V's services end by themselves elsewhere.
 */
export const windowsOldTools: WindowsStep = {
  id: "windows-old-tools",
  run(guest) {
    const changes: Told[] = [];
    for (const [platform, names] of Object.entries(services)) {
      const found = new Set<string>();
      for (const set of guest.controlSets) {
        for (const name of names) {
          const key = `${set}\\Services\\${name}`;
          const type = readDword(guest.system, key, "Type");
          const start = readDword(guest.system, key, "Start");
          if (type === null || (type & processTypes) === 0 || start === disabled) continue;
          guest.system.set(key, dwordValue("Start", disabled));
          found.add(name);
        }
      }
      if (found.size > 0) {
        changes.push(told({ kind: "tools-off", platform, services: [...found], how: "disabled" }));
      }
    }
    return { changes, notes: [] };
  },
};
