/** What a conversion may be told to do, what it found and what it changed. */
import { z } from "zod";
import { noteSchema, toldSchema } from "./remark.ts";

export const networkChoices = ["keep", "dhcp"] as const;
export const cloudInitChoices = ["leave", "none", "nocloud", "alibaba-cloud"] as const;
export const firmwareChoices = ["same", "bios", "uefi"] as const;

/** RFC 1123, and short enough for a Linux host name. */
export const hostNameSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i, "a host name");

/** The admin's decisions about a conversion. */
export const conversionPlanSchema = z.object({
  /** Without it the replica is imaged and booted as it is. */
  enabled: z.boolean(),
  /** `keep`: static addresses stay and follow the card, whatever it is called; `dhcp`: every card asks for its address. */
  network: z.enum(networkChoices),
  /** Which data source cloud-init looks for, where it is installed; `none` switches it off. */
  cloudInit: z.enum(cloudInitChoices),
  /** Boot loader, kernel and a login prompt on the first serial port as well. */
  serialConsole: z.boolean(),
  /** A new host name; null keeps the source's. */
  hostName: hostNameSchema.nullable(),
  /** A new machine-id at the first boot: for a copy that runs beside its source. */
  resetMachineId: z.boolean(),
  /** What the target's machines start with. */
  firmware: z.enum(firmwareChoices),
  /** Folder with the virtio drivers for Windows (virtio-win); null where there is none. */
  virtioDriversPath: z.string().min(1).max(4096).nullable(),
  /** Where the result does not boot, known remedies are tried and those that help are kept. */
  repair: z.boolean(),
});
export type ConversionPlan = z.infer<typeof conversionPlanSchema>;

/** What a new job gets where nobody chose otherwise. */
export const defaultConversion: ConversionPlan = {
  enabled: true,
  network: "keep",
  cloudInit: "leave",
  serialConsole: false,
  hostName: null,
  resetMachineId: false,
  firmware: "same",
  virtioDriversPath: null,
  repair: true,
};

/** Choices as they come in: whatever is missing is the default. */
export const conversionChoicesSchema = conversionPlanSchema.partial().transform((chosen): ConversionPlan => ({
  ...defaultConversion,
  ...Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)),
}));

/** What became of a source's filesystems and swap areas in a new layout, so that its own files can follow. */
export const movedDevicesSchema = z.array(
  z.object({
    /** Names under which the source's files speak of it. */
    names: z.array(z.string()),
    /** Null for swap. */
    mountPoint: z.string().nullable(),
    /** As fstab names it now, `UUID=…`; null: it has no filesystem of its own any more. */
    name: z.string().nullable(),
    /** For fstab: `ext4`, `xfs`, `vfat`, `swap`. */
    type: z.string(),
  }),
);
export type MovedDevices = z.infer<typeof movedDevicesSchema>;

/** One thing that a conversion did. */
export const conversionChangeSchema = z.object({
  /** The job's disk that carries the system; for a file, the one with its filesystem. */
  disk: z.number().int(),
  /** Id of the conversion step or of the repair. */
  step: z.string(),
  /** One sentence, for a person. */
  ...toldSchema.shape,
  /** Absolute paths in the guest that were written, made or removed. */
  files: z.array(z.string()),
});
export type ConversionChange = z.infer<typeof conversionChangeSchema>;

/** The system that was found on the disks. */
export const guestSummarySchema = z.object({
  platform: z.enum(["linux", "windows"]),
  /** For a person, e.g. `Debian GNU/Linux 12 (bookworm)`. */
  name: z.string(),
  distribution: z.string(),
  /** The device of its root filesystem as the guest names it, e.g. /dev/lab/root. */
  rootDevice: z.string(),
  rootFilesystem: z.string(),
  /** The btrfs subvolume that is its root; null for the filesystem's own. */
  rootSubvolume: z.string().nullable().default(null),
  /** The kernel that boots by default, where it is known. */
  kernel: z.string().nullable(),
});
export type GuestSummary = z.infer<typeof guestSummarySchema>;

export const conversionOutcomeSchema = z.object({
  guest: guestSummarySchema.nullable(),
  changes: z.array(conversionChangeSchema),
  /** What a person should know: things that were looked at and left, and why. */
  notes: z.array(noteSchema),
  seconds: z.number(),
});
export type ConversionOutcome = z.infer<typeof conversionOutcomeSchema>;
