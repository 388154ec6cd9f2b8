/** Images in the cloud that an instance's disks are made of: those of a job's delivery, or of files on this machine. */
import { stat } from "node:fs/promises";
import type { ImageFacts } from "../../common/domain/image.ts";
import { fail, FailureError, unwrap } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { sendParts } from "../../intermediate/upload/send-parts.ts";
import type { CloudResource } from "../store/cloud-store.ts";
import type { CloudInstanceState, InstanceDocument } from "../store/cutover-store.ts";
import { objectOf, removeThing, type CloudSurroundings } from "../targets/alibaba-cloud/cloud-things.ts";
import type { CloudRegion } from "../targets/alibaba-cloud/connections.ts";
import { importImage } from "../targets/alibaba-cloud/import-image.ts";
import { uploadImage } from "../targets/alibaba-cloud/upload-image.ts";
import type { DiskImage, TransferProgress } from "../targets/contract.ts";

export type CloudDocument = InstanceDocument & { readonly cloud: CloudInstanceState };

export const instanceOwner = (name: string): string => `instance:${name}`;

/** What an instance's disk is made of. */
export interface DiskOrigin {
  readonly imageId: string;
  /** Of the disk in it. */
  readonly snapshotId: string;
  /** True where the image holds all disks of the system, and an instance gets them with it. */
  readonly isWhole: boolean;
}

export class CloudImages {
  readonly #cloud: CloudSurroundings;

  constructor(cloud: CloudSurroundings) {
    this.#cloud = cloud;
  }

  #region({ spec }: CloudDocument): CloudRegion {
    const { account, region, network } = placeOf(spec);
    return unwrap(this.#cloud.connections.region(account, region, network.type));
  }

  /** The ledger's entry for something of this instance. */
  entry<K extends CloudResource["kind"]>(
    document: CloudDocument,
    tag: string,
    kind: K,
    name: string,
  ): CloudResource & { readonly kind: K } {
    const { account, region, network } = placeOf(document.spec);
    const owner = instanceOwner(document.spec.name);
    const planned = { owner, tag, kind, name, account, region, network: network.type };
    return { ...this.#cloud.store.plan(planned), kind };
  }

  /** Writes down the file that will be in the bucket; nothing for what a delivery has made, which is its job's. */
  plan(document: CloudDocument, tag: string, image: DiskImage): CloudResource | null {
    if (image.delivered !== undefined) return null;
    const name = `${placeOf(document.spec).bucket}/sma/${document.spec.name}/${tag}-disk-${image.diskId}`;
    return this.entry(document, tag, "oss-object", name);
  }

  /** Brings the file into the bucket, unless the image is there already. Throws a FailureError. */
  async receive(
    document: CloudDocument,
    tag: string,
    image: DiskImage,
    signal: AbortSignal,
    onProgress: TransferProgress,
  ): Promise<void> {
    const resource = this.plan(document, tag, image);
    if (resource === null) return;
    const made = this.#made(document, tag, image.diskId)?.id ?? null;
    // Somebody may have removed it in the console.
    if (made !== null && unwrap(await this.#region(document).ecs.image(made, signal)) !== null) return;
    const status = await stat(image.path).catch(() => null);
    if (status === null) {
      const why = told({ kind: "image-not-here", path: image.path });
      throw new FailureError(fail("not-found", why, { path: image.path }).failure);
    }
    const { path } = image;
    const send: Parameters<typeof uploadImage>[0]["send"] = (order, stop, onBytes) =>
      sendParts({ ...order, signal: stop, onProgress: onBytes });
    const report = (bytes: number): void => onProgress(bytes, status.size);
    const upload = { resource, path, fileBytes: status.size, send, signal, onProgress: report };
    unwrap(await uploadImage(upload, this.#region(document), this.#cloud.store));
  }

  /** Imports a disk's file as an image of its own; its file is not needed any more then. Throws a FailureError. */
  async make(document: CloudDocument, tag: string, diskId: number, signal: AbortSignal): Promise<void> {
    const source = sourceOf(document, tag, diskId);
    if (source.delivered !== null) return;
    const resource = this.entry(document, tag, "image", `disk-${diskId}`);
    const name = `${placeOf(document.spec).bucket}/sma/${document.spec.name}/${tag}-disk-${diskId}`;
    const object = this.entry(document, tag, "oss-object", name);
    const facts: ImageFacts = {
      architecture: null,
      platform: "linux",
      operatingSystem: null,
      licenceType: "auto",
      bootMode: document.spec.firmware,
    };
    const { format, sizeBytes } = source;
    unwrap(
      await importImage(
        {
          resource,
          facts,
          signal,
          onProgress: () => undefined,
          imageName: `sma-${document.spec.name}-${tag}-disk-${diskId}`,
          disks: [{ ...objectOf(object), format, sizeBytes }],
        },
        this.#region(document),
        this.#cloud,
      ),
    );
    unwrap(await removeThing(object, this.#cloud, signal));
  }

  /** Throws a FailureError where the image is gone. */
  async origin(
    document: CloudDocument,
    tag: string,
    diskId: number,
    signal: AbortSignal,
  ): Promise<DiskOrigin> {
    const { delivered } = sourceOf(document, tag, diskId);
    const imageId = delivered ?? this.#made(document, tag, diskId)?.id ?? "";
    const image = imageId === "" ? null : unwrap(await this.#region(document).ecs.image(imageId, signal));
    const ids = document.cloud.sources.filter((each) => each.tag === tag).map((each) => each.diskId);
    const index = delivered === null ? 0 : ids.toSorted((a, b) => a - b).indexOf(diskId);
    const snapshotId = image?.DiskDeviceMappings.DiskDeviceMapping[index]?.SnapshotId ?? "";
    if (image === null || snapshotId === "") {
      const why = told({ kind: "disk-image-not-in-cloud", disk: diskId });
      throw new FailureError(
        fail("not-found", why, { imageId }, told({ kind: "run-again-then-repeat" })).failure,
      );
    }
    return { imageId, snapshotId, isWhole: delivered !== null };
  }

  /** Removes images and files of an attempt; disks that were made of them stay. Throws a FailureError. */
  async discard({ spec }: CloudDocument, tag: string, signal: AbortSignal): Promise<void> {
    for (const resource of this.#cloud.store.resources(instanceOwner(spec.name))) {
      if (resource.tag !== tag || (resource.kind !== "image" && resource.kind !== "oss-object")) continue;
      unwrap(await removeThing(resource, this.#cloud, signal));
    }
  }

  #made({ spec }: CloudDocument, tag: string, diskId: number): CloudResource | undefined {
    return this.#cloud.store
      .resources(instanceOwner(spec.name))
      .find(
        (each) =>
          each.tag === tag && each.kind === "image" && each.name === `disk-${diskId}` && each.id !== null,
      );
  }
}

export function placeOf({ name, cloud }: InstanceDocument["spec"]) {
  if (cloud === null) throw new TypeError(`${name} is no instance of a cloud`);
  return cloud.place;
}

export function sourceOf({ spec, cloud }: CloudDocument, tag: string, diskId: number) {
  const source = cloud.sources.find((each) => each.tag === tag && each.diskId === diskId);
  if (source !== undefined) return source;
  const why = told({ kind: "nothing-received", disk: diskId, instance: spec.name });
  throw new FailureError(fail("cutover-state", why, { instance: spec.name }).failure);
}
