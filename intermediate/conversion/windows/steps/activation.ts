import { told } from "../../../../common/domain/report-text/told.ts";
import type { WindowsStep } from "../guest.ts";

/** The target is other hardware to Windows; nothing can be changed about that, so it is said. */
export const activation: WindowsStep = {
  id: "windows-activation",
  run({ version: { major, minor } }) {
    const release = `${major}.${minor}`;
    const named = release === "5.2" ? "2003" : release === "6.0" ? "2008" : null;
    return {
      changes: [],
      notes: named === null ? [] : [told({ kind: "windows-activation", release: named })],
    };
  },
};
