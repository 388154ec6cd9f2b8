/** What main/targets/contract.ts promises of every target that runs instances. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instanceSpecSchema, type InstanceSpec } from "../../common/domain/instance.ts";
import { unwrap } from "../../common/result.ts";
import { createCutoverServices } from "../../main/cutover-services.ts";
import { openDatabase } from "../../main/store/database.ts";
import type { DiskImage, InstanceTarget } from "../../main/targets/contract.ts";
import { createCloudSurroundings } from "../../main/cloud-services.ts";
import { bucket, memoryVault, openCloudBench, region } from "../support/alibaba-cloud/cloud-bench.ts";
import { makeBootDisk } from "../support/cutover/boot-sector.ts";

interface Bench {
  readonly target: InstanceTarget;
  /** Everything the target has made and still has, in a form that can be compared. */
  left(): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface Candidate {
  readonly name: string;
  readonly driver: InstanceSpec["driver"];
  open(folder: string): Promise<Bench>;
}

const local = (name: string, driver: InstanceSpec["driver"]): Candidate => ({
  name,
  driver,
  open(folder) {
    const stateDirectory = join(folder, "state");
    const database = unwrap(openDatabase(stateDirectory));
    const listener = { onNote: () => undefined };
    const cloud = createCloudSurroundings(database, memoryVault(), "installation", Date.now);
    const options = { database, stateDirectory, clock: Date.now, listener, cloud };
    const { target, store } = createCutoverServices(options);
    return Promise.resolve({
      target,
      left: () => Promise.resolve(store.files(null).map(({ path }) => path)),
      async close() {
        for (const { spec: known } of unwrap(await target.list())) await target.remove(known.name);
        database.close();
      },
    });
  },
});

/** The stand-in's machines say on their serial console what the boot sector of their system disk would. */
const cloud: Candidate = {
  name: "instances in Alibaba Cloud, as a stand-in has them",
  driver: "alibaba-cloud",
  async open(folder) {
    const stateDirectory = join(folder, "state");
    const database = unwrap(openDatabase(stateDirectory));
    const bench = await openCloudBench(database);
    const listener = { onNote: () => undefined };
    const options = { database, stateDirectory, clock: Date.now, listener, cloud: bench.surroundings };
    const { target, store } = createCutoverServices(options);
    return {
      target,
      left: () =>
        Promise.resolve([
          ...store.files(null).map(({ path }) => path),
          ...bench.store.resources().map(({ tag, kind, name, id }) => `${tag} ${kind} ${name} ${id}`),
          ...bench.standIn.ecs.images.keys(),
          ...bench.standIn.ecs.snapshots.keys(),
        ]),
      async close() {
        database.close();
        await bench.close();
      },
    };
  },
};

/**
 * Domains where somebody says which libvirt may be used, such as `LIBVIRT_DEFAULT_URI=qemu:///session` (Debian:
 * libvirt-clients, libvirt-daemon, libvirt-daemon-driver-qemu).
 */
const libvirt =
  process.env["LIBVIRT_DEFAULT_URI"] === undefined ? [] : [local("domains of libvirt", "libvirt")];

const specOf = ({ driver }: Candidate): InstanceSpec => {
  const making = { instanceType: "ecs.g7.large", vSwitchId: "vsw-test1", securityGroupId: "sg-test1" };
  const inCloud = { cloud: { place: { account: "test", region, bucket }, making } };
  const machine = { name: "server", driver, memoryMiB: 32, accelerator: "tcg", network: "none" };
  return instanceSpecSchema.parse({ ...machine, ...(driver === "alibaba-cloud" ? inCloud : {}) });
};
const signal = new AbortController().signal;
const tag = "job000000001-1";
const refusal = { ok: false, failure: { code: "cutover-state" } };

let folder = "";
let bench: Bench;
let target: InstanceTarget;
const image = (name: string, diskId = 0): DiskImage => ({
  diskId,
  path: join(folder, `${name}.raw`),
  format: "raw",
  sizeBytes: 1_048_576,
});

/** Every call twice, as after a crash between the act and the record of it. */
async function prepareTwice(images: readonly DiskImage[], as = tag): Promise<void> {
  for (const each of images) {
    for (let times = 0; times < 2; times += 1) {
      unwrap(await target.attachTemporaryDisk("server", as, each));
      unwrap(await target.receive("server", as, each, signal, () => undefined));
    }
    for (let times = 0; times < 2; times += 1) unwrap(await target.snapshot("server", as, each.diskId));
    for (let times = 0; times < 2; times += 1) unwrap(await target.makeImage("server", as, each.diskId));
  }
}

const runs = async (): Promise<string> => {
  unwrap(await target.start("server", signal));
  const { evidence } = unwrap(await target.watch("server", 120, signal, () => undefined));
  return evidence.what;
};

describe.each([local("instances on this machine", "qemu"), cloud, ...libvirt])("$name", (candidate) => {
  const spec = specOf(candidate);
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sma-target-"));
    for (const name of ["old", "new", "data"]) makeBootDisk(join(folder, `${name}.raw`), name);
    bench = await candidate.open(folder);
    target = bench.target;
    unwrap(await target.provision(spec, [image("old")], signal));
  });
  afterEach(async () => {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("makes an instance once, however often it is asked, and refuses another of its name", async () => {
    const first = unwrap(await target.find("server"));
    expect(unwrap(await target.provision(spec, [image("old")], signal))).toEqual(first);
    expect(await target.provision({ ...spec, memoryMiB: 64 }, [], signal)).toMatchObject({
      ok: false,
      failure: { code: "already-exists" },
    });
    expect(unwrap(await target.list()).length).toBe(1);
  });

  it("knows nothing of an instance that was never made", async () => {
    const missing = { ok: false, failure: { code: "not-found" } };
    expect(await target.find("nobody")).toMatchObject(missing);
    expect(await target.start("nobody", signal)).toMatchObject(missing);
    expect(await target.remove("nobody")).toMatchObject({ ok: true });
  });

  it("leaves the instance alone until its disks are replaced, then boots the new and keeps the old", async () => {
    const before = unwrap(await target.find("server"));
    await prepareTwice([image("new"), image("data", 1)]);
    expect(unwrap(await target.find("server"))).toEqual(before);
    for (let times = 0; times < 2; times += 1) unwrap(await target.replaceDisks("server", tag, [0, 1]));
    const after = unwrap(await target.find("server"));
    expect(after.disks.length).toBe(2);
    expect(after.keptDisks).toEqual(before.disks);
    expect(await runs()).toContain("new login:");
  });

  it("does not change the disks of an instance that runs", async () => {
    await prepareTwice([image("new")]);
    expect(await runs()).toContain("old login:");
    expect(await target.replaceDisks("server", tag, [0])).toMatchObject(refusal);
    unwrap(await target.stop("server", 0, signal));
    unwrap(await target.stop("server", 0, signal));
    unwrap(await target.replaceDisks("server", tag, [0]));
  });

  it("rolls back to exactly the old disks and leaves nothing of the attempt", async () => {
    const before = unwrap(await target.find("server"));
    const had = await bench.left();
    await prepareTwice([image("new")]);
    unwrap(await target.replaceDisks("server", tag, [0]));
    for (let times = 0; times < 2; times += 1) unwrap(await target.rollBack("server", tag));
    for (let times = 0; times < 2; times += 1) unwrap(await target.discard("server", tag));
    expect(unwrap(await target.find("server"))).toEqual(before);
    expect(await bench.left()).toEqual(had);
    expect(await runs()).toContain("old login:");
  });

  it("does not let one attempt undo, discard or replace another's disks", async () => {
    const other = "job000000002-1";
    await prepareTwice([image("new")]);
    await prepareTwice([image("data")], other);
    unwrap(await target.replaceDisks("server", tag, [0]));
    const cut = unwrap(await target.find("server"));
    expect(await target.replaceDisks("server", other, [0])).toMatchObject(refusal);
    unwrap(await target.rollBack("server", other));
    unwrap(await target.discard("server", other));
    unwrap(await target.discard("server", tag));
    expect(unwrap(await target.find("server"))).toEqual(cut);
    expect(await runs()).toContain("new login:");
  });

  it("gives the old disks up when it is finalised, and only then", async () => {
    await prepareTwice([image("new")]);
    unwrap(await target.replaceDisks("server", tag, [0]));
    unwrap(await target.discard("server", tag));
    expect(unwrap(await target.find("server")).keptDisks?.length).toBe(1);
    for (let times = 0; times < 2; times += 1) unwrap(await target.finalise("server"));
    expect(unwrap(await target.find("server")).keptDisks).toBeNull();
    expect(await runs()).toContain("new login:");
    // Nothing to go back to any more.
    unwrap(await target.stop("server", 0, signal));
    const final = unwrap(await target.find("server"));
    unwrap(await target.rollBack("server", tag));
    expect(unwrap(await target.find("server"))).toEqual(final);
  });

  it("goes with everything that was made for it", async () => {
    await prepareTwice([image("new")]);
    unwrap(await target.replaceDisks("server", tag, [0]));
    await runs();
    for (let times = 0; times < 2; times += 1) unwrap(await target.remove("server"));
    expect(await bench.left()).toEqual([]);
    expect(unwrap(await target.list())).toEqual([]);
  });
});
