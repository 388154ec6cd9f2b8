/** What the wizard has been told so far. It survives going back, a reload and a closed window. */
import { z } from "zod";
import { checksumPolicies, defaultChecksumPolicy } from "../../common/api/intermediate.ts";
import { cloudNetworkTypes, cloudResultKinds } from "../../common/domain/cloud.ts";
import { imageFormatSchema } from "../../common/domain/image.ts";
import { cloudInitChoices, firmwareChoices, networkChoices } from "../../common/domain/conversion.ts";
import { consistencyModeSchema } from "../../common/domain/run.ts";
import { replicationModeSchema } from "../../common/domain/target-layout.ts";
import { partitionEditSchema } from "./layout-edit.ts";

export const wizardSteps = ["source", "check", "target", "plan", "review"] as const;
export type WizardStep = (typeof wizardSteps)[number];

/** In the order in which screens offer them. */
export const compressions = ["adaptive", "fast", "balanced", "small", "off"] as const;

/** Where replicas and images are to live, as the plan's own kinds. */
export const targetKinds = ["local", "ssh-host", "alibaba-cloud"] as const;

/** Who receives and proves what goes on to a cloud. */
export const cloudReceivers = ["here", "host"] as const;

/** True where another machine than the assistant's own receives. */
export function isReceivedElsewhere({
  targetKind,
  cloudReceiver,
}: Pick<WizardDraft, "targetKind" | "cloudReceiver">): boolean {
  return targetKind === "ssh-host" || (targetKind === "alibaba-cloud" && cloudReceiver === "host");
}

/** Numbers stay text while they are typed: half a number is no reason to lose what was typed. */
export const wizardDraftSchema = z.object({
  step: z.enum(wizardSteps),
  /** Ids of sources. */
  sources: z.array(z.string()).max(1000),
  /** By source id; a source without an entry takes every fixed disk. */
  disks: z.record(z.string(), z.array(z.string())),
  acceptedFindings: z.array(z.string()),
  targetKind: z.enum(targetKinds),
  /** Of the kind `ssh-host`: the id of the source that is the machine, and the intermediate's program on it. */
  targetHost: z.string(),
  targetProgram: z.string(),
  directory: z.string(),
  listenAddress: z.string(),
  advertisedAddresses: z.string(),
  /** Empty: as the settings propose. */
  controlPort: z.string(),
  dataPort: z.string(),
  /** Of the kind `alibaba-cloud`. */
  /** `host`: the machine of `targetHost` receives, and uploads, in the place of this one. */
  cloudReceiver: z.enum(cloudReceivers),
  cloudAccount: z.string(),
  cloudRegion: z.string(),
  cloudBucket: z.string(),
  cloudNetwork: z.enum(cloudNetworkTypes),
  cloudVpc: z.string(),
  cloudVSwitch: z.string(),
  cloudResult: z.enum(cloudResultKinds),
  cloudInstanceName: z.string(),
  cloudInstanceType: z.string(),
  cloudSecurityGroup: z.string(),
  cloudInstanceId: z.string(),
  compression: z.enum(compressions),
  checksum: z.enum(checksumPolicies),
  /** MiB a second; empty for no limit. */
  limitMiB: z.string(),
  dataConnections: z.string(),
  continueOnReadError: z.boolean(),
  replication: replicationModeSchema,
  /** Of file replication, by source id: what differs from the layout that is proposed for it. */
  layouts: z.record(z.string(), z.array(partitionEditSchema).max(64)),
  /** Of file replication: lists in the place of the product's own, by the mount point that they are for. */
  excludes: z.array(z.object({ mountPoint: z.string(), text: z.string() })).max(16),
  usedBlocksOnly: z.boolean(),
  hasWindow: z.boolean(),
  windowFrom: z.string(),
  windowTo: z.string(),
  consistency: consistencyModeSchema,
  /** Commands on the source around the consistent moment, one a line. */
  hooksBefore: z.string(),
  hooksAfter: z.string(),
  hookTimeoutSeconds: z.string(),
  isIncremental: z.boolean(),
  intervalHours: z.string(),
  keepRuns: z.string(),
  expireAfterDays: z.string(),
  conversion: z.boolean(),
  resultNetwork: z.enum(networkChoices),
  cloudInit: z.enum(cloudInitChoices),
  firmware: z.enum(firmwareChoices),
  hostName: z.string(),
  serialConsole: z.boolean(),
  resetMachineId: z.boolean(),
  /** Folder on the intermediate's machine, for Windows systems; empty: there are none. */
  virtioDriversPath: z.string(),
  repair: z.boolean(),
  imageFormats: z.array(imageFormatSchema),
  bootCheck: z.boolean(),
  bootMemoryMiB: z.string(),
  bootTimeoutSeconds: z.string(),
  /** The review's question "I have read this". */
  confirmed: z.boolean(),
});
export type WizardDraft = z.infer<typeof wizardDraftSchema>;

export const emptyDraft: WizardDraft = {
  step: "source",
  sources: [],
  disks: {},
  acceptedFindings: [],
  targetKind: "local",
  targetHost: "",
  targetProgram: "sma-intermediate",
  directory: "",
  listenAddress: "0.0.0.0",
  advertisedAddresses: "",
  controlPort: "",
  dataPort: "",
  cloudReceiver: "here",
  cloudAccount: "",
  cloudRegion: "",
  cloudBucket: "",
  cloudNetwork: "internet",
  cloudVpc: "",
  cloudVSwitch: "",
  cloudResult: "image",
  cloudInstanceName: "",
  cloudInstanceType: "",
  cloudSecurityGroup: "",
  cloudInstanceId: "",
  compression: "adaptive",
  checksum: defaultChecksumPolicy,
  limitMiB: "",
  dataConnections: "2",
  continueOnReadError: false,
  replication: "block",
  layouts: {},
  excludes: [],
  usedBlocksOnly: true,
  hasWindow: false,
  windowFrom: "22:00",
  windowTo: "06:00",
  consistency: "auto",
  hooksBefore: "",
  hooksAfter: "",
  hookTimeoutSeconds: "60",
  isIncremental: false,
  intervalHours: "24",
  keepRuns: "3",
  expireAfterDays: "30",
  conversion: true,
  resultNetwork: "keep",
  cloudInit: "leave",
  firmware: "same",
  hostName: "",
  serialConsole: false,
  resetMachineId: false,
  virtioDriversPath: "",
  repair: true,
  imageFormats: ["qcow2"],
  bootCheck: true,
  bootMemoryMiB: "1024",
  bootTimeoutSeconds: "600",
  confirmed: false,
};
