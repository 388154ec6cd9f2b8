/** Requests that change instances and security groups. */
import { tagsIn, type Reply } from "./ecs-resources.ts";
import type { EcsRequest } from "./ecs-request.ts";
import { zone, type EcsWorld } from "./ecs-world.ts";
import { Refusal } from "./refusal.ts";

/** Null where it is not about that. */
export function changeMachines(world: EcsWorld, name: string, request: EcsRequest): Reply | null {
  const { action, parameters, value, need, dry, instance, mustBe, imageFor, contentOf } = request;
  switch (name) {
    case "ecs:CreateSecurityGroup": {
      need("VpcId");
      const id = world.newId("sg");
      world.groups.set(id, {
        name: value("SecurityGroupName"),
        vpc: value("VpcId"),
        tags: tagsIn(parameters),
      });
      return { SecurityGroupId: id };
    }
    case "ecs:AuthorizeSecurityGroupEgress": {
      need("SecurityGroupId");
      const words = ["Policy", "DestCidrIp", "Ipv6DestCidrIp"].map((each) => value(`Permissions.1.${each}`));
      world.egressRules.push(words.filter((word) => word !== "").join(" "));
      return {};
    }
    case "ecs:DeleteSecurityGroup": {
      const isUsed = [...world.instances.values()].some(({ group }) => group === value("SecurityGroupId"));
      if (isUsed)
        throw new Refusal(
          403,
          "DependencyViolation",
          "There is still instance(s) in the specified security group.",
        );
      world.groups.delete(value("SecurityGroupId"));
      return {};
    }
    case "ecs:RunInstances":
    case "ecs:CreateInstance": {
      const image = imageFor();
      need("InstanceType", "VSwitchId", "SecurityGroupId");
      const vSwitch = world.vSwitches.get(value("VSwitchId"));
      if (vSwitch === undefined)
        throw new Refusal(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.");
      if (!world.groups.has(value("SecurityGroupId")))
        throw new Refusal(
          404,
          "InvalidSecurityGroupId.NotFound",
          "The specified SecurityGroupId does not exist.",
        );
      dry();
      const id = world.newId("i");
      const tags = tagsIn(parameters);
      const place = { zone, type: value("InstanceType"), vSwitch: value("VSwitchId"), vpc: vSwitch.vpc };
      const status = action === "RunInstances" ? "Starting" : "Stopped";
      world.instances.set(id, {
        id,
        name: value("InstanceName"),
        status,
        ...place,
        group: value("SecurityGroupId"),
        tags,
        console: "",
        looks: world.slowness,
      });
      world.addDisk(
        "system",
        contentOf(image.snapshots[0] ?? ""),
        id,
        tags,
        Number(value("SystemDisk.Size")) || 20,
      );
      for (const snapshot of image.snapshots.slice(1))
        world.addDisk("data", contentOf(snapshot), id, tags, 20);
      for (let index = 1; value(`DataDisk.${index}.SnapshotId`) !== ""; index += 1)
        world.addDisk("data", contentOf(value(`DataDisk.${index}.SnapshotId`)), id, tags, 20);
      return action === "RunInstances" ? { InstanceIdSets: { InstanceIdSet: [id] } } : { InstanceId: id };
    }
    case "ecs:StartInstance": {
      const one = instance();
      dry();
      mustBe(one, "Stopped");
      one.status = "Starting";
      one.looks = world.slowness;
      return {};
    }
    case "ecs:StopInstance": {
      const one = instance();
      dry();
      mustBe(one, "Running", "Starting", "Stopping");
      if (world.ignoresShutdown && value("ForceStop") !== "true") return {};
      one.status = "Stopping";
      one.looks = world.slowness;
      return {};
    }
    case "ecs:DeleteInstance": {
      const one = instance();
      if (value("Force") !== "true") mustBe(one, "Stopped");
      dry();
      world.instances.delete(one.id);
      for (const disk of world.disksOf(one.id)) world.disks.delete(disk.id);
      return {};
    }
    default:
      return null;
  }
}
