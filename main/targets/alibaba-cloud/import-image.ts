/** Makes an image of uploaded files, and follows it until it can be used. */
import { inGibibytes } from "../../../common/domain/cloud.ts";
import type { ImageFacts, ImageFormat } from "../../../common/domain/image.ts";
import { attempt, fail, FailureError, ok, unwrap, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { CloudResource } from "../../store/cloud-store.ts";
import {
  madeUnder,
  removeSnapshots,
  removeThing,
  snapshotsLeft,
  tagsOf,
  waitFor,
  type CloudSurroundings,
} from "./cloud-things.ts";
import type { CloudRegion } from "./connections.ts";

export interface ImportOrder {
  /** The ledger's entry of the image. */
  readonly resource: CloudResource;
  readonly imageName: string;
  /** The one that boots comes first. */
  readonly disks: readonly {
    readonly bucket: string;
    readonly key: string;
    readonly format: ImageFormat;
    readonly sizeBytes: number;
  }[];
  readonly facts: ImageFacts;
  readonly signal: AbortSignal;
  onProgress(percent: number): void;
}

/** What ImportImage reads; a vmdk it does not. */
const formats = { qcow2: "QCOW2", raw: "RAW", vhd: "VHD", vmdk: null } as const;
export const importableFormats = ["qcow2", "vhd", "raw"] as const satisfies readonly ImageFormat[];

/** ECS's names of systems, by words of the system's own name. */
const platforms: readonly (readonly [RegExp, string])[] = [
  [/centos stream/i, "CentOS Stream"],
  [/centos/i, "CentOS"],
  [/ubuntu/i, "Ubuntu"],
  [/debian/i, "Debian"],
  [/opensuse/i, "OpenSUSE"],
  [/suse/i, "SUSE"],
  [/almalinux/i, "AlmaLinux"],
  [/rocky/i, "Rocky Linux"],
  [/red hat/i, "RedHat"],
  [/fedora/i, "Fedora"],
  [/anolis/i, "Anolis"],
  [/alibaba|aliyun/i, "Aliyun"],
  [/windows.*2003/i, "Windows Server 2003"],
  [/windows.*2008/i, "Windows Server 2008"],
  [/windows.*2012/i, "Windows Server 2012"],
  [/windows.*2016/i, "Windows Server 2016"],
  [/windows.*2019/i, "Windows Server 2019"],
  [/windows.*2022/i, "Windows Server 2022"],
];

export function platformOf({ operatingSystem, platform }: ImageFacts): string {
  const known = platforms.find(([words]) => words.test(operatingSystem ?? ""));
  return known?.[1] ?? (platform === "windows" ? "Customized Windows" : "Others Linux");
}

/** `image-constraint` where ECS has no name for it. */
export function architectureOf({ architecture }: ImageFacts): Result<string> {
  if (architecture === null || /^(x86_64|amd64|x64)$/i.test(architecture)) return ok("x86_64");
  if (/^(i[3-6]86|x86)$/i.test(architecture)) return ok("i386");
  if (/^(aarch64|arm64)$/i.test(architecture)) return ok("arm64");
  return fail("image-constraint", told({ kind: "no-such-architecture", architecture }), {
    architecture,
  });
}

/** The image's id once it can be used. May be repeated; an import that failed is taken away, and the next begins anew. */
export function importImage(
  order: ImportOrder,
  region: CloudRegion,
  surroundings: CloudSurroundings,
): Promise<Result<string>> {
  return attempt(async () => {
    const { resource, facts, signal, disks } = order;
    const { ecs } = region;
    const noted =
      resource.id ?? (await madeUnder({ ...resource, kind: "image" }, region, surroundings, signal));
    const known = noted === null ? null : unwrap(await ecs.image(noted, signal));
    let id = known?.ImageId ?? "";
    const left = snapshotsLeft(resource);
    let task = left.length > 0 ? "" : (resource.detail ?? "");
    if (known === null) {
      await removeSnapshots(left, region, surroundings, signal);
      const made = unwrap(
        await ecs.importImage(
          {
            ImageName: order.imageName,
            Description: "Server Migration Assistant",
            Architecture: unwrap(architectureOf(facts)),
            OSType: facts.platform === "windows" ? "windows" : "linux",
            Platform: platformOf(facts),
            BootMode: facts.bootMode === "uefi" ? "UEFI" : "BIOS",
            LicenseType: { auto: "Auto", provider: "Aliyun", byol: "BYOL" }[facts.licenceType],
            DiskDeviceMapping: disks.map(({ bucket, key, format, sizeBytes }) => ({
              Format: formats[format] ?? "",
              OSSBucket: bucket,
              OSSObject: key,
              DiskImageSize: inGibibytes(sizeBytes),
            })),
            Tag: tagsOf(surroundings.installation, resource).map((tag) => ({ ...tag })),
            // An image that is gone was removed by somebody: the old token would only give its id again.
            ClientToken:
              resource.id === null
                ? resource.token
                : `${resource.token.slice(0, 24)}${resource.id.slice(-8)}`,
          },
          signal,
        ),
      );
      ({ imageId: id, taskId: task } = made);
      surroundings.store.noteMade(resource.token, id, task);
    } else if (resource.id === null) surroundings.store.noteMade(resource.token, id);
    const look = async (): Promise<Result<true | null>> => {
      const progress = task === "" ? ok(null) : await ecs.importProgress(task, signal);
      if (!progress.ok) return progress;
      if (progress.value !== null) order.onProgress(progress.value.percent);
      const image = await ecs.image(id, signal);
      if (!image.ok) return image;
      if (image.value?.Status === "Available") return ok(true);
      const hasFailed =
        image.value === null || image.value.Status === "CreateFailed" || progress.value?.status === "Failed";
      return hasFailed
        ? fail(
            "image-failed",
            told({ kind: "cloud-image-not-made" }),
            { imageId: id, taskId: task },
            told({ kind: "see-import-task" }),
          )
        : ok(null);
    };
    const ready = await waitFor(look, told({ kind: "until-imported" }), surroundings, signal);
    if (!ready.ok && ready.failure.code === "image-failed") {
      const made = { ...resource, id };
      const removed = await removeThing(made, surroundings, signal);
      if (!removed.ok) throw new FailureError(removed.failure);
    }
    unwrap(ready);
    return id;
  });
}
