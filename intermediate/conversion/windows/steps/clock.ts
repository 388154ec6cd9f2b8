import type { Told } from "../../../../common/domain/remark.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { isAtLeast, type WindowsStep } from "../guest.ts";
import { dwordValue, readDword, readText } from "../registry.ts";

/** The hardware clock of targets runs in UTC, and Windows takes it for local time unless it is told. */
export const clock: WindowsStep = {
  id: "windows-clock",
  run(guest) {
    const changes: Told[] = [];
    for (const set of guest.controlSets) {
      const key = `${set}\\Control\\TimeZoneInformation`;
      if (readDword(guest.system, key, "RealTimeIsUniversal") === 1) continue;
      if (!isAtLeast(guest, 6, 1)) {
        return { changes, notes: [told({ kind: "windows-clock-local" })] };
      }
      guest.system.set(key, dwordValue("RealTimeIsUniversal", 1));
      const zone = readText(guest.system, key, "TimeZoneKeyName") ?? "";
      changes.push(told({ kind: "windows-clock-utc", zone: zone === "" ? null : zone, set }));
    }
    return { changes, notes: [] };
  },
};
