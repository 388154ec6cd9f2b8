/** What is made in the cloud: tagged, followed until it is ready, and removed by the ledger alone. */
import {
  attempt,
  fail,
  FailureError,
  ok,
  unwrap,
  type Failure,
  type Result,
} from "../../../common/result.ts";
import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { CloudResource, CloudResourceKind, CloudStore } from "../../store/cloud-store.ts";
import type { CloudTag } from "./api/ecs.ts";
import type { Timing } from "./api/retrying.ts";
import type { CloudConnections, CloudRegion } from "./connections.ts";

export interface CloudSurroundings {
  readonly store: CloudStore;
  readonly connections: CloudConnections;
  /** Of this installation; stands on everything that it makes. */
  readonly installation: string;
  readonly timing: Timing;
}

export const tagKeys = {
  installation: "sma-installation",
  owner: "sma-owner",
  token: "sma-token",
} as const;

const pollMs = 3_000;

/** On every resource that takes tags. */
export function tagsOf(installation: string, { owner, token }: CloudResource): CloudTag[] {
  return [
    { Key: tagKeys.installation, Value: installation },
    { Key: tagKeys.owner, Value: owner },
    { Key: tagKeys.token, Value: token },
  ];
}

/** The object that an entry of the kind `oss-object` stands for; its token is part of the key. */
export function objectOf({ name, token }: CloudResource): { readonly bucket: string; readonly key: string } {
  const [bucket = "", ...rest] = name.split("/");
  return { bucket, key: `${rest.join("/")}-${token}` };
}

export function regionOf(
  { connections }: Pick<CloudSurroundings, "connections">,
  { account, region, network }: Pick<CloudResource, "account" | "region" | "network">,
): Result<CloudRegion> {
  return connections.region(account, region, network);
}

/** Asks every few seconds until `look` gives something; it tells `null` while there is nothing yet. */
export async function waitFor<T>(
  look: () => Promise<Result<T | null>>,
  what: Told,
  { timing }: Pick<CloudSurroundings, "timing">,
  signal: AbortSignal,
): Promise<Result<T>> {
  for (;;) {
    if (signal.aborted) return fail("cancelled", told({ kind: "no-longer-waiting", what }));
    const seen = await look();
    if (!seen.ok) return seen;
    if (seen.value !== null) return ok(seen.value);
    await timing.sleep(pollMs, signal);
  }
}

interface Live {
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Of an image: the snapshots that it is made of. */
  readonly snapshots: readonly string[];
}

type Tagged = {
  readonly Tags: { readonly Tag: readonly { readonly TagKey: string; readonly TagValue: string }[] };
};
const live = (id: string, { Tags }: Tagged, snapshots: readonly string[] = []): Live => ({
  id,
  tags: new Map(Tags.Tag.map(({ TagKey, TagValue }) => [TagKey, TagValue])),
  snapshots,
});

/** Everything of a kind that carries these tags. */
export async function thingsTagged(
  { ecs }: CloudRegion,
  kind: Exclude<CloudResourceKind, "oss-object">,
  tags: readonly CloudTag[],
  signal: AbortSignal,
): Promise<Result<Live[]>> {
  return attempt(async () => {
    const parameters = { Tag: tags.map((tag) => ({ ...tag })) };
    switch (kind) {
      case "image":
        return unwrap(await ecs.images(signal, parameters)).map((image) =>
          live(
            image.ImageId,
            image,
            image.DiskDeviceMappings.DiskDeviceMapping.map(({ SnapshotId }) => SnapshotId).filter(
              (id) => id !== "",
            ),
          ),
        );
      case "snapshot":
        return unwrap(await ecs.snapshots(signal, parameters)).map((each) => live(each.SnapshotId, each));
      case "disk":
        return unwrap(await ecs.disks(signal, parameters)).map((each) => live(each.DiskId, each));
      case "instance":
        return unwrap(await ecs.instances(signal, parameters)).map((each) => live(each.InstanceId, each));
      case "security-group":
        return unwrap(await ecs.securityGroups(signal, parameters)).map((each) =>
          live(each.SecurityGroupId, each),
        );
    }
  });
}

/**
 * The id of what was made under an entry although no answer came: by its tags, for the cloud knows a ClientToken for a
 * day, and a laptop may sleep for longer. Null where nothing was. Throws a FailureError.
 */
export async function madeUnder(
  resource: CloudResource & { readonly kind: Exclude<CloudResourceKind, "oss-object"> },
  region: CloudRegion,
  { installation }: CloudSurroundings,
  signal: AbortSignal,
): Promise<string | null> {
  const ids = unwrap(await thingsTagged(region, resource.kind, tagsOf(installation, resource), signal)).map(
    ({ id }) => id,
  );
  if (ids.length > 1) throw new FailureError(ambiguous(resource, ids));
  return ids[0] ?? null;
}

/**
 * Removes what an entry stands for, and then the entry. What carries another token, or lacks the installation's, is
 * somebody else's, whatever it is called. Fine where nothing is there.
 */
export async function removeThing(
  resource: CloudResource,
  surroundings: CloudSurroundings,
  signal: AbortSignal,
): Promise<Result<void>> {
  const { store } = surroundings;
  const removed = await attempt(async () => {
    const region = unwrap(regionOf(surroundings, resource));
    if (resource.kind === "oss-object") return removeObject(resource, region, signal);
    const kind = resource.kind;
    const tagged = unwrap(
      await thingsTagged(region, kind, tagsOf(surroundings.installation, resource), signal),
    );
    const ours = tagged.filter(({ id }) => resource.id === null || id === resource.id);
    if (ours.length > 1)
      throw new FailureError(
        ambiguous(
          resource,
          ours.map(({ id }) => id),
        ),
      );
    const [one] = ours;
    if (one !== undefined) {
      // An image's snapshots carry no tags of ours: once it is gone, only the ledger tells that they were.
      if (one.snapshots.length > 0) store.noteMade(resource.token, one.id, leftBy(one.snapshots));
      await removeLive(kind, one, region, surroundings, signal);
    }
    const left = one?.snapshots ?? snapshotsLeft(resource);
    await removeSnapshots(left, region, surroundings, signal);
  });
  if (removed.ok) store.forget(resource.token);
  return removed;
}

const leftMark = "snapshots:";
const leftBy = (snapshots: readonly string[]): string => `${leftMark}${snapshots.join(",")}`;

/** The snapshots of an image that was being removed, by its entry in the ledger. */
export function snapshotsLeft({ kind, detail }: CloudResource): readonly string[] {
  return kind === "image" && detail?.startsWith(leftMark) === true
    ? detail.slice(leftMark.length).split(",")
    : [];
}

/** Snapshots are paid for, and go with the image that they made up; not those that have entries of their own. */
export async function removeSnapshots(
  ids: readonly string[],
  { ecs }: CloudRegion,
  { store }: CloudSurroundings,
  signal: AbortSignal,
): Promise<void> {
  for (const SnapshotId of ids) {
    const isLedgered = store.resources().some((each) => each.kind === "snapshot" && each.id === SnapshotId);
    if (!isLedgered) unwrap(await ecs.remove("DeleteSnapshot", { SnapshotId, Force: true }, signal));
  }
}

async function removeLive(
  kind: Exclude<CloudResourceKind, "oss-object">,
  { id }: Live,
  { ecs }: CloudRegion,
  surroundings: CloudSurroundings,
  signal: AbortSignal,
): Promise<void> {
  switch (kind) {
    case "image":
      // Disks that were made of it stay what they are.
      return unwrap(await ecs.remove("DeleteImage", { ImageId: id, Force: true }, signal));
    case "snapshot":
      return unwrap(await ecs.remove("DeleteSnapshot", { SnapshotId: id, Force: true }, signal));
    case "disk":
      return unwrap(await ecs.remove("DeleteDisk", { DiskId: id }, signal));
    case "security-group":
      return unwrap(await ecs.remove("DeleteSecurityGroup", { SecurityGroupId: id }, signal));
    case "instance": {
      unwrap(await ecs.remove("DeleteInstance", { InstanceId: id, Force: true }, signal));
      // Its security group can go only when it has.
      const gone = async (): Promise<Result<true | null>> => {
        const found = await ecs.instance(id, signal);
        return found.ok ? ok(found.value === null ? true : null) : found;
      };
      unwrap(await waitFor(gone, told({ kind: "until-gone", what: id }), surroundings, signal));
    }
  }
}

async function removeObject(
  resource: CloudResource,
  { oss }: CloudRegion,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, key } = objectOf(resource);
  const uploads = await oss.uploads(bucket, key, signal);
  // A bucket that is gone took everything along.
  if (!uploads.ok && uploads.failure.code === "not-found") return;
  for (const upload of unwrap(uploads)) unwrap(await oss.abortUpload(bucket, key, upload, signal));
  const object = unwrap(await oss.object(bucket, key, signal));
  if (object?.token === resource.token) unwrap(await oss.deleteObject(bucket, key, signal));
}

function ambiguous({ kind, token }: CloudResource, ids: readonly string[]): Failure {
  return fail(
    "target-refused",
    told({ kind: "several-alike", count: ids.length, what: kind }),
    { kind, token, ids },
    told({ kind: "remove-unneeded-in-console" }),
  ).failure;
}
