/** The local instance target: virtual machines on the assistant's own machine, one folder each. */
import { told } from "../../common/domain/report-text/told.ts";
import { randomUUID } from "node:crypto";
import { chmod, copyFile, link, rename } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceDisk, InstanceSpec, InstanceView } from "../../common/domain/instance.ts";
import { attempt, fail, FailureError, ok, unwrap, type Result } from "../../common/result.ts";
import { syncDirectoryOf, syncFile } from "../../intermediate/durable-file.ts";
import { imageNode } from "../../intermediate/qemu/image-file.ts";
import { overlaySizeBytes } from "../../intermediate/qemu/overlay.ts";
import { runQemuImg } from "../../intermediate/qemu/qemu-img.ts";
import type { CutoverStore, InstanceDocument } from "../store/cutover-store.ts";
import type { DiskImage, InstanceTarget } from "../targets/contract.ts";
import { findUefiFirmware } from "../../intermediate/qemu/uefi-firmware.ts";
import { exists, InstanceFiles } from "./instance-files.ts";
import { instanceFiles, type PowerDriver } from "./power.ts";
import { consoleBytes, watchInstance } from "./watch-instance.ts";

export interface LocalInstanceOptions {
  readonly store: CutoverStore;
  /** Folder that holds a folder for each instance. */
  readonly directory: string;
  readonly drivers: Readonly<Record<Exclude<InstanceSpec["driver"], "alibaba-cloud">, PowerDriver>>;
  readonly clock: () => number;
}

const initialTag = "initial";

/** Names of what a drill or cutover makes of one disk. */
const names = {
  temporary: (tag: string, diskId: number) => `temporary-${tag}-${diskId}.qcow2`,
  snapshot: (tag: string, diskId: number) => `snapshot-${tag}-${diskId}.qcow2`,
  image: (tag: string, diskId: number) => `image-${tag}-${diskId}.qcow2`,
  disk: (tag: string, diskId: number) => `disk-${tag}-${diskId}.qcow2`,
} as const;

export function createLocalInstances(options: LocalInstanceOptions): InstanceTarget {
  const { store } = options;
  const filesOf = (name: string): InstanceFiles =>
    new InstanceFiles(store, name, join(options.directory, name));
  const driverOf = ({ spec }: InstanceDocument): PowerDriver => {
    if (spec.driver === "alibaba-cloud") throw new TypeError(`${spec.name} is not on this machine`);
    return options.drivers[spec.driver];
  };
  /** Where the console log began at the last start by this process. */
  const consoleFrom = new Map<string, number>();

  const viewOf = async (instance: InstanceDocument): Promise<InstanceView> => {
    const { power, pid } = unwrap(await driverOf(instance).state(instance));
    const { spec, disks, kept, folder, createdAt } = instance;
    return {
      spec,
      power,
      pid,
      disks,
      folder,
      createdAt,
      keptDisks: kept,
      accelerator: power === "running" ? instance.accelerator : null,
      consoleLogPath: join(folder, instanceFiles.console),
      serialSocketPath: join(folder, instanceFiles.serialSocket),
    };
  };

  /** Runs `act` on a stopped instance. */
  const whileStopped = async (
    name: string,
    act: (instance: InstanceDocument) => Promise<void>,
  ): Promise<Result<void>> =>
    attempt(async () => {
      const instance = unwrap(store.instance(name));
      if (unwrap(await driverOf(instance).state(instance)).power === "running") {
        throw new FailureError(
          fail("cutover-state", told({ kind: "instance-runs", name }), { instance: name }).failure,
        );
      }
      await act(instance);
    });

  const inUse = (instance: InstanceDocument): ReadonlySet<string> =>
    new Set(
      [...instance.disks, ...(instance.kept ?? [])].flatMap(({ file, base }) =>
        base === null ? [file] : [file, base],
      ),
    );

  return {
    provision: (spec, disks, signal) =>
      attempt(async () => {
        const known = store.instance(spec.name);
        if (known.ok) {
          if (JSON.stringify(known.value.spec) === JSON.stringify(spec)) return viewOf(known.value);
          throw new FailureError(
            fail("already-exists", told({ kind: "instance-exists", name: spec.name }), {
              instance: spec.name,
            }).failure,
          );
        }
        const files = filesOf(spec.name);
        await files.makeFolder();
        for (const file of Object.values(instanceFiles)) await files.claim(file, "instance");
        if (spec.firmware === "uefi") {
          const { variablesTemplatePath } = unwrap(findUefiFirmware());
          await copyFile(variablesTemplatePath, files.path(instanceFiles.firmwareVariables));
        }
        const made: InstanceDisk[] = [];
        for (const image of disks) {
          const file = names.disk(initialTag, image.diskId);
          await copyImage(image, await files.claim(file, initialTag), signal);
          made.push({ file, base: null, tag: initialTag, sizeBytes: image.sizeBytes });
        }
        const document: InstanceDocument = {
          spec,
          disks: made,
          kept: null,
          accelerator: null,
          uuid: randomUUID(),
          folder: files.folder,
          createdAt: new Date(options.clock()).toISOString(),
          cloud: null,
        };
        store.saveInstance(document);
        return viewOf(document);
      }),

    find: (name) => attempt(async () => viewOf(unwrap(store.instance(name)))),

    list: () => {
      const here = store.instances().filter(({ cloud }) => cloud === null);
      return attempt(() => Promise.all(here.map(viewOf)));
    },

    async start(name, signal) {
      const instance = store.instance(name);
      if (!instance.ok) return instance;
      const driver = driverOf(instance.value);
      const state = await driver.state(instance.value);
      if (!state.ok) return state;
      if (state.value.power === "running") return ok();
      consoleFrom.set(name, await consoleBytes(instance.value));
      const started = await driver.start(instance.value, signal);
      if (!started.ok) return started;
      store.saveInstance({ ...instance.value, accelerator: started.value });
      return ok();
    },

    async stop(name, graceSeconds, signal) {
      const instance = store.instance(name);
      return instance.ok ? driverOf(instance.value).stop(instance.value, graceSeconds, signal) : instance;
    },

    async watch(name, timeoutSeconds, signal, onNote) {
      const instance = store.instance(name);
      if (!instance.ok) return instance;
      const evidence = await watchInstance({
        instance: instance.value,
        power: driverOf(instance.value),
        timeoutSeconds,
        signal,
        onNote,
        consoleFrom: consoleFrom.get(name) ?? 0,
      });
      const consoleLogPath = join(instance.value.folder, instanceFiles.console);
      return evidence.ok ? ok({ evidence: evidence.value, consoleLogPath }) : evidence;
    },

    keepEvidence: (name, keeper) =>
      attempt(async () => {
        const from = filesOf(name);
        const to = filesOf(keeper);
        unwrap(store.instance(keeper));
        return {
          consoleLogPath: await to.copyFrom(from, instanceFiles.console, "drill-console.log"),
          screenPath: await to.copyFrom(from, instanceFiles.picture, "drill-screen.png"),
        };
      }),

    attachTemporaryDisk: (name, tag, image) =>
      attempt(async () => {
        unwrap(store.instance(name));
        await filesOf(name).claim(names.temporary(tag, image.diskId), tag);
      }),

    receive: (name, tag, image, signal, onProgress) =>
      attempt(async () => {
        unwrap(store.instance(name));
        const path = filesOf(name).path(names.temporary(tag, image.diskId));
        // A frozen one is complete; what an interrupted try left is written anew.
        if (await exists(filesOf(name).path(names.snapshot(tag, image.diskId)))) return;
        await copyImage(image, path, signal, (share) =>
          onProgress(Math.floor(share * image.sizeBytes), image.sizeBytes),
        );
      }),

    snapshot: (name, tag, diskId) =>
      attempt(async () => {
        const files = filesOf(name);
        const path = await files.claim(names.snapshot(tag, diskId), tag);
        await linkOnce(files.path(names.temporary(tag, diskId)), path);
        await chmod(path, 0o400);
      }),

    makeImage: (name, tag, diskId) =>
      attempt(async () => {
        const files = filesOf(name);
        const path = await files.claim(names.image(tag, diskId), tag);
        await linkOnce(files.path(names.snapshot(tag, diskId)), path);
      }),

    replaceDisks: (name, tag, diskIds) =>
      whileStopped(name, async (instance) => {
        if (instance.kept !== null) {
          if (instance.disks.every((disk) => disk.tag === tag)) return;
          throw new FailureError(
            fail(
              "cutover-state",
              told({ kind: "keeps-earlier-disks", instance: name }),
              { instance: name },
              told({ kind: "finalise-or-roll-back" }),
            ).failure,
          );
        }
        const files = filesOf(name);
        const disks: InstanceDisk[] = [];
        for (const diskId of diskIds) {
          const [file, base] = [names.disk(tag, diskId), names.image(tag, diskId)];
          const path = await files.claim(file, tag);
          const prepared = await files.claim(`${file}.new`, tag);
          // The base is named without its folder: the instance's folder may be moved as a whole.
          const create = ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, prepared];
          unwrap(await runQemuImg(create, { signal: new AbortController().signal }));
          await syncFile(prepared);
          await rename(prepared, path);
          const sizeBytes = await overlaySizeBytes(path);
          if (sizeBytes === null) throw new TypeError(`qemu-img made no overlay of ${path}`);
          disks.push({ file, base, tag, sizeBytes });
        }
        // The record names these files, also after a power cut.
        await syncDirectoryOf(files.path("any"));
        store.saveInstance({ ...instance, disks, kept: instance.disks });
      }),

    rollBack: (name, tag) =>
      whileStopped(name, async (instance) => {
        if (instance.kept === null || !instance.disks.every((disk) => disk.tag === tag)) return;
        store.saveInstance({ ...instance, disks: instance.kept, kept: null });
      }),

    finalise: (name) =>
      attempt(async () => {
        const instance = unwrap(store.instance(name));
        if (instance.kept === null) return;
        const present = inUse({ ...instance, kept: null });
        const given = new Set([...inUse(instance)].filter((file) => !present.has(file)));
        const files = filesOf(name);
        // The record first: files that nobody refers to are found in the ledger, a record of missing files is damage.
        store.saveInstance({ ...instance, kept: null });
        unwrap(await files.remove(({ path }) => [...given].some((file) => path === files.path(file))));
      }),

    discard: (name, tag) =>
      attempt(async () => {
        const instance = store.instance(name);
        if (!instance.ok) return;
        const used = inUse(instance.value);
        const files = filesOf(name);
        unwrap(
          await files.remove(
            (entry) => entry.tag === tag && ![...used].some((file) => entry.path === files.path(file)),
          ),
        );
      }),

    remove: (name) =>
      attempt(async () => {
        const instance = store.instance(name);
        if (instance.ok) {
          const driver = driverOf(instance.value);
          unwrap(await driver.stop(instance.value, 0, new AbortController().signal));
          unwrap(await driver.forget(instance.value));
        }
        unwrap(await filesOf(name).remove(() => true));
        store.forgetInstance(name);
      }),
  };
}

/** Into a fresh qcow2 of its own at `path`. */
async function copyImage(
  image: DiskImage,
  path: string,
  signal: AbortSignal,
  onShare?: (share: number) => void,
): Promise<void> {
  const source = `json:${JSON.stringify(unwrap(await imageNode(image.path, image.format)))}`;
  const convert = ["convert", "-p", "-W", "-O", "qcow2", source, path];
  unwrap(await runQemuImg(convert, { signal, ...(onShare === undefined ? {} : { onProgress: onShare }) }));
  // A cutover goes on from its last step after a power cut: what that step says is there must be.
  await syncFile(path);
}

/** A second name for a file; fine where it has it already. */
async function linkOnce(from: string, to: string): Promise<void> {
  if (!(await exists(to))) await link(from, to);
  await syncDirectoryOf(to);
}
