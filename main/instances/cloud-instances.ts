/**
 * Instances in Alibaba Cloud. One that is to be made costs nothing until it gets disks; one that is there already is
 * never deleted. ReplaceSystemDisk releases the old system disk, so an image of it is made before, and kept.
 */
import { join } from "node:path";
import type { InstanceDisk, InstanceSpec, InstanceView } from "../../common/domain/instance.ts";
import { attempt, fail, FailureError, ok, unwrap, type Result, type Saying } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import {
  emptyCloudState,
  type CloudInstanceState,
  type CutoverStore,
  type InstanceDocument,
} from "../store/cutover-store.ts";
import { removeThing, waitFor, type CloudSurroundings } from "../targets/alibaba-cloud/cloud-things.ts";
import type { CloudRegion } from "../targets/alibaba-cloud/connections.ts";
import type { DiskImage, InstanceTarget } from "../targets/contract.ts";
import { CloudImages, instanceOwner, type CloudDocument } from "./cloud-images.ts";
import { CloudDisks, describedDisks, initialTag } from "./cloud-disks.ts";
import { watchCloudInstance } from "./cloud-watch.ts";
import { InstanceFiles } from "./instance-files.ts";
import { instanceFiles } from "./power.ts";

export interface CloudInstanceOptions {
  readonly store: CutoverStore;
  readonly cloud: CloudSurroundings;
  /** Folder that holds a folder for each instance: its console log and screen. */
  readonly directory: string;
  readonly clock: () => number;
}

export interface CloudInstances extends InstanceTarget {
  /** Puts an instance that is there among the instances. It is not touched, and never deleted by us. */
  adopt(spec: InstanceSpec, instanceId: string, signal: AbortSignal): Promise<Result<InstanceView>>;
}

const refuse = (why: Saying, instance: string, remedy?: Saying): FailureError =>
  new FailureError(fail("cutover-state", why, { instance }, remedy).failure);

export function createCloudInstances(options: CloudInstanceOptions): CloudInstances {
  const { store, cloud } = options;
  const images = new CloudImages(cloud);
  const disks = new CloudDisks(cloud, images, (document) => store.saveInstance(document));
  const never = new AbortController().signal;

  const known = (name: string): CloudDocument => {
    const { cloud: state, ...rest } = unwrap(store.instance(name));
    if (state === null) throw new TypeError(`${name} is no instance of a cloud`);
    return { ...rest, cloud: state };
  };
  const regionFor = ({ spec }: InstanceDocument): CloudRegion => {
    if (spec.cloud === null) throw new TypeError(`${spec.name} is no instance of a cloud`);
    const { account, region, network } = spec.cloud.place;
    return unwrap(cloud.connections.region(account, region, network.type));
  };
  const filesOf = (name: string): InstanceFiles =>
    new InstanceFiles(store, name, join(options.directory, name));

  /** Null where it is not made. `instance-failed` where it was and is gone. */
  const statusOf = async (document: CloudDocument, signal: AbortSignal): Promise<string | null> => {
    const { instanceId } = document.cloud;
    if (instanceId === null) return null;
    const found = unwrap(await regionFor(document).ecs.instance(instanceId, signal));
    if (found !== null) return found.Status;
    const why = told({ kind: "instance-not-in-cloud", id: instanceId });
    const remedy = told({ kind: "remove-here-too" });
    throw new FailureError(fail("instance-failed", why, { instance: document.spec.name }, remedy).failure);
  };
  const viewOf = async (document: CloudDocument, signal: AbortSignal): Promise<InstanceView> => {
    const { spec, disks: own, kept, folder, createdAt } = document;
    const status = await statusOf(document, signal);
    const isOff = status === null || status === "Stopped";
    return {
      spec,
      power: isOff ? "stopped" : "running",
      pid: null,
      accelerator: null,
      disks: own,
      keptDisks: kept,
      folder,
      consoleLogPath: join(folder, instanceFiles.console),
      serialSocketPath: "",
      createdAt,
      cloudInstanceId: document.cloud.instanceId,
    };
  };
  /** Starts or stops it and waits for that; what is in between is waited for first. */
  const become = async (
    name: string,
    wanted: "Running" | "Stopped",
    act: (region: CloudRegion, instanceId: string) => Promise<Result<void>>,
    signal: AbortSignal,
  ): Promise<void> => {
    const document = known(name);
    const { instanceId } = document.cloud;
    if (instanceId === null) {
      if (wanted === "Stopped") return;
      throw refuse(told({ kind: "no-disks-yet", name }), name, told({ kind: "drill-makes-it" }));
    }
    const region = regionFor(document);
    let asked = false;
    const look = async (): Promise<Result<true | null>> =>
      attempt(async () => {
        const status = await statusOf(document, signal);
        if (status === wanted) return true;
        if (!asked && (status === "Running" || status === "Stopped")) {
          asked = true;
          unwrap(await act(region, instanceId));
        }
        return null;
      });
    unwrap(
      await waitFor(look, told({ kind: "until-instance-is", what: name, state: wanted }), cloud, signal),
    );
  };
  /** Runs `act` on a stopped instance, or on one that is not made. */
  const whileStopped = (
    name: string,
    act: (document: CloudDocument) => Promise<void>,
  ): Promise<Result<void>> =>
    attempt(async () => {
      const document = known(name);
      const status = await statusOf(document, never);
      if (status !== null && status !== "Stopped") throw refuse(told({ kind: "instance-runs", name }), name);
      await act(document);
    });
  const documentOf = async (
    spec: InstanceSpec,
    own: readonly InstanceDisk[],
    state: CloudInstanceState,
  ): Promise<CloudDocument> => {
    const files = filesOf(spec.name);
    await files.makeFolder();
    for (const file of [instanceFiles.console, instanceFiles.picture]) await files.claim(file, "instance");
    const document: CloudDocument = {
      spec,
      uuid: crypto.randomUUID(),
      folder: files.folder,
      disks: [...own],
      kept: null,
      accelerator: null,
      createdAt: new Date(options.clock()).toISOString(),
      cloud: state,
    };
    store.saveInstance(document);
    return document;
  };
  /** Remembers what an attempt's disk is to be made of: the target hears it once. */
  const note = (name: string, tag: string, { diskId, format, sizeBytes, delivered }: DiskImage): void => {
    const document = known(name);
    const others = document.cloud.sources.filter((each) => each.tag !== tag || each.diskId !== diskId);
    const source = { tag, diskId, format, sizeBytes, delivered: delivered?.imageId ?? null };
    store.saveInstance({ ...document, cloud: { ...document.cloud, sources: [...others, source] } });
  };
  const sameOrNew = (spec: InstanceSpec): CloudDocument | null => {
    const before = store.instance(spec.name);
    if (!before.ok) return null;
    if (JSON.stringify(before.value.spec) === JSON.stringify(spec)) return known(spec.name);
    throw new FailureError(
      fail("already-exists", told({ kind: "instance-exists", name: spec.name }), { instance: spec.name })
        .failure,
    );
  };

  return {
    provision: (spec, wanted, signal) =>
      attempt(async () => {
        if (spec.cloud === null)
          throw new FailureError(fail("input-invalid", told({ kind: "cloud-instance-wants-place" })).failure);
        const before = sameOrNew(spec);
        if (before !== null && (before.cloud.instanceId !== null || wanted.length === 0))
          return viewOf(before, signal);
        const document = before ?? (await documentOf(spec, [], emptyCloudState));
        if (wanted.length === 0) return viewOf(document, signal);
        for (const image of wanted) {
          note(spec.name, initialTag, image);
          await images.receive(known(spec.name), initialTag, image, signal, () => undefined);
          await images.make(known(spec.name), initialTag, image.diskId, signal);
        }
        const ids = wanted.map(({ diskId }) => diskId);
        const state = await disks.makeInstance(
          regionFor(document),
          known(spec.name),
          initialTag,
          ids,
          signal,
        );
        store.saveInstance({
          ...known(spec.name),
          disks: describedDisks(known(spec.name), initialTag, ids),
          cloud: state,
        });
        // The instance has its disks: what they were made of only costs.
        await images.discard(known(spec.name), initialTag, signal);
        return viewOf(known(spec.name), signal);
      }),

    adopt: (spec, instanceId, signal) =>
      attempt(async () => {
        const before = sameOrNew(spec);
        if (before !== null) return viewOf(before, signal);
        const taken = store.instances().find((each) => each.cloud?.instanceId === instanceId);
        if (taken !== undefined) {
          const why = told({ kind: "instance-here-already", id: instanceId, name: taken.spec.name });
          throw new FailureError(fail("already-exists", why, { instance: taken.spec.name }).failure);
        }
        if (spec.cloud === null) throw new TypeError("not an instance of a cloud");
        const { account, region, network } = spec.cloud.place;
        const { ecs } = unwrap(cloud.connections.region(account, region, network.type));
        const found = unwrap(await ecs.disks(signal, { InstanceId: instanceId }));
        const system = found.find(({ Type }) => Type === "system");
        if (system === undefined) {
          const why = told({ kind: "no-instance-with-disk", id: instanceId, region });
          throw new FailureError(fail("not-found", why, { instanceId, region }).failure);
        }
        const data = found.filter(({ Type }) => Type === "data").map(({ DiskId }) => DiskId);
        const own = [system, ...found.filter(({ Type }) => Type === "data")].map(({ Size }, index) => ({
          file: `disk-${initialTag}-${index}`,
          base: null,
          tag: initialTag,
          sizeBytes: Size * 1024 ** 3,
        }));
        const state = { ...emptyCloudState, instanceId, isAdopted: true, system: system.DiskId, data };
        return viewOf(await documentOf(spec, own, state), signal);
      }),

    find: (name) => attempt(async () => viewOf(known(name), never)),

    async list() {
      const views: InstanceView[] = [];
      for (const { spec } of store.instances().filter(({ cloud: state }) => state !== null)) {
        const view = await attempt(async () => viewOf(known(spec.name), never));
        // One account that cannot be asked must not hide all others.
        if (view.ok) views.push(view.value);
        else views.push(unreachable(known(spec.name)));
      }
      return ok(views);
    },

    start: (name, signal) =>
      attempt(() =>
        become(
          name,
          "Running",
          ({ ecs }, InstanceId) => ecs.act("StartInstance", { InstanceId }, signal),
          signal,
        ),
      ),

    stop: (name, graceSeconds, signal) =>
      attempt(async () => {
        const stopWith =
          (force: boolean) =>
          async ({ ecs }: CloudRegion, InstanceId: string) =>
            ecs.act("StopInstance", { InstanceId, ForceStop: force, StoppedMode: "KeepCharging" }, signal);
        const until = AbortSignal.timeout(graceSeconds * 1000);
        if (graceSeconds > 0) {
          const patience = AbortSignal.any([signal, until]);
          const gently = await attempt(() => become(name, "Stopped", stopWith(false), patience));
          if (gently.ok) return;
          if (!until.aborted) throw new FailureError(gently.failure);
        }
        await become(name, "Stopped", stopWith(true), signal);
      }),

    watch: (name, timeoutSeconds, signal, onNote) =>
      attempt(async () => {
        const document = known(name);
        const consoleLogPath = join(document.folder, instanceFiles.console);
        const { instanceId } = document.cloud;
        if (instanceId === null) throw refuse(told({ kind: "not-made-yet", name }), name);
        const watched = await watchCloudInstance({
          name,
          instanceId,
          region: regionFor(document),
          timing: cloud.timing,
          timeoutSeconds,
          signal,
          onNote,
          consoleLogPath,
          picturePath: join(document.folder, instanceFiles.picture),
        });
        return { evidence: unwrap(watched), consoleLogPath };
      }),

    keepEvidence: (name, keeper) =>
      attempt(async () => {
        const [from, to] = [filesOf(name), filesOf(keeper)];
        return {
          consoleLogPath: await to.copyFrom(from, instanceFiles.console, "drill-console.log"),
          screenPath: await to.copyFrom(from, instanceFiles.picture, "drill-screen.jpg"),
        };
      }),

    attachTemporaryDisk: (name, tag, image) =>
      attempt(async () => {
        note(name, tag, image);
        images.plan(known(name), tag, image);
      }),
    receive: (name, tag, image, signal, onProgress) =>
      attempt(() => images.receive(known(name), tag, image, signal, onProgress)),
    // An object in OSS never changes once its upload is complete.
    snapshot: (name) =>
      attempt(async () => {
        known(name);
      }),
    makeImage: (name, tag, diskId) => attempt(() => images.make(known(name), tag, diskId, never)),

    replaceDisks: (name, tag, diskIds) =>
      whileStopped(name, async (document) => {
        if (document.kept !== null && !document.disks.every((disk) => disk.tag === tag))
          throw refuse(
            told({ kind: "keeps-earlier-disks", instance: name }),
            name,
            told({ kind: "finalise-or-roll-back" }),
          );
        if (document.kept !== null && !document.cloud.isChanging) return;
        await disks.replace(regionFor(document), document, tag, diskIds, never);
      }),
    rollBack: (name, tag) =>
      whileStopped(name, async (document) => {
        if (document.kept === null || !document.disks.every((disk) => disk.tag === tag)) return;
        await disks.putBack(regionFor(document), document, tag, never);
      }),
    finalise: (name) =>
      attempt(async () => {
        const { kept, cloud: state, ...rest } = known(name);
        if (kept === null && state.givenUp.length === 0) return;
        // The record first: of disks that are gone it would be damage. It says what is to go, for whoever comes after a crash.
        const givenUp = [...state.givenUp, ...(state.back?.data ?? [])];
        const given: CloudDocument = { ...rest, kept: null, cloud: { ...state, back: null, givenUp } };
        store.saveInstance(given);
        await disks.removeGivenUp(given, never);
        store.saveInstance({ ...given, cloud: { ...given.cloud, givenUp: [] } });
      }),
    discard: (name, tag) =>
      attempt(async () => {
        const found = store.instance(name);
        if (!found.ok) return;
        const document = known(name);
        const isKept = document.kept !== null && document.disks.every((disk) => disk.tag === tag);
        await images.discard(document, tag, never);
        await disks.discard(document, tag, isKept, never);
        const sources = document.cloud.sources.filter((source) => source.tag !== tag);
        store.saveInstance({ ...document, cloud: { ...document.cloud, sources } });
      }),
    remove: (name) =>
      attempt(async () => {
        const found = store.instance(name);
        const state = found.ok ? found.value.cloud : null;
        // What an instance that is not ours has got is its own from now on.
        const given = new Set(state?.isAdopted === true ? state.data : []);
        for (const resource of cloud.store.resources(instanceOwner(name)).toSorted(instancesFirst)) {
          if (resource.id !== null && given.has(resource.id)) cloud.store.forget(resource.token);
          else unwrap(await removeThing(resource, cloud, never));
        }
        unwrap(await filesOf(name).remove(() => true));
        store.forgetInstance(name);
      }),
  };

  function unreachable({
    spec,
    disks: own,
    kept,
    folder,
    createdAt,
    cloud: state,
  }: CloudDocument): InstanceView {
    return {
      spec,
      power: "stopped",
      pid: null,
      accelerator: null,
      disks: own,
      keptDisks: kept,
      folder,
      createdAt,
      consoleLogPath: join(folder, instanceFiles.console),
      serialSocketPath: "",
      cloudInstanceId: state.instanceId,
    };
  }
}

/** Disks and groups can go only when the instance that has them is gone. */
function instancesFirst(a: { readonly kind: string }, b: { readonly kind: string }): number {
  const rank = ({ kind }: { readonly kind: string }): number =>
    kind === "instance" ? 0 : kind === "image" ? 1 : 2;
  return rank(a) - rank(b);
}
