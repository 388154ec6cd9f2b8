import type { Told } from "../../../../common/domain/remark.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { isAtLeast, type WindowsStep } from "../guest.ts";
import { dwordValue, readDword } from "../registry.ts";

const online = 1;

/**
 * Windows keeps disks offline that it sees for the first time (Enterprise and Datacenter editions from 2008 on, the SAN
 * policy), and on the target every disk is new to it.
 */
export const diskPolicy: WindowsStep = {
  id: "windows-disk-policy",
  run(guest) {
    if (!isAtLeast(guest, 6, 0)) return { changes: [], notes: [] };
    const changes: Told[] = [];
    for (const set of guest.controlSets) {
      const key = `${set}\\Services\\partmgr\\Parameters`;
      const before = readDword(guest.system, key, "SanPolicy");
      if (before === online) continue;
      guest.system.set(key, dwordValue("SanPolicy", online));
      changes.push(told({ kind: "windows-disks-online", before, set }));
    }
    return { changes, notes: [] };
  },
};
