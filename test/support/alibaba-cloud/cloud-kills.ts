/**
 * kill -9 at every write to the cloud: an engine in its own process is killed when the stand-in has heard a request
 * that changes something, when it has carried it out and not answered, and at the next request after its answer. Then
 * the act is repeated, as an admin resumes it, and what is in the cloud must be what an act without a kill leaves:
 * nothing twice, nothing left over, nothing of anybody else's changed.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unwrap } from "../../../common/result.ts";
import { addCloudInstance } from "../../../main/cloud-instance-registrar.ts";
import { openDatabase } from "../../../main/store/database.ts";
import { makeBootDisk } from "../cutover/boot-sector.ts";
import { prepareJob } from "../cutover/prepared-job.ts";
import { projectDirectory } from "../run-sma.ts";
import { carryOut, cloudActs, diskNames, servicesAt, type ActPlace, type CloudAct } from "./cloud-acts.ts";
import { bucket, openCloudBench, region, type CloudBench } from "./cloud-bench.ts";

/** What the act is about: an instance that was there before, or one that is made by its first cutover. */
export type KillPlace = "there before" | "to be made";
const moments = ["heard", "done", "answered"] as const;

export interface CloudKill {
  readonly place: KillPlace;
  readonly act: CloudAct;
  /** Which of the act's writes, from 1, and what it is. */
  readonly write: number;
  readonly request: string;
  readonly moment: (typeof moments)[number];
}

export const describeCloudKill = ({ place, act, write, request, moment }: CloudKill): string =>
  `${act}, instance ${place}: write ${write}, ${request}, ${
    { heard: "before it is carried out", done: "before it is answered", answered: "after its answer" }[moment]
  }`;

/** What must have happened before an act. */
const before: Readonly<Record<CloudAct, readonly CloudAct[]>> = {
  deliver: [],
  clear: ["deliver"],
  drill: [],
  start: [],
  rollback: ["start"],
  finalise: ["start"],
  remove: ["start", "finalise"],
};

const isWrite = (request: string): boolean => !/^\w+:(Describe|Get|List|Head)/.test(request);
const never = new AbortController().signal;
const contents = ["old", "old-data", ...diskNames, "bystander"] as const;

interface Scene extends ActPlace {
  readonly bench: CloudBench;
  close(): Promise<void>;
}

async function openScene(kind: KillPlace): Promise<Scene> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "sma-cloud-kill-"));
  for (const name of contents) makeBootDisk(join(stateDirectory, `${name}.raw`), name);
  prepareJob(stateDirectory, [join(stateDirectory, "new.raw")]);
  const database = unwrap(openDatabase(stateDirectory));
  const bench = await openCloudBench(database);
  const { ecs, oss } = bench.standIn;
  const contentOf = (name: string) => readFileSync(join(stateDirectory, `${name}.raw`));
  // Somebody else's, by names and tags that resemble ours.
  const tags = {
    "sma-installation": "installation-2",
    "sma-owner": "instance:web",
    "sma-token": "0".repeat(32),
  };
  ecs.addInstance("sma-web", contentOf("bystander"), [contentOf("bystander")]);
  ecs.groups.set("sg-theirs", { name: "sma-web", vpc: "vpc-test1", tags });
  ecs.snapshots.set("s-theirs", { id: "s-theirs", content: contentOf("bystander"), tags, looks: 0 });
  oss.buckets.get(bucket)?.objects.set("sma/web/theirs", { content: contentOf("bystander"), meta: {} });
  const scene: Scene = {
    ...{ stateDirectory, database, bench, cloud: bench.surroundings, instance: "web" },
    async close() {
      database.close();
      await bench.close();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
  const place = { account: "test", region, bucket, network: { type: "internet" } } as const;
  const existing = () => ecs.addInstance("web", contentOf("old"), [contentOf("old-data")]).id;
  const from =
    kind === "there before"
      ? ({ kind: "existing", instanceId: existing() } as const)
      : ({
          kind: "new",
          making: {
            instanceType: "ecs.g7.large",
            vSwitchId: "vsw-test1",
            diskCategory: "cloud_essd",
            securityGroupId: "sg-test1",
          },
        } as const);
  const wish = { name: "web", place, firmware: "bios", from } as const;
  unwrap(await addCloudInstance(wish, servicesAt(scene).cloudInstances, bench.surroundings, never));
  return scene;
}

/** All that is in the cloud and in the ledger, without what the cloud numbers. */
function worldOf({ bench, stateDirectory }: Scene): string {
  const { ecs, oss } = bench.standIn;
  const known = contents.map((name) => ({ name, bytes: readFileSync(join(stateDirectory, `${name}.raw`)) }));
  const named = (content: Buffer) => known.find(({ bytes }) => bytes.equals(content))?.name ?? "something";
  const nameOf = (id: string) => ecs.instances.get(id)?.name ?? "nothing";
  const objects = [...(oss.buckets.get(bucket)?.objects.values() ?? [])];
  const there = new Set(
    [ecs.instances, ecs.disks, ecs.images, ecs.snapshots, ecs.groups].flatMap((all) => [...all.keys()]),
  );
  const lines = [
    ...[...ecs.instances.values()].map((each) => `instance ${each.name} ${each.status}`),
    ...[...ecs.disks.values()].map(
      (each) => `${each.type} disk ${named(each.content)} on ${nameOf(each.instance)}`,
    ),
    ...[...ecs.images.values()].map(({ snapshots }) => `image of ${snapshots.length} disks`),
    ...[...ecs.snapshots.values()].map(({ content }) => `snapshot of ${named(content)}`),
    ...[...ecs.groups.values()].map(({ name }) => `group ${name}`),
    ...objects.map(({ content }) => `object ${named(content)}`),
    `${oss.buckets.get(bucket)?.uploads.size} uploads`,
    ...bench.store
      .resources()
      .map(({ kind, name, id }) => `ledger ${kind} ${name} ${there.has(id ?? "") ? "there" : "not there"}`),
  ];
  return lines.toSorted().join("\n");
}

async function prepare(kill: Pick<CloudKill, "place" | "act">): Promise<Scene> {
  const scene = await openScene(kill.place);
  for (const act of before[kill.act]) unwrap(await carryOut(act, scene));
  return scene;
}

export interface UndisturbedAct {
  readonly writes: readonly string[];
  readonly world: string;
}

/** The act without a kill: its writes in order, and what it leaves. */
export async function undisturbed(place: KillPlace, act: CloudAct): Promise<UndisturbedAct> {
  const scene = await prepare({ place, act });
  try {
    const from = scene.bench.standIn.seen.length;
    unwrap(await carryOut(act, scene));
    return { writes: scene.bench.standIn.seen.slice(from).filter(isWrite), world: worldOf(scene) };
  } finally {
    await scene.close();
  }
}

/** Every place where an act can be killed. */
export async function cloudKills(): Promise<{ readonly kill: CloudKill; readonly world: string }[]> {
  const all = [];
  for (const place of ["there before", "to be made"] as const)
    for (const act of cloudActs) {
      // Deliveries know nothing of instances.
      if (place === "to be made" && (act === "deliver" || act === "clear")) continue;
      const { writes, world } = await undisturbed(place, act);
      for (const [index, request] of writes.entries())
        for (const moment of moments)
          all.push({ world, kill: { place, act, request, moment, write: index + 1 } });
    }
  return all;
}

/** What is wrong after the kill and the repetition; empty for nothing. `later`: the cloud has forgotten its tokens. */
export async function runCloudKill(kill: CloudKill, world: string, later: boolean): Promise<string> {
  const scene = await prepare(kill);
  const { standIn } = scene.bench;
  try {
    const child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        join(projectDirectory, "test/support/alibaba-cloud/act-child.ts"),
        ...[scene.stateDirectory, scene.instance, kill.act],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const ended = new Promise<string>((resolve) => {
      let said = "";
      child.stderr.on("data", (part: Buffer) => (said += part.toString()));
      child.once("close", (code, signal) => resolve(signal ?? `ended with ${code}: ${said}`));
    });
    let writes = 0;
    let isDead = false;
    standIn.gate = (request, moment) => {
      if (isDead) return false;
      const wasReached = writes === kill.write;
      if (moment === "heard" && isWrite(request)) writes += 1;
      const isHere =
        kill.moment === "answered"
          ? moment === "heard" && wasReached
          : moment === kill.moment && isWrite(request) && writes === kill.write;
      if (!isHere) return true;
      isDead = true;
      child.kill("SIGKILL");
      return false;
    };
    const how = await ended;
    standIn.gate = null;
    // After the last write nothing more may be asked.
    if (how !== "SIGKILL" && !(kill.moment === "answered" && how.startsWith("ended with 0"))) return how;
    if (later) standIn.ecs.forgetTokens();
    if (how === "SIGKILL") {
      const again = await carryOut(kill.act, scene);
      if (!again.ok) return `repeated: ${again.failure.code}: ${again.failure.message}`;
    }
    const left = worldOf(scene);
    return left === world ? "" : `it leaves\n${left}\ninstead of\n${world}`;
  } finally {
    await scene.close();
  }
}
