/** Making an instance in the cloud, exchanging its disks, and the way back. */
import { drillGroupName, inGibibytes } from "../../common/domain/cloud.ts";
import type { InstanceDisk } from "../../common/domain/instance.ts";
import { fail, FailureError, ok, unwrap, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { CloudInstanceState } from "../store/cutover-store.ts";
import {
  madeUnder,
  removeThing,
  tagsOf,
  waitFor,
  type CloudSurroundings,
} from "../targets/alibaba-cloud/cloud-things.ts";
import type { CloudRegion } from "../targets/alibaba-cloud/connections.ts";
import { instanceOwner, sourceOf, type CloudDocument, type CloudImages } from "./cloud-images.ts";

export const initialTag = "initial";
/** What keeps the old system disk of an attempt. */
const keptTag = (tag: string): string => `kept-${tag}`;

/** Disks as an instance shows them: by what they were made for, for the cloud's ids change with every exchange. */
export function describedDisks(
  document: CloudDocument,
  tag: string,
  diskIds: readonly number[],
): InstanceDisk[] {
  return diskIds.map((diskId) => ({
    file: `disk-${tag}-${diskId}`,
    base: null,
    tag,
    sizeBytes: sourceOf(document, tag, diskId).sizeBytes,
  }));
}

export class CloudDisks {
  readonly #cloud: CloudSurroundings;
  readonly #images: CloudImages;
  readonly #save: (document: CloudDocument) => void;

  constructor(cloud: CloudSurroundings, images: CloudImages, save: (document: CloudDocument) => void) {
    this.#cloud = cloud;
    this.#images = images;
    this.#save = save;
  }

  /** Makes the instance, stopped, of an attempt's images. May be repeated. Throws a FailureError. */
  async makeInstance(
    region: CloudRegion,
    document: CloudDocument,
    tag: string,
    diskIds: readonly number[],
    signal: AbortSignal,
  ): Promise<CloudInstanceState> {
    const { spec } = document;
    const making = spec.cloud?.making ?? null;
    if (making === null) {
      const why = told({ kind: "spec-lacks-place", instance: spec.name });
      throw new FailureError(fail("cutover-state", why, { instance: spec.name }).failure);
    }
    const { ecs } = region;
    const entry = this.#images.entry(document, tag, "instance", "instance");
    let id = entry.id ?? (await this.#madeUnder(entry, region, signal));
    if (id === null) {
      const origins = [];
      for (const diskId of diskIds) origins.push(await this.#images.origin(document, tag, diskId, signal));
      const [system, ...data] = origins;
      if (system === undefined)
        throw new FailureError(
          fail("cutover-state", told({ kind: "instance-gets-no-disk", name: spec.name })).failure,
        );
      const [first = 0] = diskIds;
      const group =
        spec.network === "none"
          ? await this.#closedGroup(region, document, making.vSwitchId, signal)
          : making.securityGroupId;
      const category = making.diskCategory;
      id = unwrap(
        await ecs.create(
          "CreateInstance",
          "InstanceId",
          {
            InstanceName: `sma-${spec.name}`,
            ImageId: system.imageId,
            InstanceType: making.instanceType,
            VSwitchId: making.vSwitchId,
            SecurityGroupId: group,
            InstanceChargeType: "PostPaid",
            // No public address: one costs, and lets the world in.
            InternetMaxBandwidthOut: 0,
            SystemDisk: {
              Category: category,
              Size: Math.max(20, inGibibytes(sourceOf(document, tag, first).sizeBytes)),
            },
            DataDisk: system.isWhole
              ? []
              : data.map(({ snapshotId }) => ({ SnapshotId: snapshotId, Category: category })),
            Tag: tagsOf(this.#cloud.installation, entry).map((each) => ({ ...each })),
            ClientToken: entry.token,
          },
          signal,
        ),
      );
    }
    this.#cloud.store.noteMade(entry.token, id);
    const instanceId = id;
    const look = async (): Promise<Result<true | null>> => {
      const found = await ecs.instance(instanceId, signal);
      return found.ok ? ok(found.value?.Status === "Stopped" ? true : null) : found;
    };
    unwrap(await waitFor(look, told({ kind: "until-made", what: spec.name }), this.#cloud, signal));
    const attached = unwrap(await ecs.disks(signal, { InstanceId: instanceId }));
    return {
      ...document.cloud,
      instanceId,
      isAdopted: false,
      system: attached.find(({ Type }) => Type === "system")?.DiskId ?? null,
      data: attached.filter(({ Type }) => Type === "data").map(({ DiskId }) => DiskId),
    };
  }

  /** A group that lets nothing out; in comes nothing where no rule lets it. For drills: their systems are copies. */
  async #closedGroup(
    region: CloudRegion,
    document: CloudDocument,
    vSwitchId: string,
    signal: AbortSignal,
  ): Promise<string> {
    const entry = this.#images.entry(document, "instance", "security-group", "closed");
    if (entry.detail === "closed" && entry.id !== null) return entry.id;
    const { ecs } = region;
    const found = unwrap(await ecs.vSwitches(signal, { vSwitchId }));
    const VpcId = found.find((each) => each.VSwitchId === vSwitchId)?.VpcId ?? "";
    const made = {
      VpcId,
      SecurityGroupName: drillGroupName(document.spec.name),
      ClientToken: entry.token,
      Tag: tagsOf(this.#cloud.installation, entry).map((each) => ({ ...each })),
    };
    const SecurityGroupId =
      entry.id ??
      (await this.#madeUnder(entry, region, signal)) ??
      unwrap(await ecs.create("CreateSecurityGroup", "SecurityGroupId", made, signal));
    this.#cloud.store.noteMade(entry.token, SecurityGroupId);
    const rule = { IpProtocol: "ALL", PortRange: "-1/-1", Policy: "drop", Priority: "1" };
    for (const destination of [{ DestCidrIp: "0.0.0.0/0" }, { Ipv6DestCidrIp: "::/0" }])
      unwrap(
        await ecs.act(
          "AuthorizeSecurityGroupEgress",
          { SecurityGroupId, Permissions: [{ ...rule, ...destination }] },
          signal,
        ),
      );
    this.#cloud.store.noteMade(entry.token, SecurityGroupId, "closed");
    return SecurityGroupId;
  }

  /** The record says what is being done before it is done: whoever comes after a crash goes on, or back. */
  async replace(
    region: CloudRegion,
    document: CloudDocument,
    tag: string,
    diskIds: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    const disks = describedDisks(document, tag, diskIds);
    const { instanceId, system } = document.cloud;
    if (instanceId === null || document.cloud.back?.isMade === true) {
      const back = { isMade: true, system: null, data: [] };
      const begun: CloudDocument = {
        ...document,
        disks,
        kept: [],
        cloud: { ...document.cloud, back, isChanging: true },
      };
      this.#save(begun);
      const state = await this.makeInstance(region, begun, tag, diskIds, signal);
      this.#save({ ...begun, cloud: { ...state, isChanging: false } });
      return;
    }
    let begun = document;
    if (document.cloud.back === null) {
      await this.#keepSystemDisk(region, document, tag, system ?? "", signal);
      const back = { isMade: false, system, data: document.cloud.data };
      begun = {
        ...document,
        disks,
        kept: document.disks,
        cloud: { ...document.cloud, back, isChanging: true },
      };
      this.#save(begun);
    }
    const { back } = begun.cloud;
    if (back === null) throw new TypeError("there is no way back");
    const [first = 0, ...rest] = diskIds;
    let current = await this.#systemDiskOf(region, instanceId, signal);
    if (current === back.system) {
      const { imageId } = await this.#images.origin(begun, tag, first, signal);
      current = await this.#replaceSystemDisk(region, instanceId, imageId, `new-${tag}`, signal);
    }
    for (const diskId of back.data) await this.#detach(region, instanceId, diskId, signal);
    const data: string[] = [];
    for (const diskId of rest) {
      const { snapshotId } = await this.#images.origin(begun, tag, diskId, signal);
      data.push(await this.#addDataDisk(region, begun, tag, diskId, snapshotId, signal));
    }
    this.#save({ ...begun, cloud: { ...begun.cloud, system: current, data, isChanging: false } });
  }

  /** Undoes as much of a replacement as was done. */
  async putBack(
    region: CloudRegion,
    document: CloudDocument,
    tag: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { back, instanceId } = document.cloud;
    if (back === null) return;
    const undone = { ...document, disks: document.kept ?? [], kept: null };
    const quiet = { ...document.cloud, back: null, isChanging: false };
    if (back.isMade || instanceId === null) {
      // The record first: of an instance that is gone nothing could be asked any more, and so nothing cleared.
      this.#save({ ...document, cloud: { ...document.cloud, instanceId: null } });
      for (const resource of this.#of(document, tag, "instance"))
        unwrap(await removeThing(resource, this.#cloud, signal));
      this.#save({ ...undone, cloud: { ...quiet, instanceId: null, system: null, data: [] } });
      return;
    }
    let system = await this.#systemDiskOf(region, instanceId, signal);
    if (system !== back.system) {
      const [kept] = this.#of(document, keptTag(tag), "image");
      if (kept?.id == null) {
        const why = told({ kind: "old-image-unrecorded", instance: document.spec.name });
        throw new FailureError(fail("instance-failed", why, { instance: document.spec.name }).failure);
      }
      system = await this.#replaceSystemDisk(region, instanceId, kept.id, `old-${tag}`, signal);
    }
    for (const { id } of this.#of(document, tag, "disk"))
      if (id !== null) await this.#detach(region, instanceId, id, signal);
    for (const diskId of back.data) await this.#attach(region, instanceId, diskId, signal);
    this.#save({ ...undone, cloud: { ...quiet, system, data: [...back.data] } });
  }

  /** What keeps the old disks goes. Data disks that were somebody's before us stay, detached. */
  async removeGivenUp(document: CloudDocument, signal: AbortSignal): Promise<void> {
    const given = new Set(document.cloud.givenUp);
    const [disk] = document.disks;
    for (const resource of this.#cloud.store.resources(instanceOwner(document.spec.name)).toReversed()) {
      const isOldDisk = resource.kind === "disk" && resource.id !== null && given.has(resource.id);
      if (isOldDisk || resource.tag === keptTag(disk?.tag ?? ""))
        unwrap(await removeThing(resource, this.#cloud, signal));
    }
  }

  async discard(document: CloudDocument, tag: string, isKept: boolean, signal: AbortSignal): Promise<void> {
    const { instanceId, data, back } = document.cloud;
    const used = new Set([instanceId, ...data, ...(back?.data ?? [])]);
    for (const resource of this.#cloud.store.resources(instanceOwner(document.spec.name)).toReversed()) {
      const isOfAttempt = resource.tag === tag && (resource.kind === "disk" || resource.kind === "instance");
      const isSpare =
        isOfAttempt && !(resource.id !== null && used.has(resource.id)) && !document.cloud.isChanging;
      if (isSpare || (!isKept && resource.tag === keptTag(tag)))
        unwrap(await removeThing(resource, this.#cloud, signal));
    }
  }

  #madeUnder(
    entry: Parameters<typeof madeUnder>[0],
    region: CloudRegion,
    signal: AbortSignal,
  ): Promise<string | null> {
    return madeUnder(entry, region, this.#cloud, signal);
  }

  #of({ spec }: CloudDocument, tag: string, kind: string) {
    return this.#cloud.store
      .resources(instanceOwner(spec.name))
      .filter((each) => each.tag === tag && each.kind === kind);
  }

  /** A snapshot of the disk and an image of that: all of it there before anything changes. */
  async #keepSystemDisk(
    region: CloudRegion,
    document: CloudDocument,
    tag: string,
    DiskId: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { ecs } = region;
    const make = async (
      kind: "snapshot" | "image",
      action: string,
      field: string,
      parameters: Readonly<Record<string, string>>,
    ): Promise<string> => {
      const entry = this.#images.entry(document, keptTag(tag), kind, "system");
      if (entry.id !== null) return entry.id;
      const Tag = tagsOf(this.#cloud.installation, entry).map((each) => ({ ...each }));
      const id =
        (await this.#madeUnder(entry, region, signal)) ??
        unwrap(await ecs.create(action, field, { ...parameters, Tag, ClientToken: entry.token }, signal));
      this.#cloud.store.noteMade(entry.token, id);
      return id;
    };
    const name = `sma-${document.spec.name}-${keptTag(tag)}`;
    const snapshot = await make("snapshot", "CreateSnapshot", "SnapshotId", { DiskId, SnapshotName: name });
    const isFrozen = async (): Promise<Result<true | null>> => {
      const found = await ecs.snapshot(snapshot, signal);
      if (!found.ok) return found;
      return isFailed(found.value?.Status)
        ? notKept(snapshot)
        : ok(found.value?.Status === "accomplished" ? true : null);
    };
    unwrap(await waitFor(isFrozen, told({ kind: "until-disk-kept" }), this.#cloud, signal));
    const image = await make("image", "CreateImage", "ImageId", { SnapshotId: snapshot, ImageName: name });
    const isMade = async (): Promise<Result<true | null>> => {
      const found = await ecs.image(image, signal);
      if (!found.ok) return found;
      return isFailed(found.value?.Status)
        ? notKept(image)
        : ok(found.value?.Status === "Available" ? true : null);
    };
    unwrap(await waitFor(isMade, told({ kind: "until-disk-kept" }), this.#cloud, signal));
  }

  async #systemDiskOf({ ecs }: CloudRegion, InstanceId: string, signal: AbortSignal): Promise<string | null> {
    const found = unwrap(await ecs.disks(signal, { InstanceId }));
    return found.find(({ Type }) => Type === "system")?.DiskId ?? null;
  }

  async #replaceSystemDisk(
    region: CloudRegion,
    InstanceId: string,
    ImageId: string,
    ClientToken: string,
    signal: AbortSignal,
  ): Promise<string> {
    const parameters = { InstanceId, ImageId, ClientToken: ClientToken.slice(0, 64) };
    const made = unwrap(await region.ecs.create("ReplaceSystemDisk", "DiskId", parameters, signal));
    const look = async (): Promise<Result<true | null>> => {
      const found = await region.ecs.instance(InstanceId, signal);
      if (!found.ok) return found;
      const isBusy = (found.value?.OperationLocks.LockReason.length ?? 0) > 0;
      const isThere = (await this.#systemDiskOf(region, InstanceId, signal)) === made;
      return ok(isThere && !isBusy ? true : null);
    };
    unwrap(await waitFor(look, told({ kind: "until-disk-replaced" }), this.#cloud, signal));
    return made;
  }

  async #addDataDisk(
    region: CloudRegion,
    document: CloudDocument,
    tag: string,
    diskId: number,
    SnapshotId: string,
    signal: AbortSignal,
  ): Promise<string> {
    const { instanceId, spec } = { instanceId: document.cloud.instanceId ?? "", spec: document.spec };
    const entry = this.#images.entry(document, tag, "disk", `disk-${diskId}`);
    let id = entry.id ?? (await this.#madeUnder(entry, region, signal));
    if (id === null) {
      const instance = unwrap(await region.ecs.instance(instanceId, signal));
      const parameters = {
        ZoneId: instance?.ZoneId ?? "",
        SnapshotId,
        DiskName: `sma-${spec.name}-${diskId}`,
        DiskCategory: spec.cloud?.making?.diskCategory ?? "cloud_essd",
        Tag: tagsOf(this.#cloud.installation, entry).map((each) => ({ ...each })),
        ClientToken: entry.token,
      };
      id = unwrap(await region.ecs.create("CreateDisk", "DiskId", parameters, signal));
    }
    this.#cloud.store.noteMade(entry.token, id);
    await this.#attach(region, instanceId, id, signal);
    return id;
  }

  /** Fine where it is attached there already. */
  async #attach(
    { ecs }: CloudRegion,
    InstanceId: string,
    DiskId: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#become(
      ecs,
      DiskId,
      signal,
      (disk) => disk.InstanceId === InstanceId && disk.Status === "In_use",
      {
        from: "Available",
        act: () => ecs.act("AttachDisk", { InstanceId, DiskId }, signal),
      },
    );
  }

  /** Fine where it is attached to nothing. */
  async #detach(
    { ecs }: CloudRegion,
    InstanceId: string,
    DiskId: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#become(ecs, DiskId, signal, (disk) => disk.Status === "Available", {
      from: "In_use",
      act: () => ecs.act("DetachDisk", { InstanceId, DiskId }, signal),
    });
  }

  async #become(
    ecs: CloudRegion["ecs"],
    diskId: string,
    signal: AbortSignal,
    isDone: (disk: { readonly InstanceId: string; readonly Status: string }) => boolean,
    change: { readonly from: string; act(): Promise<Result<void>> },
  ): Promise<void> {
    let asked = false;
    const look = async (): Promise<Result<true | null>> => {
      const found = await ecs.disk(diskId, signal);
      if (!found.ok) return found;
      if (found.value === null)
        return fail("not-found", told({ kind: "disk-not-in-cloud", disk: diskId }), { diskId });
      if (isDone(found.value)) return ok(true);
      if (!asked && found.value.Status === change.from) {
        asked = true;
        const acted = await change.act();
        if (!acted.ok) return acted;
      }
      return ok(null);
    };
    unwrap(await waitFor(look, told({ kind: "until-disk-placed", what: diskId }), this.#cloud, signal));
  }
}

const isFailed = (status: string | undefined): boolean => status === "failed" || status === "CreateFailed";

function notKept(id: string): Result<never> {
  return fail("instance-failed", told({ kind: "old-disk-not-kept" }), { id });
}
