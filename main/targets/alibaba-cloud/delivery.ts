/** What a job's images become in the cloud: uploaded, imported, and cleared by the ledger. */
import {
  cloudImageName,
  cloudLimits,
  inGibibytes,
  type DeliveredImage,
} from "../../../common/domain/cloud.ts";
import type { ImageFile } from "../../../common/domain/image.ts";
import type { AlibabaCloudTarget, Target } from "../../../common/domain/plan.ts";
import { attempt, fail, FailureError, ok, unwrap, type Result } from "../../../common/result.ts";
import { relayed, told } from "../../../common/domain/report-text/told.ts";
import type { DeliveryAdapter, DeliveryOrder } from "../contract.ts";
import { objectOf, removeThing, type CloudSurroundings } from "./cloud-things.ts";
import { checkPlace } from "./check-place.ts";
import { importableFormats, importImage } from "./import-image.ts";
import { uploadImage } from "./upload-image.ts";

/** Puts the instance that a result names among the instances; nothing is made in the cloud by it. */
export type InstanceRegistrar = (
  target: AlibabaCloudTarget,
  firmware: "bios" | "uefi",
  signal: AbortSignal,
) => Promise<Result<string | null>>;

export const jobOwner = (jobId: string): string => `job:${jobId}`;
const tagOfRun = (run: number): string => `run-${run}`;

function cloudTarget(target: Target): AlibabaCloudTarget {
  if (target.kind !== "alibaba-cloud") throw new TypeError("not a target in Alibaba Cloud");
  return target;
}

/** One file for each disk, in the order of the disks: of several formats the smallest to send. */
function filesToSend(files: readonly ImageFile[]): ImageFile[] {
  const rank = ({ format }: ImageFile): number => importableFormats.indexOf(format as "qcow2");
  return files
    .filter((file) => rank(file) >= 0)
    .toSorted((a, b) => a.diskId - b.diskId || rank(a) - rank(b))
    .filter(({ diskId }, index, all) => all[index - 1]?.diskId !== diskId);
}

export function createDelivery(
  surroundings: CloudSurroundings,
  register: InstanceRegistrar,
): DeliveryAdapter {
  const { store } = surroundings;
  return {
    async check(target, wanted, signal) {
      const { cloud } = cloudTarget(target);
      const fits = checkDisks(wanted.disks, wanted.formats);
      if (!fits.ok) return fits;
      const checks = await checkPlace(cloud, surroundings, signal);
      if (!checks.ok) return checks;
      const missing = checks.value.filter(({ verdict }) => verdict === "missing");
      const [first] = missing;
      if (first === undefined) return ok();
      return fail(
        first.id === "permissions" ? "cloud-permission" : "target-refused",
        told({ kind: "cloud-not-ready", because: { what: first.detail, said: first.said?.message } }),
        { missing: missing.map(({ title, detail }) => `${title}: ${detail}`) },
        first.remedy === null ? undefined : relayed({ what: first.remedy, said: first.said?.remedy }),
      );
    },

    deliver: (order) =>
      attempt(async () => {
        const target = cloudTarget(order.target);
        const { cloud } = target;
        const { account, region: regionId, bucket, network } = cloud;
        const region = unwrap(surroundings.connections.region(account, regionId, network.type));
        const owner = jobOwner(order.jobId);
        const tag = tagOfRun(order.run);
        const common = { owner, tag, account, region: regionId, network: network.type };
        const files = filesToSend(order.files);
        if (files.length === 0 || new Set(order.files.map(({ diskId }) => diskId)).size !== files.length) {
          const why = told({ kind: "no-importable-image" });
          throw new FailureError(fail("image-constraint", why).failure);
        }
        const image = store.plan({ ...common, kind: "image", name: "image" });
        // Somebody may have removed it in the console.
        const isMade = image.id !== null && unwrap(await region.ecs.image(image.id, order.signal)) !== null;
        const total = files.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
        let before = 0;
        const objects = [];
        for (const file of files) {
          const name = `${bucket}/sma/${order.jobId}/${tag}-disk-${file.diskId}-${file.sha256.slice(0, 12)}`;
          const resource = store.plan({ ...common, kind: "oss-object", name });
          objects.push({ resource, file });
          // An image that is being made, or is there, needs no file any more.
          if (!isMade) {
            const onProgress = (bytes: number): void =>
              order.onProgress({ kind: "uploading-disk", disk: file.diskId }, before + bytes, total, "bytes");
            const { path, fileBytes } = file;
            const { send, signal } = order;
            unwrap(await uploadImage({ resource, path, fileBytes, send, signal, onProgress }, region, store));
          }
          before += file.fileBytes;
        }
        const imageName = cloudImageName(order.sourceName, `${order.jobId}-r${order.run}`);
        const imageId = unwrap(
          await importImage(
            {
              resource: image,
              imageName,
              facts: order.facts,
              signal: order.signal,
              disks: objects.map(({ resource, file }) => ({
                ...objectOf(resource),
                format: file.format,
                sizeBytes: file.virtualBytes,
              })),
              onProgress: (percent) => order.onProgress({ kind: "importing-image" }, percent, 100, "steps"),
            },
            region,
            surroundings,
          ),
        );
        // The image is there: what it was made of only costs.
        for (const { resource } of objects) unwrap(await removeThing(resource, surroundings, order.signal));
        for (const old of olderThanKept(order, store.resources(owner)))
          unwrap(await removeThing(old, surroundings, order.signal));
        const instance = unwrap(await register(target, order.facts.bootMode, order.signal));
        const delivered: DeliveredImage = {
          kind: "alibaba-cloud",
          account,
          region: regionId,
          imageId,
          imageName,
          instance,
        };
        return delivered;
      }),

    async clear(_target, jobId, includingResults, signal) {
      let outcome: Result<void> = ok();
      // Newest first.
      for (const resource of store.resources(jobOwner(jobId)).toReversed()) {
        // An image under way is a result that a resumed job goes on with.
        if (!includingResults && resource.kind !== "oss-object") continue;
        const removed = await removeThing(resource, surroundings, signal);
        if (!removed.ok && outcome.ok) outcome = removed;
      }
      return outcome;
    },
  };
}

/** Images of runs that are not kept any more. */
function olderThanKept(
  { run, keepRuns }: DeliveryOrder,
  resources: ReturnType<CloudSurroundings["store"]["resources"]>,
) {
  if (keepRuns === null) return [];
  return resources.filter(({ kind, tag }) => {
    const number = Number(/^run-(\d+)$/.exec(tag)?.[1] ?? run);
    return kind === "image" && number <= run - keepRuns;
  });
}

/** Sizes, number and formats that ECS takes. */
function checkDisks(
  disks: readonly { readonly path: string; readonly sizeBytes: number }[],
  formats: readonly string[],
): Result<void> {
  if (!formats.some((format) => importableFormats.includes(format as "qcow2"))) {
    return fail(
      "image-constraint",
      told({ kind: "cloud-imports-others", importable: importableFormats, formats }),
      { formats },
      told({ kind: "add-qcow2" }),
    );
  }
  if (disks.length > cloudLimits.disks)
    return fail("image-constraint", told({ kind: "image-takes-fewer-disks", count: disks.length }), {
      maximumDisks: cloudLimits.disks,
    });
  for (const [index, { path, sizeBytes }] of disks.entries()) {
    const most = index === 0 ? cloudLimits.systemDiskBytes : cloudLimits.dataDiskBytes;
    if (sizeBytes > most) {
      return fail(
        "image-constraint",
        told({ kind: "disk-larger-than-cloud", path, size: inGibibytes(sizeBytes), most: inGibibytes(most) }),
        {
          disk: path,
          maximumBytes: most,
        },
      );
    }
  }
  return ok();
}
