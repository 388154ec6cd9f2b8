/** Requests that only ask. */
import { list, listVpcs, listVSwitches, settle, tagList, type Reply } from "./ecs-resources.ts";
import type { EcsRequest } from "./ecs-request.ts";
import { zone, type EcsWorld } from "./ecs-world.ts";
import { Refusal } from "./refusal.ts";

/** Null where it is not about that. */
export function answerQuestion(world: EcsWorld, name: string, request: EcsRequest): Reply | null {
  const { parameters, value, instance } = request;
  switch (name) {
    case "ecs:DescribeRegions":
      return { Regions: { Region: world.regions.map((id) => ({ RegionId: id, LocalName: id })) } };
    case "ecs:DescribeZones":
      return { Zones: { Zone: [{ ZoneId: zone, LocalName: "Zone I" }] } };
    case "vpc:DescribeVpcs":
      return listVpcs(world.vpcs, parameters);
    case "vpc:DescribeVSwitches":
      return listVSwitches(world.vSwitches, zone, parameters);
    case "ecs:DescribeSecurityGroups":
      return list(
        "SecurityGroups",
        "SecurityGroup",
        parameters,
        [...world.groups].filter(([, each]) => value("VpcId") === "" || value("VpcId") === each.vpc),
        ([id]) => id,
        "SecurityGroupId",
        ([id, each]) => ({
          SecurityGroupId: id,
          SecurityGroupName: each.name,
          VpcId: each.vpc,
          Tags: tagList(each.tags),
        }),
      );
    case "ecs:DescribeInstances":
      return list(
        "Instances",
        "Instance",
        parameters,
        [...world.instances.values()],
        ({ id }) => id,
        "InstanceIds",
        (each) => {
          settle(each, () => {
            if (each.status === "Starting") world.boot(each);
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
        [...world.disks.values()].filter(
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
        [...world.images.values()],
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
        [...world.snapshots.values()],
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
      const image = world.images.get(world.tasks.get(value("TaskId")) ?? "");
      if (image === undefined)
        throw new Refusal(404, "InvalidTaskId.NotFound", "The specified TaskId does not exist.");
      if (world.failNextImport) image.failed = true;
      world.failNextImport = false;
      settle(image);
      const status = image.failed ? "Failed" : image.looks > 0 ? "Processing" : "Finished";
      return {
        TaskId: value("TaskId"),
        TaskStatus: status,
        TaskProcess: status === "Finished" ? "100%" : "40%",
      };
    }
    case "ecs:GetInstanceConsoleOutput":
      return {
        InstanceId: instance().id,
        ConsoleOutput: Buffer.from(instance().console, "latin1").toString("base64"),
      };
    case "ecs:GetInstanceScreenshot":
      return { InstanceId: instance().id, Screenshot: Buffer.from("a picture").toString("base64") };
    default:
      return null;
  }
}
