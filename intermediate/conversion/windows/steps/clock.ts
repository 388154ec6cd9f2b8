import { isAtLeast, type WindowsStep } from "../guest.ts";
import { dwordValue, readDword, readText } from "../registry.ts";

/** The hardware clock of targets runs in UTC, and Windows takes it for local time unless it is told. */
export const clock: WindowsStep = {
  id: "windows-clock",
  title: "the hardware clock",
  run(guest) {
    const changes: string[] = [];
    for (const set of guest.controlSets) {
      const key = `${set}\\Control\\TimeZoneInformation`;
      if (readDword(guest.system, key, "RealTimeIsUniversal") === 1) continue;
      if (!isAtLeast(guest, 6, 1)) {
        const note =
          "this Windows reads the hardware clock as local time and cannot be told otherwise: where the target's clock is UTC, it is wrong until the time service has set it";
        return { changes, notes: [note] };
      }
      guest.system.set(key, dwordValue("RealTimeIsUniversal", 1));
      const zone = readText(guest.system, key, "TimeZoneKeyName") ?? "";
      changes.push(
        `the hardware clock is read as UTC, which it is on targets; the time zone stays${zone === "" ? "" : ` ${zone}`} (${set})`,
      );
    }
    return { changes, notes: [] };
  },
};
