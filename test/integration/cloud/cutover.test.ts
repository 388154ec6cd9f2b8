/** A cutover to an instance that was there before, in the cloud: its disks byte for byte, and the way back. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { addCloudInstance, isOwnerNeeded } from "../../../main/cloud-instance-registrar.ts";
import { createCutoverServices, type CutoverServices } from "../../../main/cutover-services.ts";
import { findOrphans } from "../../../main/doctor/orphans.ts";
import { openDatabase } from "../../../main/store/database.ts";
import { JobStore } from "../../../main/store/job-store.ts";
import { removeThing } from "../../../main/targets/alibaba-cloud/cloud-things.ts";
import type { DiskImage } from "../../../main/targets/contract.ts";
import type { StandInInstance } from "../../support/alibaba-cloud/ecs-resources.ts";
import { bucket, openCloudBench, region, type CloudBench } from "../../support/alibaba-cloud/cloud-bench.ts";
import { makeBootDisk } from "../../support/cutover/boot-sector.ts";
import { jobId, prepareJob } from "../../support/cutover/prepared-job.ts";

const never = new AbortController().signal;
let folder = "";
let bench: CloudBench;
let services: CutoverServices;
let jobs: JobStore;
let machine: StandInInstance;
let images: DiskImage[];
let close: () => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sma-cloud-cutover-"));
  for (const name of ["old", "old-data", "new", "data"]) makeBootDisk(join(folder, `${name}.raw`), name);
  const stateDirectory = join(folder, "state");
  prepareJob(stateDirectory, [join(folder, "new.raw")]);
  const database = unwrap(openDatabase(stateDirectory));
  bench = await openCloudBench(database);
  const listener = { onNote: () => undefined };
  services = createCutoverServices({
    database,
    stateDirectory,
    clock: Date.now,
    listener,
    cloud: bench.surroundings,
  });
  jobs = new JobStore(database, Date.now, () => true);
  close = () => database.close();
  machine = bench.standIn.ecs.addInstance("web", contentOf("old"), [contentOf("old-data")]);
  images = ["new", "data"].map((name, diskId) => ({
    diskId,
    path: join(folder, `${name}.raw`),
    format: "raw",
    sizeBytes: 1_048_576,
  }));
  unwrap(await add("web"));
});
afterEach(async () => {
  close();
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

const contentOf = (name: string): Buffer => readFileSync(join(folder, `${name}.raw`));
const add = (name: string) => {
  const place = { account: "test", region, bucket, network: { type: "internet" } } as const;
  const from = { kind: "existing", instanceId: machine.id } as const;
  return addCloudInstance(
    { name, place, firmware: "bios", from },
    services.cloudInstances,
    bench.surroundings,
    never,
  );
};
const order = () => ({
  jobId,
  instance: "web",
  timeoutSeconds: 60,
  graceSeconds: 60,
  signal: never,
  system: { images, firmware: "bios" as const, copiedAt: new Date(0).toISOString() },
});
/** Names of the disks that the machine has, by their content. */
const disksNow = (): string[] =>
  bench.standIn.ecs.disksOf(machine.id).map(({ content }) => {
    const known = ["old", "old-data", "new", "data"].find((name) => contentOf(name).equals(content));
    return known ?? "something else";
  });
const start = (withoutDrill = true) => services.runner.start({ ...order(), withoutDrill, isOlder: false });

describe("an instance that was there before", () => {
  it("is drilled, cut over, rolled back, cut over again and finalised, its disks byte for byte", async () => {
    const { ecs } = bench.standIn;
    const before = new Set(ecs.instances.keys());
    unwrap(await services.runner.drill(order()));
    expect(disksNow()).toEqual(["old", "old-data"]);
    expect(new Set(ecs.instances.keys())).toEqual(before);
    expect([...ecs.groups.keys()]).toEqual(["sg-test1"]);
    unwrap(await start(false));
    expect(disksNow()).toEqual(["new", "data"]);
    expect(ecs.instances.get(machine.id)?.status).toBe("Running");
    unwrap(await services.runner.rollBack(jobId));
    expect(disksNow()).toEqual(["old", "old-data"]);
    unwrap(await start());
    unwrap(await services.runner.finalise(jobId));
    expect(disksNow()).toEqual(["new", "data"]);
    // The admin's own old data disk stays, detached; what we made to keep the old system disk is gone.
    expect([...ecs.disks.values()].filter(({ instance }) => instance === "").length).toBe(1);
    expect(ecs.images.size).toBe(0);
    expect(ecs.snapshots.size).toBe(0);
    expect(bench.store.resources().map(({ kind }) => kind)).toEqual(["disk"]);
    unwrap(await services.target.remove("web"));
    expect(ecs.instances.has(machine.id)).toBe(true);
  });

  it("is drilled behind a group that lets nothing out", async () => {
    const { ecs } = bench.standIn;
    unwrap(await services.runner.drill(order()));
    expect(ecs.egressRules).toEqual(["drop 0.0.0.0/0", "drop ::/0"]);
  });

  it.each([
    "ecs:CreateSnapshot",
    "ecs:CreateImage",
    "ecs:ReplaceSystemDisk",
    "ecs:DetachDisk",
    "ecs:CreateDisk",
    "ecs:AttachDisk",
    "ecs:StartInstance",
  ])("has its old disks again when %s is refused", async (action) => {
    bench.standIn.faults.push({
      action,
      times: 1,
      reply: { kind: "refuse", status: 403, code: "Forbidden.RAM" },
    });
    expect((await start()).ok).toBe(false);
    expect(disksNow()).toEqual(["old", "old-data"]);
    expect(services.store.cutover(jobId).state.name).toBe("ready");
    expect(bench.standIn.ecs.images.size).toBe(0);
    expect(bench.store.resources()).toEqual([]);
  });

  it("loses the data disks of an earlier cutover although its finalise was cut off", async () => {
    const { target } = services;
    const { ecs } = bench.standIn;
    unwrap(await target.stop("web", 0, never));
    const exchange = async (tag: string) => {
      for (const image of images) {
        unwrap(await target.attachTemporaryDisk("web", tag, image));
        unwrap(await target.receive("web", tag, image, never, () => undefined));
        unwrap(await target.makeImage("web", tag, image.diskId));
      }
      unwrap(await target.replaceDisks("web", tag, [0, 1]));
    };
    const finalise = async (tag: string) => {
      unwrap(await target.finalise("web"));
      unwrap(await target.discard("web", tag));
    };
    await exchange("first-1");
    await finalise("first-1");
    await exchange("second-1");
    const refusal = { kind: "refuse", status: 403, code: "Forbidden.RAM" } as const;
    bench.standIn.faults.push({ action: "ecs:DeleteDisk", times: 1, reply: refusal });
    expect((await target.finalise("web")).ok).toBe(false);
    await finalise("second-1");
    expect(disksNow()).toEqual(["new", "data"]);
    // Detached is the admin's own of before the first, and nothing else.
    expect([...ecs.disks.values()].filter(({ instance }) => instance === "").length).toBe(1);
    expect(bench.store.resources().map(({ kind, tag }) => `${kind} ${tag}`)).toEqual(["disk second-1"]);
  });

  it("is not taken twice, and its own things are none of the ledger's", async () => {
    expect(await add("other")).toMatchObject({ ok: false, failure: { code: "already-exists" } });
    for (const resource of bench.store.resources())
      unwrap(await removeThing(resource, bench.surroundings, never));
    expect(disksNow()).toEqual(["old", "old-data"]);
  });
});

it("lists what is left in the cloud, and what only looks like it", async () => {
  const { target } = services;
  unwrap(await target.attachTemporaryDisk("web", `${jobId}-7`, images[0] as DiskImage));
  unwrap(await target.receive("web", `${jobId}-7`, images[0] as DiskImage, never, () => undefined));
  const tags = {
    "sma-installation": "installation-1",
    "sma-owner": "instance:web",
    "sma-token": "f".repeat(32),
  };
  bench.standIn.ecs.groups.set("sg-strange", { name: "strange", vpc: "vpc-test1", tags });
  const report = (isGone: boolean) =>
    findOrphans({
      jobs,
      cutovers: services.store,
      instancesDirectory: join(folder, "state", "instances"),
      cloud: bench.surroundings,
      signal: never,
      sourceName: () => "web",
      isOwnerNeeded: (owner) => !isGone && isOwnerNeeded(owner, jobs, services.store),
    });
  const strange = (await report(false)).orphans.filter(({ place }) => place.includes(region));
  expect(strange).toMatchObject([
    { kind: "security-group", locator: "sg-strange", isLedgered: false, removedBy: null },
  ]);
  const gone = (await report(true)).orphans.filter(
    ({ isLedgered, place }) => isLedgered && place.includes(region),
  );
  expect(gone).toMatchObject([{ kind: "oss-object", removedBy: "sma cloud clean" }]);
  bench.standIn.keys.clear();
  expect((await report(true)).notLooked.map(({ place }) => place)).toContain(`test in ${region}`);
});
