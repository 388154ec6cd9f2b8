/** What migrations left behind, found by looking: at the ledgers, and at the places where their things would be. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Orphan } from "../../common/domain/orphan.ts";
import { isUnfinished } from "../../common/domain/job.ts";
import { intermediateOf, placeOf } from "../../common/domain/plan.ts";
import type { CutoverStore } from "../store/cutover-store.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import type { CloudSurroundings } from "../targets/alibaba-cloud/cloud-things.ts";
import { cloudOrphans } from "./cloud-orphans.ts";

export interface OrphanSurroundings {
  readonly jobs: JobStore;
  readonly cutovers: CutoverStore;
  /** Folder that holds a folder for each instance. */
  readonly instancesDirectory: string;
  readonly cloud: CloudSurroundings;
  /** True for owners of the cloud's ledger that are still there. */
  isOwnerNeeded(owner: string): boolean;
  readonly signal: AbortSignal;
  /** Name of a job's source, for people. */
  sourceName(job: Job): string;
}

export interface OrphanReport {
  readonly orphans: Orphan[];
  readonly notLooked: { readonly place: string; readonly reason: string }[];
}

const here = "this machine";

/** Looks and changes nothing. What no ledger of this installation has is listed, and never removed by any command. */
export async function findOrphans(surroundings: OrphanSurroundings): Promise<OrphanReport> {
  const notLooked: OrphanReport["notLooked"] = [];
  const looked = await Promise.all([
    Promise.resolve(jobLeftovers(surroundings)),
    strangeJobFolders(surroundings, notLooked),
    instanceLeftovers(surroundings),
    strangeProcesses(surroundings),
    inClouds(surroundings, notLooked),
  ]);
  return { orphans: looked.flat(), notLooked };
}

function inClouds(
  { cloud, jobs, cutovers, isOwnerNeeded, signal }: OrphanSurroundings,
  notLooked: OrphanReport["notLooked"],
): Promise<Orphan[]> {
  const ofJobs = jobs
    .list()
    .flatMap(({ plan }) => (plan.target.kind === "alibaba-cloud" ? [plan.target.cloud] : []));
  const ofInstances = cutovers.instances().flatMap(({ spec }) => spec.cloud?.place ?? []);
  const places = [...ofJobs, ...ofInstances].map(({ account, region, network }) => ({
    account,
    region,
    network: network.type,
  }));
  return cloudOrphans(cloud, places, isOwnerNeeded, notLooked, signal);
}

/** What a job's ledger has although the job no longer needs it. */
function jobLeftovers({ jobs, sourceName }: OrphanSurroundings): Orphan[] {
  const list = jobs.list();
  return list.flatMap((job) => {
    if (jobs.leases.isHeld(job.id)) return [];
    const isGoing = isUnfinished(job.state);
    return jobs.records.ledger(job.id).flatMap(({ kind, locator, state }): Orphan[] => {
      if (state === "removed") return [];
      const common = { locator, job: job.id, isLedgered: true };
      const removedBy = `sma job cancel ${job.id}`;
      switch (kind) {
        case "agent-directory":
          return [
            {
              ...common,
              kind: "agent",
              place: sourceName(job),
              removedBy,
              why: isGoing
                ? `the job is ${job.state.name}; its agent stays for when it is resumed`
                : "the job is over, but its agent could not be removed",
            },
          ];
        case "intermediate-job":
          // Replica and images of a job that is not being deleted are its result.
          return job.state.name === "deleting"
            ? [{ ...common, kind: "job-folder", place: here, removedBy, why: "its removal was cut short" }]
            : [];
        case "intermediate-daemon":
          return isGoing || list.some((other) => isUnfinished(other.state))
            ? []
            : [{ ...common, kind: "intermediate", place: here, removedBy, why: "no job needs it any more" }];
        default:
          return [];
      }
    });
  });
}

/** Folders of jobs in the targets' folders that no job of this installation has made. */
async function strangeJobFolders(
  { jobs }: OrphanSurroundings,
  notLooked: OrphanReport["notLooked"],
): Promise<Orphan[]> {
  const list = jobs.list();
  const known = new Set(list.map(({ id }) => id));
  const targets = list.map(({ plan }) => intermediateOf(plan.target));
  const directories = new Set(targets.filter(({ kind }) => kind === "local").map((each) => each.directory));
  for (const place of new Set(targets.filter(({ kind }) => kind === "ssh-host").map(placeOf)))
    notLooked.push({ place, reason: "it is on another machine" });
  const orphans: Orphan[] = [];
  for (const directory of directories) {
    const folder = join(directory, "jobs");
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT"))
        notLooked.push({ place: folder, reason: String(error) });
      continue;
    }
    for (const name of names.filter((each) => !known.has(each))) {
      orphans.push({
        kind: "job-folder",
        place: here,
        locator: join(folder, name),
        job: null,
        isLedgered: false,
        why: "no job of this installation has this name: another installation's, or somebody's own",
        removedBy: null,
      });
    }
  }
  return orphans;
}

async function instanceLeftovers({
  jobs,
  cutovers,
  instancesDirectory,
}: OrphanSurroundings): Promise<Orphan[]> {
  const instances = cutovers.instances();
  const ledger = cutovers.files(null);
  const active = new Set<string>();
  const drills = new Set<string>();
  for (const { id } of jobs.list()) {
    const { state, facts } = cutovers.cutover(id);
    if (state.name === "testing" || state.name === "cutover-in-progress" || state.name === "cut-over")
      active.add(`${id}-${facts.attempt}`);
    if (state.name === "testing") drills.add(state.instance);
  }
  const orphans: Orphan[] = [];

  for (const entry of ledger) {
    const instance = instances.find(({ spec }) => spec.name === entry.instance);
    // Of one in a cloud only console and picture are here.
    if (instance !== undefined && instance.cloud !== null) continue;
    const about = { place: here, locator: entry.path, job: jobOfTag(entry.tag), isLedgered: true };
    if (instance === undefined) {
      if (drills.has(entry.instance)) continue;
      const removedBy = `sma instance clean ${entry.instance}`;
      orphans.push({
        ...about,
        kind: kindOf(entry.path),
        why: "making its instance was cut short",
        removedBy,
      });
      continue;
    }
    const used = [...instance.disks, ...(instance.kept ?? [])].flatMap(({ file, base }) =>
      base === null ? [file] : [file, base],
    );
    const isUsed = used.some((file) => entry.path === join(instance.folder, file));
    if (isUsed || active.has(entry.tag) || jobOfTag(entry.tag) === null) continue;
    const removedBy = `sma instance clean ${entry.instance}`;
    const why = `made for a cutover of ${entry.instance} that is over; no disk rests on it`;
    orphans.push({ ...about, kind: kindOf(entry.path), why, removedBy });
  }
  for (const { spec, folder } of instances) {
    if (!spec.name.endsWith("-drill") || drills.has(spec.name)) continue;
    const removedBy = `sma instance remove ${spec.name} --confirm ${spec.name}`;
    const about = { place: here, locator: folder, job: null, isLedgered: true };
    orphans.push({
      ...about,
      kind: "instance",
      why: "a drill's own instance; no drill is going on",
      removedBy,
    });
  }

  const ours = new Set(ledger.map(({ path }) => path));
  for (const folder of await namesIn(instancesDirectory)) {
    const inside = ours.has(folder) ? await namesIn(folder) : [folder];
    for (const path of inside.filter((each) => !ours.has(each))) {
      const about = { place: here, locator: path, job: null, isLedgered: false };
      const why = "this installation did not make it; it is for you to judge";
      orphans.push({ ...about, kind: kindOf(path), why, removedBy: null });
    }
  }
  return orphans;
}

/** Machines that look like ours and are no instance's. */
async function strangeProcesses({ cutovers }: OrphanSurroundings): Promise<Orphan[]> {
  const uuids = new Set(cutovers.instances().map(({ uuid }) => uuid));
  const orphans: Orphan[] = [];
  for (const pid of (await readdir("/proc").catch((): string[] => [])).filter((name) => /^\d+$/.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")).split("\0");
    const name = words[words.indexOf("-name") + 1] ?? "";
    const uuid = words[words.indexOf("-uuid") + 1] ?? "";
    if (words[0]?.includes("qemu-system") !== true || !name.startsWith("sma-") || uuids.has(uuid)) continue;
    orphans.push({
      kind: "process",
      place: here,
      locator: `pid ${pid}: ${name}`,
      job: null,
      isLedgered: false,
      why: "a machine of another installation, or of an instance whose record is gone",
      removedBy: null,
    });
  }
  return orphans;
}

/** `job000000001-3` is of that job's third attempt; other tags are no cutover's. */
function jobOfTag(tag: string): string | null {
  return /^([a-z0-9]{8,32})-\d+$/.exec(tag)?.[1] ?? null;
}

function kindOf(path: string): Orphan["kind"] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name.startsWith("image-")) return "image";
  if (name.startsWith("snapshot-")) return "snapshot";
  return /\.(qcow2|raw|new)$/.test(name) ? "disk" : "instance";
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => [])).map((name) => join(folder, name));
}
