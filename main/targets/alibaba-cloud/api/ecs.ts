/** The calls of ECS, VPC and STS that the target makes, with what of their replies it relies on. */
import { z } from "zod";
import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import type { ActionParameter, OpenApi } from "./open-api.ts";

const text = z.string().default("");
const requestId = z.object({ RequestId: text });
const tagListSchema = z.object({ Tag: z.array(z.object({ TagKey: z.string(), TagValue: text })) });

export const cloudInstanceSchema = z.object({
  InstanceId: z.string().min(1),
  InstanceName: text,
  Status: z.enum(["Pending", "Starting", "Running", "Stopping", "Stopped"]),
  ZoneId: text,
  InstanceType: text,
  OSName: text,
  VpcAttributes: z.object({ VpcId: text, VSwitchId: text }).default({ VpcId: "", VSwitchId: "" }),
  SecurityGroupIds: z.object({ SecurityGroupId: z.array(z.string()) }).default({ SecurityGroupId: [] }),
  OperationLocks: z
    .object({ LockReason: z.array(z.object({ LockReason: text })) })
    .default({ LockReason: [] }),
  Tags: tagListSchema.default({ Tag: [] }),
});
export type CloudInstance = z.infer<typeof cloudInstanceSchema>;

export const cloudDiskSchema = z.object({
  DiskId: z.string().min(1),
  Type: z.enum(["system", "data"]),
  Status: text,
  Size: z.number().int().positive(),
  InstanceId: text,
  Category: text,
  ZoneId: text,
  Device: text,
  Tags: tagListSchema.default({ Tag: [] }),
});
export type CloudDisk = z.infer<typeof cloudDiskSchema>;

export const cloudImageSchema = z.object({
  ImageId: z.string().min(1),
  ImageName: text,
  Status: text,
  Progress: text,
  DiskDeviceMappings: z
    .object({
      DiskDeviceMapping: z.array(
        z.object({
          SnapshotId: text,
          Type: text,
          Device: text,
          Size: z.union([z.string(), z.number()]).default(""),
        }),
      ),
    })
    .default({ DiskDeviceMapping: [] }),
  Tags: tagListSchema.default({ Tag: [] }),
});
export type CloudImage = z.infer<typeof cloudImageSchema>;

export const cloudSnapshotSchema = z.object({
  SnapshotId: z.string().min(1),
  Status: text,
  Progress: text,
  Tags: tagListSchema.default({ Tag: [] }),
});
export type CloudSnapshot = z.infer<typeof cloudSnapshotSchema>;

const groupSchema = z.object({
  SecurityGroupId: z.string().min(1),
  SecurityGroupName: text,
  VpcId: text,
  Tags: tagListSchema.default({ Tag: [] }),
});
export type CloudSecurityGroup = z.infer<typeof groupSchema>;

export interface CloudTag {
  readonly Key: string;
  readonly Value: string;
}

type Parameters = Readonly<Record<string, ActionParameter>>;
const pageSize = 50;
const mostPages = 200;
const inJson = (ids: readonly string[]): string => JSON.stringify(ids);

/** One region of one account. Every list is read to its end. */
export class Ecs {
  readonly region: string;
  readonly #ecs: OpenApi;
  readonly #vpc: OpenApi;
  readonly #sts: OpenApi;

  constructor(region: string, apis: { readonly ecs: OpenApi; readonly vpc: OpenApi; readonly sts: OpenApi }) {
    this.region = region;
    this.#ecs = apis.ecs;
    this.#vpc = apis.vpc;
    this.#sts = apis.sts;
  }

  async #pages<T>(
    api: OpenApi,
    action: string,
    parameters: Parameters,
    items: z.ZodType<T[]>,
    path: readonly [string, string],
    signal: AbortSignal,
  ): Promise<Result<T[]>> {
    const [outer, inner] = path;
    const reply = z.object({
      TotalCount: z.number().int().nonnegative(),
      [outer]: z.object({ [inner]: items }),
    });
    const all: T[] = [];
    for (let page = 1; page <= mostPages; page += 1) {
      const answer = await api.call({
        action,
        parameters: { RegionId: this.region, PageSize: pageSize, PageNumber: page, ...parameters },
        reply,
        signal,
      });
      if (!answer.ok) return answer;
      const list = (answer.value[outer] as Record<string, T[]>)[inner] ?? [];
      all.push(...list);
      if (list.length === 0 || all.length >= Number(answer.value["TotalCount"])) return ok(all);
    }
    return fail(
      "cloud-reply-invalid",
      told({ kind: "cloud-names-too-much", action, most: mostPages * pageSize }),
      {
        action,
      },
    );
  }

  identity(signal: AbortSignal): Promise<Result<{ AccountId: string; Arn: string; IdentityType: string }>> {
    return this.#sts.call({
      action: "GetCallerIdentity",
      parameters: {},
      reply: z.object({ AccountId: z.string().min(1), Arn: text, IdentityType: text }),
      signal,
    });
  }

  async regions(signal: AbortSignal): Promise<Result<{ RegionId: string; LocalName: string }[]>> {
    const reply = z.object({
      Regions: z.object({ Region: z.array(z.object({ RegionId: z.string(), LocalName: text })) }),
    });
    const answer = await this.#ecs.call({
      action: "DescribeRegions",
      parameters: { AcceptLanguage: "en-US" },
      reply,
      signal,
    });
    return answer.ok ? ok(answer.value.Regions.Region) : answer;
  }

  async zones(signal: AbortSignal): Promise<Result<{ ZoneId: string; LocalName: string }[]>> {
    const reply = z.object({
      Zones: z.object({ Zone: z.array(z.object({ ZoneId: z.string(), LocalName: text })) }),
    });
    const parameters = { RegionId: this.region, AcceptLanguage: "en-US" };
    const answer = await this.#ecs.call({ action: "DescribeZones", parameters, reply, signal });
    return answer.ok ? ok(answer.value.Zones.Zone) : answer;
  }

  vpcs(signal: AbortSignal, vpcId?: string) {
    const items = z.array(
      z.object({
        VpcId: z.string(),
        VpcName: text,
        CidrBlock: text,
        Status: text,
        IsDefault: z.boolean().default(false),
      }),
    );
    return this.#pages(this.#vpc, "DescribeVpcs", { VpcId: vpcId }, items, ["Vpcs", "Vpc"], signal);
  }

  vSwitches(signal: AbortSignal, about: { readonly vpcId?: string; readonly vSwitchId?: string }) {
    const items = z.array(
      z.object({
        VSwitchId: z.string(),
        VSwitchName: text,
        CidrBlock: text,
        Status: text,
        VpcId: text,
        ZoneId: text,
        AvailableIpAddressCount: z.number().int().nonnegative().default(0),
      }),
    );
    const parameters = { VpcId: about.vpcId, VSwitchId: about.vSwitchId };
    return this.#pages(this.#vpc, "DescribeVSwitches", parameters, items, ["VSwitches", "VSwitch"], signal);
  }

  securityGroups(signal: AbortSignal, parameters: Parameters = {}) {
    const items = z.array(groupSchema);
    const path = ["SecurityGroups", "SecurityGroup"] as const;
    return this.#pages(this.#ecs, "DescribeSecurityGroups", parameters, items, path, signal);
  }

  instances(signal: AbortSignal, parameters: Parameters = {}): Promise<Result<CloudInstance[]>> {
    const items = z.array(cloudInstanceSchema);
    return this.#pages(this.#ecs, "DescribeInstances", parameters, items, ["Instances", "Instance"], signal);
  }

  /** Null where there is none of that id. */
  async instance(id: string, signal: AbortSignal): Promise<Result<CloudInstance | null>> {
    const found = await this.instances(signal, { InstanceIds: inJson([id]) });
    return found.ok ? ok(found.value.find(({ InstanceId }) => InstanceId === id) ?? null) : found;
  }

  disks(signal: AbortSignal, parameters: Parameters): Promise<Result<CloudDisk[]>> {
    const items = z.array(cloudDiskSchema);
    return this.#pages(this.#ecs, "DescribeDisks", parameters, items, ["Disks", "Disk"], signal);
  }

  async disk(id: string, signal: AbortSignal): Promise<Result<CloudDisk | null>> {
    const found = await this.disks(signal, { DiskIds: inJson([id]) });
    return found.ok ? ok(found.value.find(({ DiskId }) => DiskId === id) ?? null) : found;
  }

  images(signal: AbortSignal, parameters: Parameters): Promise<Result<CloudImage[]>> {
    const items = z.array(cloudImageSchema);
    const all = {
      ImageOwnerAlias: "self",
      Status: "Creating,Waiting,Available,UnAvailable,CreateFailed",
      ...parameters,
    };
    return this.#pages(this.#ecs, "DescribeImages", all, items, ["Images", "Image"], signal);
  }

  async image(id: string, signal: AbortSignal): Promise<Result<CloudImage | null>> {
    const found = await this.images(signal, { ImageId: id });
    return found.ok ? ok(found.value.find(({ ImageId }) => ImageId === id) ?? null) : found;
  }

  snapshots(signal: AbortSignal, parameters: Parameters): Promise<Result<CloudSnapshot[]>> {
    const items = z.array(cloudSnapshotSchema);
    return this.#pages(this.#ecs, "DescribeSnapshots", parameters, items, ["Snapshots", "Snapshot"], signal);
  }

  async snapshot(id: string, signal: AbortSignal): Promise<Result<CloudSnapshot | null>> {
    const found = await this.snapshots(signal, { SnapshotIds: inJson([id]) });
    return found.ok ? ok(found.value.find(({ SnapshotId }) => SnapshotId === id) ?? null) : found;
  }

  /** Null where the region does not know the task any more. */
  async importProgress(
    taskId: string,
    signal: AbortSignal,
  ): Promise<Result<{ status: string; percent: number } | null>> {
    const reply = z.object({ TaskId: z.string(), TaskStatus: text, TaskProcess: text });
    const parameters = { RegionId: this.region, TaskId: taskId };
    const answer = await this.#ecs.call({ action: "DescribeTaskAttribute", parameters, reply, signal });
    if (!answer.ok) return answer.failure.code === "not-found" ? ok(null) : answer;
    const percent = Number.parseInt(answer.value.TaskProcess, 10);
    return ok({ status: answer.value.TaskStatus, percent: Number.isFinite(percent) ? percent : 0 });
  }

  /** Creates something: `id` is the field of the reply that names it. */
  async create(
    action: string,
    id: string,
    parameters: Parameters,
    signal: AbortSignal,
  ): Promise<Result<string>> {
    const reply = z.object({ [id]: z.string().min(1) });
    const answer = await this.#ecs.call({
      action,
      parameters: { RegionId: this.region, ...parameters },
      reply,
      signal,
    });
    return answer.ok ? ok(String(answer.value[id])) : answer;
  }

  async importImage(
    parameters: Parameters,
    signal: AbortSignal,
  ): Promise<Result<{ imageId: string; taskId: string }>> {
    const reply = z.object({ ImageId: z.string().min(1), TaskId: z.string().min(1) });
    const all = { RegionId: this.region, ...parameters };
    const answer = await this.#ecs.call({ action: "ImportImage", parameters: all, reply, signal });
    return answer.ok ? ok({ imageId: answer.value.ImageId, taskId: answer.value.TaskId }) : answer;
  }

  /** Does something of which nothing but its success matters. */
  async act(action: string, parameters: Parameters, signal: AbortSignal): Promise<Result<void>> {
    const all = { RegionId: this.region, ...parameters };
    const answer = await this.#ecs.call({ action, parameters: all, reply: requestId, signal });
    return answer.ok ? ok() : answer;
  }

  /** Removes something; fine where it is gone. */
  async remove(action: string, parameters: Parameters, signal: AbortSignal): Promise<Result<void>> {
    const done = await this.act(action, parameters, signal);
    return !done.ok && done.failure.code === "not-found" ? ok() : done;
  }

  /** What the instance's first serial port has shown, as far as ECS keeps it. */
  async consoleOutput(id: string, signal: AbortSignal): Promise<Result<string>> {
    const reply = z.object({ ConsoleOutput: text });
    const parameters = { RegionId: this.region, InstanceId: id };
    const answer = await this.#ecs.call({ action: "GetInstanceConsoleOutput", parameters, reply, signal });
    return answer.ok ? ok(Buffer.from(answer.value.ConsoleOutput, "base64").toString("latin1")) : answer;
  }

  /** A picture of the screen, JPEG. */
  async screenshot(id: string, signal: AbortSignal): Promise<Result<Buffer>> {
    const reply = z.object({ Screenshot: text });
    const parameters = { RegionId: this.region, InstanceId: id, WakeUp: true };
    const answer = await this.#ecs.call({ action: "GetInstanceScreenshot", parameters, reply, signal });
    return answer.ok ? ok(Buffer.from(answer.value.Screenshot, "base64")) : answer;
  }

  /**
   * Asks whether a request would be carried out, without doing it: ok, or what would stand in the way. ECS answers a
   * dry run always by an error, and by DryRunOperation where all is well.
   */
  async dryRun(action: string, parameters: Parameters, signal: AbortSignal): Promise<Result<void>> {
    const all = { ...parameters, DryRun: true };
    const answer = await this.act(action, all, signal);
    if (answer.ok) return fail("cloud-reply-invalid", told({ kind: "dry-run-done", action }));
    return answer.failure.context["cloudCode"] === "DryRunOperation" ? ok() : answer;
  }
}
