/** Brings the files of the replicas into new disks with a layout of their own. The replicas are only read. */
import { mkdir, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LayoutOutcome } from "../../common/domain/layout-outcome.ts";
import { parseExcludeList, type ExcludeList } from "../../common/domain/exclude-list.ts";
import type { Remark } from "../../common/domain/remark.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { volumesOf, type SourceVolume, type TargetLayout } from "../../common/domain/target-layout.ts";
import { attempt, fail, unwrap, type Result } from "../../common/result.ts";
import { preparedName, replaceFile, syncFile } from "../durable-file.ts";
import type { ReplicaFile, TaskContext } from "../tasks/implementations.ts";
import { guestScript, storeBytes, type PartitionWork, type VolumeCopy } from "./guest-script.ts";
import { helperDevice, helperUnavailable, runHelper } from "./helper-machine.ts";
import { writeTable } from "./partition-table.ts";
import { sortLists } from "./sort-lists.ts";
import { compareTrees, mostDiffering } from "./tree-lists.ts";

export interface MakeLayoutOptions extends TaskContext {
  readonly replicas: readonly ReplicaFile[];
  readonly layout: TargetLayout;
  readonly volumes: readonly SourceVolume[];
  readonly excludes: readonly { readonly mountPoint: string; readonly text: string }[];
  /** Where the new disks are: `disk-<n>.raw`. Its folder `work` is for what is needed meanwhile. */
  readonly directory: string;
}

interface PlannedCopy extends VolumeCopy {
  readonly list: ExcludeList;
  readonly ignored: ReadonlySet<string>;
  readonly contentOnly: boolean;
}

/** Old and new ones together; the helper machine has one more, for what replaying journals writes. */
const disksMost = 15;

export const newDiskName = (index: number): string => `disk-${index}.raw`;

/** Fails with `layout-failed`, `tool-missing`, `input-invalid`, `cancelled`. May be repeated after any end. */
export async function makeLayout(options: MakeLayoutOptions): Promise<Result<LayoutOutcome>> {
  const unavailable = await helperUnavailable();
  if (unavailable !== null) return { ok: false, failure: unavailable };
  const begun = performance.now();
  return attempt(async () => {
    const { layout, directory, replicas } = options;
    const disks = layout.disks.length + replicas.length;
    if (disks > disksMost) {
      const message = told({ kind: "helper-takes-disks", count: disks, most: disksMost });
      unwrap(fail("layout-failed", message, { disks }));
    }
    const work = join(directory, "work");
    const statePath = join(directory, "layout.json");
    for (const path of [
      statePath,
      preparedName(statePath),
      ...layout.disks.map((_, index) => join(directory, newDiskName(index))),
    ])
      await options.claim(path);
    const wanted = `${JSON.stringify(layout)}\n`;
    const isThere = (await readFile(statePath, "utf8").catch(() => "")) === wanted;
    if (!isThere) {
      await rm(statePath, { force: true });
      await makeDisks(options);
    }
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { mode: 0o700 });
    try {
      const copies = planCopies(options);
      const formatted = await fill(options, copies, work, !isThere);
      // Also where files were only brought up to date: what is compared next must be what a power cut leaves.
      for (const [index] of layout.disks.entries()) await syncFile(join(directory, newDiskName(index)));
      if (formatted && !isThere) await replaceFile(statePath, wanted);
      const volumes = await compare(copies, work, options);
      const differing = volumes.flatMap((volume) => volume.differing).slice(0, mostDiffering);
      const seconds = Math.round((performance.now() - begun) / 100) / 10;
      return { isNew: !isThere, volumes: volumes.map(({ outcome }) => outcome), differing, seconds };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function makeDisks({ layout, directory }: MakeLayoutOptions): Promise<void> {
  for (const [index, disk] of layout.disks.entries()) {
    const path = join(directory, newDiskName(index));
    await rm(path, { force: true });
    await (await open(path, "wx", 0o600)).close();
    await truncate(path, disk.sizeBytes);
    unwrap(await writeTable(path, disk));
  }
}

const withSlash = (path: string): string => (path === "/" ? "/" : `${path}/`);

/** What a volume's copy leaves out besides its list: what is another volume's, and what a filesystem makes itself. */
function planCopies(options: MakeLayoutOptions): PlannedCopy[] {
  const { layout, volumes, excludes } = options;
  const partitions = layout.disks.flatMap((disk) => disk.partitions);
  return volumes.map((volume, index) => {
    const { mountPoint } = volume;
    const partition = partitions.find((each) => volumesOf(layout, volumes, each).includes(volume));
    if (partition === undefined || !("mountPoint" in partition))
      return unwrap(fail("layout-failed", told({ kind: "no-partition-takes", mountPoint }), { mountPoint }));
    const inside = volumes
      .filter((other) => other !== volume && other.mountPoint.startsWith(withSlash(mountPoint)))
      .map((other) => other.mountPoint.slice(withSlash(mountPoint).length));
    const own = ["/lost+found/", ...inside.map((path) => `/${path.replaceAll(/[[\]*?\\]/g, "\\$&")}/*`)];
    const text = [...own, excludes.find((each) => each.mountPoint === mountPoint)?.text ?? ""].join("\n");
    const fileName = `excludes of ${mountPoint}`;
    const list = unwrap(parseExcludeList(text, { ignoresCase: false, fileName }));
    return {
      volume,
      list,
      contentOnly: partition.role === "esp",
      below:
        mountPoint === partition.mountPoint
          ? ""
          : `/${mountPoint.slice(withSlash(partition.mountPoint).length)}`,
      ignored: new Set(inside),
      excludesFile: `excludes-${index}`,
      sourceList: `source-${index}`,
      targetList: `target-${index}`,
    };
  });
}

const excludeText = ({ list }: PlannedCopy): string =>
  list.rules.map(({ pattern, isExclude }) => `${isExclude ? "-" : "+"} ${pattern}\n`).join("");

/** Runs the helper machine; true where the filesystems were made. Throws a FailureError. */
async function fill(
  options: MakeLayoutOptions,
  copies: readonly PlannedCopy[],
  work: string,
  format: boolean,
): Promise<boolean> {
  const { layout, replicas, directory, signal } = options;
  const partitions = layout.disks.flatMap((disk, diskIndex) =>
    disk.partitions.map((partition, index): PartitionWork => ({
      partition,
      device: `${helperDevice(replicas.length + diskIndex)}${index + 1}`,
      copies: volumesOf(layout, options.volumes, partition).flatMap(
        (volume) => copies.find((copy) => copy.volume === volume) ?? [],
      ),
    })),
  );
  for (const copy of copies) await writeFile(join(work, copy.excludesFile), excludeText(copy));
  const scriptPath = join(work, "init");
  const storePath = join(work, "store");
  await (await open(storePath, "wx", 0o600)).close();
  await truncate(storePath, storeBytes(replicas.length));
  const script = guestScript({
    replicas: replicas.map((_, index) => helperDevice(index)),
    store: helperDevice(replicas.length + layout.disks.length),
    format,
    partitions,
  });
  await writeFile(scriptPath, script, { mode: 0o700 });

  const progress = new CopyProgress(options);
  const end: { failure: string | null; done: boolean; formatted: boolean } = {
    failure: null,
    done: false,
    formatted: false,
  };
  const said: string[] = [];
  const ran = await runHelper({
    scriptPath,
    disks: [
      ...replicas.map(({ replicaPath }) => ({ path: replicaPath, isReadOnly: true })),
      ...layout.disks.map((_, index) => ({ path: join(directory, newDiskName(index)), isReadOnly: false })),
      { path: storePath, isReadOnly: false },
    ],
    runDirectory: join(work, "run"),
    signal,
    onLine(line) {
      if (line.startsWith("@failed ")) end.failure ??= line.slice("@failed ".length);
      else if (line === "@done") end.done = true;
      else if (line === "@formatted") end.formatted = true;
      else if (!progress.take(line)) said.push(line);
    },
  });
  unwrap(ran);
  if (end.done && end.failure === null) return end.formatted;
  const message =
    end.failure !== null
      ? told({ kind: "helper-said", text: end.failure })
      : told({ kind: "helper-ended-early" });
  return unwrap(fail("layout-failed", message, { output: said.slice(-10).join("\n") }));
}

/** Turns what the machine says into progress. */
class CopyProgress {
  readonly #options: MakeLayoutOptions;
  readonly #total: number;
  #before = 0;
  #used = 0;
  #doing: Remark = { kind: "opening-replica" };

  constructor(options: MakeLayoutOptions) {
    this.#options = options;
    this.#total = options.volumes.reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0);
    this.#report(0);
  }

  /** False where the line is nothing for us. */
  take(line: string): boolean {
    const [, key = "", value = ""] = /^@(\w+) ?(.*)$/.exec(line) ?? [];
    if (key === "volume") {
      this.#before += this.#used;
      this.#used = 0;
      this.#doing = { kind: "bringing-files", mountPoint: value };
    } else if (key === "used") this.#used = Number(value);
    else if (key === "listing") {
      this.#doing = { kind: "comparing-files", mountPoint: value };
      this.#report(this.#used);
      return true;
    }
    const bytes = /^\s*([\d,]+)\s+\d+%/.exec(line)?.[1];
    if (key === "" && bytes === undefined) return false;
    this.#report(bytes === undefined ? 0 : Number(bytes.replaceAll(",", "")));
    return true;
  }

  #report(inVolume: number): void {
    const done = Math.min(this.#before + Math.min(inVolume, this.#used), this.#total);
    this.#options.report({ done, total: this.#total, unit: "bytes", ...noted(this.#doing) });
  }
}

async function compare(
  copies: readonly PlannedCopy[],
  work: string,
  { signal }: MakeLayoutOptions,
): Promise<
  {
    outcome: LayoutOutcome["volumes"][number];
    differing: { path: string; what: string }[];
  }[]
> {
  const volumes = [];
  for (const copy of copies) {
    if (signal.aborted) unwrap(fail("cancelled", told({ kind: "comparing-stopped" })));
    const { mountPoint } = copy.volume;
    const { entries, bytes, excluded, differing } = await compareTrees(
      await sortLists(work, copy.sourceList, signal),
      await sortLists(work, copy.targetList, signal),
      { excludes: copy.list, ignored: copy.ignored, contentOnly: copy.contentOnly },
    );
    // The root itself is listed always: without it nothing would be equal to nothing.
    if (entries === 0) unwrap(fail("layout-failed", told({ kind: "file-list-empty", mountPoint })));
    volumes.push({
      outcome: { mountPoint, entries, bytes, excluded: [...excluded] },
      differing: differing.map(({ path, what }) => ({
        path: mountPoint === "/" ? path : `${mountPoint}${path}`,
        what,
      })),
    });
  }
  return volumes;
}
