/** ECS, VPC and STS with their resources and states. Ids, states and codes are those of the API reference. */
import {
  list,
  listVpcs,
  listVSwitches,
  rawOf,
  settle,
  tagList,
  tagsIn,
  type Parameters,
  type Reply,
  type StandInDisk,
  type StandInImage,
  type StandInInstance,
  type StandInSnapshot,
  type Tags,
} from "./ecs-resources.ts";
import type { OssStandIn } from "./oss-stand-in.ts";
import { Refusal } from "./refusal.ts";

const zone = "cn-hangzhou-i";

export class EcsStandIn {
  readonly instances = new Map<string, StandInInstance>();
  readonly disks = new Map<string, StandInDisk>();
  readonly snapshots = new Map<string, StandInSnapshot>();
  readonly images = new Map<string, StandInImage>();
  readonly groups = new Map<string, { readonly name: string; readonly vpc: string; readonly tags: Tags }>();
  readonly vpcs = new Map([["vpc-test1", { name: "production", cidr: "10.0.0.0/8" }]]);
  readonly vSwitches = new Map([
    ["vsw-test1", { name: "apps", vpc: "vpc-test1", cidr: "10.1.0.0/16", free: 200 }],
  ]);
  /** Rules for what goes out, of whichever group. */
  readonly egressRules: string[] = [];
  readonly regions = ["cn-hangzhou", "cn-shanghai"];
  /** Looks after which an asynchronous operation has ended. */
  slowness = 1;
  /** Whether ECS may read the account's buckets. */
  hasImportRole = true;
  imageQuota = 100;
  /** Ends the next import that is looked at as failed. */
  failNextImport = false;
  /** Stops that need force, as of a system that does not listen to ACPI. */
  ignoresShutdown = false;
  readonly #oss: OssStandIn;
  readonly #tokens = new Map<string, { readonly request: string; readonly reply: Reply }>();
  readonly #tasks = new Map<string, string>();
  #counter = 0;

  constructor(oss: OssStandIn) {
    this.#oss = oss;
    this.groups.set("sg-test1", { name: "default", vpc: "vpc-test1", tags: {} });
  }

  #id(kind: string): string {
    this.#counter += 1;
    return `${kind}-bp${String(this.#counter).padStart(6, "0")}`;
  }

  /** As after a day: what was made with a ClientToken is there, and the token is not known any more. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  /** A machine that somebody made by other means. */
  addInstance(name: string, content: Buffer, data: readonly Buffer[] = []): StandInInstance {
    const id = this.#id("i");
    const place = { zone, type: "ecs.g7.large", vSwitch: "vsw-test1", vpc: "vpc-test1", group: "sg-test1" };
    const instance: StandInInstance = {
      id,
      name,
      status: "Stopped",
      ...place,
      tags: {},
      console: "",
      looks: 0,
    };
    this.instances.set(id, instance);
    this.#disk("system", content, id, {}, 20);
    for (const each of data) this.#disk("data", each, id, {}, 20);
    return instance;
  }

  #disk(
    type: "system" | "data",
    content: Buffer,
    instance: string,
    tags: Tags,
    sizeGiB: number,
  ): StandInDisk {
    const disk = { id: this.#id("d"), type, content, instance, tags, sizeGiB, zone, looks: 0 };
    this.disks.set(disk.id, disk);
    return disk;
  }

  disksOf(instance: string): StandInDisk[] {
    const own = [...this.disks.values()].filter((disk) => disk.instance === instance);
    return own.toSorted((a, b) => (a.type === b.type ? 0 : a.type === "system" ? -1 : 1));
  }

  answer(name: string, parameters: Parameters): Reply {
    const [product = "", action = ""] = name.split(":");
    const need = (...names: string[]): void => {
      for (const each of names)
        if ((parameters[each] ?? "") === "")
          throw new Refusal(400, `Missing${each}`, `The parameter ${each} is mandatory for this action`);
    };
    if (product === "ecs" && action !== "DescribeRegions") {
      need("RegionId");
      if (!this.regions.includes(parameters["RegionId"] ?? ""))
        throw new Refusal(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.");
    }
    const token = parameters["ClientToken"];
    if (token !== undefined) {
      if (!/^[\x20-\x7e]{1,64}$/.test(token))
        throw new Refusal(400, "InvalidParameter.ClientToken", "ClientToken");
      const before = this.#tokens.get(token);
      if (before !== undefined) {
        if (before.request === JSON.stringify(parameters)) return before.reply;
        throw new Refusal(400, "IdempotentParameterMismatch", "the token was used with other parameters");
      }
    }
    const reply = this.#do(product, action, parameters, need);
    if (token !== undefined) this.#tokens.set(token, { request: JSON.stringify(parameters), reply });
    return reply;
  }

  #do(product: string, action: string, parameters: Parameters, need: (...names: string[]) => void): Reply {
    const value = (name: string): string => parameters[name] ?? "";
    if (product === "sts" && action === "GetCallerIdentity")
      return {
        AccountId: "1234567890123456",
        Arn: "acs:ram::1234567890123456:user/migrator",
        IdentityType: "RAMUser",
      };
    const dry = (): void => {
      if (value("DryRun") === "true")
        throw new Refusal(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.");
    };
    const instance = (): StandInInstance => {
      need("InstanceId");
      const found = this.instances.get(value("InstanceId"));
      if (found === undefined)
        throw new Refusal(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.");
      return found;
    };
    const mustBe = (one: StandInInstance, ...states: string[]): void => {
      if (!states.includes(one.status))
        throw new Refusal(
          403,
          "IncorrectInstanceStatus",
          `The current status ${one.status} does not support this operation.`,
        );
    };
    const imageFor = (): StandInImage => {
      need("ImageId");
      const found = this.images.get(value("ImageId"));
      if (found === undefined)
        throw new Refusal(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.");
      if (found.looks > 0 || found.failed)
        throw new Refusal(403, "IncorrectImageStatus", "The image is not available.");
      return found;
    };
    const contentOf = (snapshotId: string): Buffer => {
      const found = this.snapshots.get(snapshotId);
      if (found === undefined)
        throw new Refusal(404, "InvalidSnapshotId.NotFound", "The specified SnapshotId does not exist.");
      if (found.looks > 0)
        throw new Refusal(403, "IncorrectSnapshotStatus", "The snapshot is not accomplished.");
      return Buffer.from(found.content);
    };
    switch (`${product}:${action}`) {
      case "ecs:DescribeRegions":
        return { Regions: { Region: this.regions.map((id) => ({ RegionId: id, LocalName: id })) } };
      case "ecs:DescribeZones":
        return { Zones: { Zone: [{ ZoneId: zone, LocalName: "Zone I" }] } };
      case "vpc:DescribeVpcs":
        return listVpcs(this.vpcs, parameters);
      case "vpc:DescribeVSwitches":
        return listVSwitches(this.vSwitches, zone, parameters);
      case "ecs:DescribeSecurityGroups":
        return list(
          "SecurityGroups",
          "SecurityGroup",
          parameters,
          [...this.groups].filter(([, each]) => value("VpcId") === "" || value("VpcId") === each.vpc),
          ([id]) => id,
          "SecurityGroupId",
          ([id, each]) => ({
            SecurityGroupId: id,
            SecurityGroupName: each.name,
            VpcId: each.vpc,
            Tags: tagList(each.tags),
          }),
        );
      case "ecs:CreateSecurityGroup": {
        need("VpcId");
        const id = this.#id("sg");
        this.groups.set(id, {
          name: value("SecurityGroupName"),
          vpc: value("VpcId"),
          tags: tagsIn(parameters),
        });
        return { SecurityGroupId: id };
      }
      case "ecs:AuthorizeSecurityGroupEgress": {
        need("SecurityGroupId");
        const words = ["Policy", "DestCidrIp", "Ipv6DestCidrIp"].map((each) =>
          value(`Permissions.1.${each}`),
        );
        this.egressRules.push(words.filter((word) => word !== "").join(" "));
        return {};
      }
      case "ecs:DeleteSecurityGroup": {
        const isUsed = [...this.instances.values()].some(({ group }) => group === value("SecurityGroupId"));
        if (isUsed)
          throw new Refusal(
            403,
            "DependencyViolation",
            "There is still instance(s) in the specified security group.",
          );
        this.groups.delete(value("SecurityGroupId"));
        return {};
      }
      case "ecs:DescribeInstances":
        return list(
          "Instances",
          "Instance",
          parameters,
          [...this.instances.values()],
          ({ id }) => id,
          "InstanceIds",
          (each) => {
            settle(each, () => {
              if (each.status === "Starting") this.#boot(each);
              if (each.status === "Stopping") each.status = "Stopped";
            });
            return {
              InstanceId: each.id,
              InstanceName: each.name,
              Status: each.status,
              ZoneId: each.zone,
              InstanceType: each.type,
              OSName: "",
              VpcAttributes: {
                VpcId: each.vpc,
                VSwitchId: each.vSwitch,
                PrivateIpAddress: { IpAddress: [] },
              },
              SecurityGroupIds: { SecurityGroupId: [each.group] },
              OperationLocks: { LockReason: [] },
              Tags: tagList(each.tags),
            };
          },
        );
      case "ecs:DescribeDisks":
        return list(
          "Disks",
          "Disk",
          parameters,
          [...this.disks.values()].filter(
            ({ instance: own }) => value("InstanceId") === "" || value("InstanceId") === own,
          ),
          ({ id }) => id,
          "DiskIds",
          (each) => {
            settle(each);
            const status = each.looks > 0 ? "Creating" : each.instance === "" ? "Available" : "In_use";
            return {
              DiskId: each.id,
              Type: each.type,
              Status: status,
              Size: each.sizeGiB,
              InstanceId: each.instance,
              Category: "cloud_essd",
              ZoneId: each.zone,
              Device: "",
              Tags: tagList(each.tags),
            };
          },
        );
      case "ecs:DescribeImages":
        return list(
          "Images",
          "Image",
          parameters,
          [...this.images.values()],
          ({ id }) => id,
          "ImageId",
          (each) => {
            settle(each);
            const status = each.failed ? "CreateFailed" : each.looks > 0 ? "Creating" : "Available";
            const disks = each.snapshots.map((id, index) => ({
              SnapshotId: id,
              Type: index === 0 ? "system" : "data",
              Device: `/dev/xvd${"abcdef"[index]}`,
              Size: "20",
            }));
            return {
              ImageId: each.id,
              ImageName: each.name,
              Status: status,
              Progress: each.looks > 0 ? "40%" : "100%",
              DiskDeviceMappings: { DiskDeviceMapping: disks },
              Tags: tagList(each.tags),
            };
          },
        );
      case "ecs:DescribeSnapshots":
        return list(
          "Snapshots",
          "Snapshot",
          parameters,
          [...this.snapshots.values()],
          ({ id }) => id,
          "SnapshotIds",
          (each) => {
            settle(each);
            return {
              SnapshotId: each.id,
              Status: each.looks > 0 ? "progressing" : "accomplished",
              Progress: "100%",
              Tags: tagList(each.tags),
            };
          },
        );
      case "ecs:DescribeTaskAttribute": {
        const image = this.images.get(this.#tasks.get(value("TaskId")) ?? "");
        if (image === undefined)
          throw new Refusal(404, "InvalidTaskId.NotFound", "The specified TaskId does not exist.");
        if (this.failNextImport) image.failed = true;
        this.failNextImport = false;
        settle(image);
        const status = image.failed ? "Failed" : image.looks > 0 ? "Processing" : "Finished";
        return {
          TaskId: value("TaskId"),
          TaskStatus: status,
          TaskProcess: status === "Finished" ? "100%" : "40%",
        };
      }
      case "ecs:ImportImage":
        return this.#importImage(parameters, need, dry);
      case "ecs:CreateSnapshot": {
        need("DiskId");
        const disk = this.disks.get(value("DiskId"));
        if (disk === undefined)
          throw new Refusal(404, "InvalidDiskId.NotFound", "The specified DiskId does not exist.");
        const id = this.#id("s");
        this.snapshots.set(id, {
          id,
          content: Buffer.from(disk.content),
          tags: tagsIn(parameters),
          looks: this.slowness,
        });
        return { SnapshotId: id };
      }
      case "ecs:CreateImage": {
        need("SnapshotId");
        contentOf(value("SnapshotId"));
        return { ImageId: this.#image([value("SnapshotId")], parameters).id };
      }
      case "ecs:RunInstances":
      case "ecs:CreateInstance": {
        const image = imageFor();
        need("InstanceType", "VSwitchId", "SecurityGroupId");
        const vSwitch = this.vSwitches.get(value("VSwitchId"));
        if (vSwitch === undefined)
          throw new Refusal(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.");
        if (!this.groups.has(value("SecurityGroupId")))
          throw new Refusal(
            404,
            "InvalidSecurityGroupId.NotFound",
            "The specified SecurityGroupId does not exist.",
          );
        dry();
        const id = this.#id("i");
        const tags = tagsIn(parameters);
        const place = { zone, type: value("InstanceType"), vSwitch: value("VSwitchId"), vpc: vSwitch.vpc };
        const status = action === "RunInstances" ? "Starting" : "Stopped";
        this.instances.set(id, {
          id,
          name: value("InstanceName"),
          status,
          ...place,
          group: value("SecurityGroupId"),
          tags,
          console: "",
          looks: this.slowness,
        });
        this.#disk(
          "system",
          contentOf(image.snapshots[0] ?? ""),
          id,
          tags,
          Number(value("SystemDisk.Size")) || 20,
        );
        for (const snapshot of image.snapshots.slice(1))
          this.#disk("data", contentOf(snapshot), id, tags, 20);
        for (let index = 1; value(`DataDisk.${index}.SnapshotId`) !== ""; index += 1)
          this.#disk("data", contentOf(value(`DataDisk.${index}.SnapshotId`)), id, tags, 20);
        return action === "RunInstances" ? { InstanceIdSets: { InstanceIdSet: [id] } } : { InstanceId: id };
      }
      case "ecs:StartInstance": {
        const one = instance();
        dry();
        mustBe(one, "Stopped");
        one.status = "Starting";
        one.looks = this.slowness;
        return {};
      }
      case "ecs:StopInstance": {
        const one = instance();
        dry();
        mustBe(one, "Running", "Starting", "Stopping");
        if (this.ignoresShutdown && value("ForceStop") !== "true") return {};
        one.status = "Stopping";
        one.looks = this.slowness;
        return {};
      }
      case "ecs:DeleteInstance": {
        const one = instance();
        if (value("Force") !== "true") mustBe(one, "Stopped");
        dry();
        this.instances.delete(one.id);
        for (const disk of this.disksOf(one.id)) this.disks.delete(disk.id);
        return {};
      }
      case "ecs:ReplaceSystemDisk": {
        const one = instance();
        const image = imageFor();
        dry();
        mustBe(one, "Stopped");
        const [old] = this.disksOf(one.id);
        // The documents: "the original disk is released".
        if (old !== undefined) this.disks.delete(old.id);
        const size = Math.max(Number(value("SystemDisk.Size")) || 20, old?.sizeGiB ?? 20);
        const disk = this.#disk("system", contentOf(image.snapshots[0] ?? ""), one.id, {}, size);
        one.looks = this.slowness;
        return { DiskId: disk.id };
      }
      case "ecs:CreateDisk": {
        need("SnapshotId", "ZoneId");
        const disk = this.#disk("data", contentOf(value("SnapshotId")), "", tagsIn(parameters), 20);
        disk.looks = this.slowness;
        return { DiskId: disk.id };
      }
      case "ecs:AttachDisk": {
        const one = instance();
        mustBe(one, "Running", "Stopped");
        const disk = this.disks.get(value("DiskId"));
        if (disk === undefined)
          throw new Refusal(404, "InvalidDiskId.NotFound", "The specified DiskId does not exist.");
        if (disk.looks > 0 || disk.instance !== "")
          throw new Refusal(
            403,
            "IncorrectDiskStatus",
            "The current disk status does not support this operation.",
          );
        disk.instance = one.id;
        return {};
      }
      case "ecs:DetachDisk": {
        const one = instance();
        mustBe(one, "Running", "Stopped");
        const disk = this.disks.get(value("DiskId"));
        if (disk?.instance !== one.id)
          throw new Refusal(403, "IncorrectDiskStatus", "The disk is not attached.");
        disk.instance = "";
        return {};
      }
      case "ecs:DeleteDisk": {
        const disk = this.disks.get(value("DiskId"));
        if (disk === undefined)
          throw new Refusal(404, "InvalidDiskId.NotFound", "The specified DiskId does not exist.");
        if (disk.instance !== "") throw new Refusal(403, "IncorrectDiskStatus", "The disk is attached.");
        this.disks.delete(disk.id);
        return {};
      }
      case "ecs:DeleteImage": {
        const image = this.images.get(value("ImageId"));
        if (image === undefined)
          throw new Refusal(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.");
        dry();
        this.images.delete(image.id);
        return {};
      }
      case "ecs:DeleteSnapshot":
        if (!this.snapshots.delete(value("SnapshotId")))
          throw new Refusal(404, "InvalidSnapshotId.NotFound", "The specified SnapshotId does not exist.");
        return {};
      case "ecs:GetInstanceConsoleOutput":
        return {
          InstanceId: instance().id,
          ConsoleOutput: Buffer.from(instance().console, "latin1").toString("base64"),
        };
      case "ecs:GetInstanceScreenshot":
        return { InstanceId: instance().id, Screenshot: Buffer.from("a picture").toString("base64") };
      default:
        throw new Refusal(404, "InvalidAction.NotFound", `The stand-in does not know ${product}:${action}.`);
    }
  }

  #image(snapshots: string[], parameters: Parameters): StandInImage {
    const name = parameters["ImageName"] ?? "";
    if (!/^(?!acs:|aliyun|https?:\/\/)[A-Za-z][A-Za-z0-9:_.-]{1,127}$/.test(name))
      throw new Refusal(400, "InvalidImageName.Malformed", "The specified Image name is wrongly formed.");
    if ([...this.images.values()].some((image) => image.name === name))
      throw new Refusal(
        403,
        "InvalidImageName.Duplicated",
        "The specified Image name has already been used.",
      );
    if (this.images.size >= this.imageQuota)
      throw new Refusal(403, "QuotaExceed.Image", "The Image Quota exceeds.");
    const id = this.#id("m");
    const image = {
      id,
      name,
      snapshots,
      tags: tagsIn(parameters),
      failed: false,
      looks: this.slowness,
      request: parameters,
    };
    this.images.set(id, image);
    return image;
  }

  #importImage(parameters: Parameters, need: (...names: string[]) => void, dry: () => void): Reply {
    const value = (name: string): string => parameters[name] ?? "";
    need("DiskDeviceMapping.1.OSSBucket", "DiskDeviceMapping.1.OSSObject", "ImageName");
    if (!this.hasImportRole)
      throw new Refusal(
        403,
        "NoSetRoletoECSServiceAcount",
        "ECS service account Have no right to access your OSS.",
      );
    const oneOf = (name: string, choices: readonly string[], code: string): void => {
      if (value(name) !== "" && !choices.includes(value(name)))
        throw new Refusal(400, code, `${name} is not valid`);
    };
    oneOf("Architecture", ["x86_64", "i386", "arm64"], "InvalidArchitecture.Malformed");
    oneOf("OSType", ["linux", "windows"], "InvalidOSType.ValueNotSupported");
    oneOf("BootMode", ["BIOS", "UEFI", "UEFI-Preferred"], "InvalidBootMode.ValueNotSupported");
    oneOf("LicenseType", ["Auto", "Aliyun", "BYOL"], "InvalidLicenseType.ValueNotSupported");
    const snapshots: string[] = [];
    const contents: Buffer[] = [];
    for (let index = 1; value(`DiskDeviceMapping.${index}.OSSObject`) !== ""; index += 1) {
      const bucket = this.#oss.buckets.get(value(`DiskDeviceMapping.${index}.OSSBucket`));
      if (bucket?.region !== value("RegionId"))
        throw new Refusal(
          400,
          "InvalidOSSBucket.NotFound",
          "The specified OSS bucket does not exist in this region.",
        );
      const object = bucket.objects.get(value(`DiskDeviceMapping.${index}.OSSObject`));
      if (object === undefined)
        throw new Refusal(404, "InvalidOSSObject.NotFound", "The specified OSS object does not exist.");
      contents.push(rawOf(object.content));
    }
    dry();
    for (const content of contents) {
      const id = this.#id("s");
      this.snapshots.set(id, { id, content, tags: {}, looks: 0 });
      snapshots.push(id);
    }
    const image = this.#image(snapshots, parameters);
    const task = this.#id("t");
    this.#tasks.set(task, image.id);
    return { ImageId: image.id, TaskId: task };
  }

  /** "Boots": its serial port says what the boot sector would print. */
  #boot(instance: StandInInstance): void {
    instance.status = "Running";
    const sector = this.disksOf(instance.id)[0]?.content.subarray(0, 512) ?? Buffer.alloc(0);
    const text = /[\x20-\x7e\r\n]{12,}/.exec(sector.toString("latin1"));
    instance.console = text?.[0] ?? "";
  }
}
