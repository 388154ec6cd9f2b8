import type { WindowsStep } from "../guest.ts";

/** The target is other hardware to Windows; nothing can be changed about that, so it is said. */
export const activation: WindowsStep = {
  id: "windows-activation",
  title: "activation",
  run({ version: { major, minor } }) {
    const release = `${major}.${minor}`;
    const note =
      release === "5.2"
        ? "Server 2003 wants to be activated anew on other hardware, by OEM licences before anybody can log in: have the volume licence key or the telephone activation at hand"
        : release === "6.0"
          ? "Server 2008 wants to be activated anew on other hardware; Microsoft's activation of it by Internet has ended, by telephone or KMS it goes on"
          : null;
    return { changes: [], notes: note === null ? [] : [note] };
  },
};
