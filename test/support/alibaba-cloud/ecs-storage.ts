/** Requests that change images, snapshots and disks. */
import { rawOf, tagsIn, type Reply } from "./ecs-resources.ts";
import type { EcsRequest } from "./ecs-request.ts";
import type { EcsWorld } from "./ecs-world.ts";
import { Refusal } from "./refusal.ts";

/** Null where it is not about that. */
export function changeStorage(world: EcsWorld, name: string, request: EcsRequest): Reply | null {
  const { parameters, value, need, dry, instance, mustBe, imageFor, contentOf } = request;
  switch (name) {
    case "ecs:ImportImage":
      return importImage(world, request);
    case "ecs:CreateSnapshot": {
      need("DiskId");
      const disk = world.disks.get(value("DiskId"));
      if (disk === undefined)
        throw new Refusal(404, "InvalidDiskId.NotFound", "The specified DiskId does not exist.");
      const id = world.newId("s");
      world.snapshots.set(id, {
        id,
        content: Buffer.from(disk.content),
        tags: tagsIn(parameters),
        looks: world.slowness,
      });
      return { SnapshotId: id };
    }
    case "ecs:CreateImage": {
      need("SnapshotId");
      contentOf(value("SnapshotId"));
      return { ImageId: world.addImage([value("SnapshotId")], parameters).id };
    }
    case "ecs:ReplaceSystemDisk": {
      const one = instance();
      const image = imageFor();
      dry();
      mustBe(one, "Stopped");
      const [old] = world.disksOf(one.id);
      // The documents: "the original disk is released".
      if (old !== undefined) world.disks.delete(old.id);
      const size = Math.max(Number(value("SystemDisk.Size")) || 20, old?.sizeGiB ?? 20);
      const disk = world.addDisk("system", contentOf(image.snapshots[0] ?? ""), one.id, {}, size);
      one.looks = world.slowness;
      return { DiskId: disk.id };
    }
    case "ecs:CreateDisk": {
      need("SnapshotId", "ZoneId");
      const disk = world.addDisk("data", contentOf(value("SnapshotId")), "", tagsIn(parameters), 20);
      disk.looks = world.slowness;
      return { DiskId: disk.id };
    }
    case "ecs:AttachDisk": {
      const one = instance();
      mustBe(one, "Running", "Stopped");
      const disk = world.disks.get(value("DiskId"));
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
      const disk = world.disks.get(value("DiskId"));
      if (disk?.instance !== one.id)
        throw new Refusal(403, "IncorrectDiskStatus", "The disk is not attached.");
      disk.instance = "";
      return {};
    }
    case "ecs:DeleteDisk": {
      const disk = world.disks.get(value("DiskId"));
      if (disk === undefined)
        throw new Refusal(404, "InvalidDiskId.NotFound", "The specified DiskId does not exist.");
      if (disk.instance !== "") throw new Refusal(403, "IncorrectDiskStatus", "The disk is attached.");
      world.disks.delete(disk.id);
      return {};
    }
    case "ecs:DeleteImage": {
      const image = world.images.get(value("ImageId"));
      if (image === undefined)
        throw new Refusal(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.");
      dry();
      world.images.delete(image.id);
      return {};
    }
    case "ecs:DeleteSnapshot":
      if (!world.snapshots.delete(value("SnapshotId")))
        throw new Refusal(404, "InvalidSnapshotId.NotFound", "The specified SnapshotId does not exist.");
      return {};
    default:
      return null;
  }
}

function importImage(world: EcsWorld, { value, need, dry, parameters }: EcsRequest): Reply {
  need("DiskDeviceMapping.1.OSSBucket", "DiskDeviceMapping.1.OSSObject", "ImageName");
  if (!world.hasImportRole)
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
    const bucket = world.oss.buckets.get(value(`DiskDeviceMapping.${index}.OSSBucket`));
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
    const id = world.newId("s");
    world.snapshots.set(id, { id, content, tags: {}, looks: 0 });
    snapshots.push(id);
  }
  const image = world.addImage(snapshots, parameters);
  const task = world.newId("t");
  world.tasks.set(task, image.id);
  return { ImageId: image.id, TaskId: task };
}
