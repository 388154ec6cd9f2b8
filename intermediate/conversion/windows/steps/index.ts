import type { WindowsStep } from "../guest.ts";
import { activation } from "./activation.ts";
import { bootDrivers } from "./boot-drivers.ts";
import { clock } from "./clock.ts";
import { diskPolicy } from "./disk-policy.ts";
import { driveLetters } from "./drive-letters.ts";
import { windowsOldTools } from "./old-tools.ts";
import { remoteDesktop } from "./remote-desktop.ts";

/** In this order; none depends on another. */
export const windowsSteps: readonly WindowsStep[] = [
  ...[bootDrivers, diskPolicy, driveLetters, clock, remoteDesktop, windowsOldTools, activation],
];
