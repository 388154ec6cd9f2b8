import { z } from "zod";
import { cloudPlaceSchema } from "./cloud.ts";
import { conversionPlanSchema, defaultConversion } from "./conversion.ts";
import { imageFormatSchema } from "./image.ts";
import { replicaDiskSchema, tuningSchema } from "../api/intermediate.ts";
import { runPlanSchema } from "./run.ts";
import { portSchema } from "./source.ts";
import { filePlanSchema, replicationModeSchema } from "./target-layout.ts";

export const defaultControlPort = 8080;
export const defaultDataPort = 8703;

/** A folder on the assistant's machine, with an intermediate that the assistant starts itself. */
export const localTargetSchema = z.object({
  kind: z.literal("local"),
  /** Absolute; replicas and images live below it. */
  directory: z.string().min(1),
  /** Where the intermediate listens. */
  listenAddress: z.string().min(1),
  controlPort: portSchema,
  dataPort: portSchema,
  /** Addresses under which sources reach this machine; empty: found out from the source's own point of view. */
  advertisedAddresses: z.array(z.string().min(1)).max(16),
});
export type LocalTarget = z.infer<typeof localTargetSchema>;

/** A folder on another Linux machine, with an intermediate that the assistant starts there over SSH. */
export const sshHostTargetSchema = localTargetSchema.extend({
  kind: z.literal("ssh-host"),
  /** The machine, by its id among the sources: that is how it is reached and where its host key is pinned. */
  hostId: z.string().min(1),
  /** Its name when the job was made, for people. */
  hostName: z.string().min(1),
  /** The program there that runs the intermediate, by name or full path; it is given no arguments. */
  program: z.string().min(1).max(1024),
});
export type SshHostTarget = z.infer<typeof sshHostTargetSchema>;

/** A region of Alibaba Cloud, and the machine whose intermediate receives the disks on their way there. */
export const alibabaCloudTargetSchema = localTargetSchema.extend({
  kind: z.literal("alibaba-cloud"),
  /** The intermediate's machine, as for `ssh-host`; null: this one. */
  host: sshHostTargetSchema.pick({ hostId: true, hostName: true, program: true }).nullable(),
  cloud: cloudPlaceSchema,
});
export type AlibabaCloudTarget = z.infer<typeof alibabaCloudTargetSchema>;

export const targetSchema = z.discriminatedUnion("kind", [
  localTargetSchema,
  sshHostTargetSchema,
  alibabaCloudTargetSchema,
]);
export type Target = z.infer<typeof targetSchema>;

/** Where the intermediate runs, with replicas and images in its folder. */
export function intermediateOf(target: Target): LocalTarget | SshHostTarget {
  if (target.kind !== "alibaba-cloud") return target;
  const { host, cloud: _cloud, kind: _kind, ...folder } = target;
  return host === null ? { ...folder, kind: "local" } : { ...folder, ...host, kind: "ssh-host" };
}

/** Whether two targets are the same folder of the same machine, and so share an intermediate. */
export function isSamePlace(one: Target, other: Target): boolean {
  const host = (target: Target) => {
    const place = intermediateOf(target);
    return place.kind === "ssh-host" ? place.hostId : null;
  };
  return host(one) === host(other) && one.directory === other.directory;
}

/** The folder for people: `DIRECTORY`, or `HOST:DIRECTORY` on another machine. */
export function placeOf(target: Target): string {
  const place = intermediateOf(target);
  return place.kind === "ssh-host" ? `${place.hostName}:${place.directory}` : place.directory;
}

export const bootCheckPlanSchema = z.object({
  enabled: z.boolean(),
  memoryMiB: z.number().int().min(128).max(65536),
  timeoutSeconds: z.number().int().min(10).max(7200),
});

/** What the admin decided about a job. Fixed once the job exists, except `tuning` and `runs`. */
export const jobPlanSchema = z.object({
  target: targetSchema,
  /** Device paths on the source; empty means every fixed disk that the assessment found. */
  diskPaths: z.array(z.string().min(1)).max(64),
  chunkBytes: z.number().int().min(65536).max(4194304),
  tuning: tuningSchema,
  dataConnections: z.number().int().min(1).max(8),
  passLimit: z.number().int().min(1).max(100),
  continueOnReadError: z.boolean(),
  /** Leaves out what the source's filesystems do not use; jobs from before this existed copied everything. */
  usedBlocksOnly: z.boolean().default(false),
  /** The disks' blocks as they are, or the files in a new layout. */
  replication: replicationModeSchema.default("block"),
  /** Of file replication alone. */
  files: filePlanSchema.default(filePlanSchema.parse({})),
  imageFormats: z.array(imageFormatSchema).min(1),
  bootCheck: bootCheckPlanSchema,
  /** Jobs from before there was a conversion were decided without one. */
  conversion: conversionPlanSchema.default({ ...defaultConversion, enabled: false }),
  /** Codes of blocker findings that the admin overrules. */
  acceptedFindings: z.array(z.string()),
  runs: runPlanSchema.default(runPlanSchema.parse({})),
});
export type JobPlan = z.infer<typeof jobPlanSchema>;

/** What preflight settled from the plan and the source. */
export const preparedDisksSchema = z.array(replicaDiskSchema).min(1);
