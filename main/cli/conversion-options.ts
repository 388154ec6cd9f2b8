import type { z } from "zod";
import {
  cloudInitChoices,
  firmwareChoices,
  hostNameSchema,
  networkChoices,
  type conversionPlanSchema,
} from "../../common/domain/conversion.ts";
import { choice, flag, text, UsageError, type CommandContext, type CommandOption } from "./command.ts";

/** Options of `sma migrate` and `sma job resume` about the conversion. */
export const conversionOptions = {
  "no-conversion": { type: "boolean", description: "image and boot the copy as it is" },
  network: {
    type: "string",
    value: "HOW",
    choices: networkChoices,
    description: "keep static addresses, or move every card to DHCP (default: keep)",
  },
  "cloud-init": {
    type: "string",
    value: "SOURCE",
    choices: cloudInitChoices,
    description: "data source for an installed cloud-init (default: leave)",
  },
  "serial-console": { type: "boolean", description: "boot messages and login on the serial port as well" },
  "host-name": { type: "string", value: "NAME", description: "another host name for the result" },
  "reset-machine-id": { type: "boolean", description: "a new machine-id, for a copy beside its source" },
  firmware: {
    type: "string",
    value: "KIND",
    choices: firmwareChoices,
    description: "firmware of the target (default: same as the source)",
  },
  "virtio-drivers": { type: "string", value: "DIR", description: "virtio drivers for a Windows system" },
  "no-repair": { type: "boolean", description: "do not try remedies where the result does not boot" },
} as const satisfies Record<string, CommandOption>;

/** Only what was chosen; everything else keeps its default, or what the job has. */
export function conversionFrom({ options }: CommandContext): Partial<z.infer<typeof conversionPlanSchema>> {
  const hostName = text(options, "host-name");
  if (hostName !== undefined && !hostNameSchema.safeParse(hostName).success) {
    throw new UsageError(`--host-name: "${hostName}" is no host name`);
  }
  const chosen = {
    enabled: flag(options, "no-conversion") ? false : undefined,
    network: choice(options, "network", networkChoices),
    cloudInit: choice(options, "cloud-init", cloudInitChoices),
    serialConsole: flag(options, "serial-console") ? true : undefined,
    hostName,
    resetMachineId: flag(options, "reset-machine-id") ? true : undefined,
    firmware: choice(options, "firmware", firmwareChoices),
    virtioDriversPath: text(options, "virtio-drivers"),
    repair: flag(options, "no-repair") ? false : undefined,
  };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
}
