import { existsSync } from "node:fs";
import type { BlockMap, SyncStatus } from "../../common/api/intermediate.ts";
import { ok, type Failure, type Result } from "../../common/result.ts";
import { bytesOfRange, chunkCount, rangeOfBytes, type Geometry } from "../replica/geometry.ts";
import { blockMap } from "../replica/block-map.ts";
import { Manifest } from "../replica/manifest.ts";
import { manifestHeaderBytes, recordBytes } from "../replica/manifest-format.ts";
import { PassBook } from "../session/pass-book.ts";
import type { NextWork, OpenDisk } from "../session/session-host.ts";
import type { AlignedArena } from "../volume/aligned-memory.ts";
import { openPreserving } from "../snapshot/preserving-sink.ts";
import { Snapshots } from "../snapshot/snapshots.ts";
import { openSparseFile } from "../volume/sparse-file-sink.ts";
import { throttled, type Throttle } from "../volume/throttled-sink.ts";
import type { VolumeSink } from "../volume/volume-sink.ts";
import { SpaceWatch } from "./free-space.ts";
import type { JobDirectory } from "./job-directory.ts";
import type { JobPlan } from "./job-record.ts";

export interface JobDisksEnvironment {
  readonly arena: AlignedArena;
  readonly throttle: Throttle | undefined;
  readonly settings: { readonly reserveBytes: number };
}

const mapFreshMs = 1_000;
const mapCostFactor = 20;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** A job's replicas and manifests on the volume, the room for them, and the book of the pass under way. */
export class JobDisks {
  readonly #directory: JobDirectory;
  readonly #environment: JobDisksEnvironment;
  readonly #plan: () => JobPlan;
  readonly #space: SpaceWatch;
  readonly snapshots: Snapshots;
  readonly #maps = new Map<string, { map: Promise<Result<BlockMap>>; freshUntil: number }>();
  #book: PassBook | undefined;

  /** @param plan the job's plan as it is now: sizes may be learnt from the agent. */
  constructor(directory: JobDirectory, environment: JobDisksEnvironment, plan: () => JobPlan) {
    this.#directory = directory;
    this.#environment = environment;
    this.#plan = plan;
    this.snapshots = new Snapshots(directory);
    this.#space = new SpaceWatch(directory.path, environment.settings.reserveBytes);
  }

  /** Of the pass that was opened last; undefined before the first one. */
  get book(): PassBook | undefined {
    return this.#book;
  }

  geometryOf(diskId: number): Geometry {
    const { disks, chunkBytes } = this.#plan();
    const disk = disks.find((candidate) => candidate.id === diskId);
    if (disk === undefined) throw new Error(`the job has no disk ${diskId}`);
    return { diskBytes: disk.sizeBytes, chunkBytes };
  }

  openManifest(diskId: number): Promise<Result<Manifest>> {
    return Manifest.open(this.#directory.manifestPath(diskId), this.geometryOf(diskId));
  }

  openReplica(diskId: number): Promise<Result<VolumeSink>> {
    const path = this.#directory.replicaPath(diskId);
    return openSparseFile({
      path,
      sizeBytes: this.geometryOf(diskId).diskBytes,
      arena: this.#environment.arena,
    });
  }

  /** Replica, manifest and book for a pass; the caller closes the first two. */
  async openForPass(diskId: number, pass: number): Promise<Result<OpenDisk>> {
    const manifest = await this.openManifest(diskId);
    if (!manifest.ok) return manifest;
    const sink = await this.#openPreserved(diskId);
    if (!sink.ok) {
      await manifest.value.close();
      return sink;
    }
    // Records that an earlier session or process wrote and did not get to flush are about to be relied upon.
    const flushed = await manifest.value.flush();
    const book = flushed.ok ? await this.#loadBook(diskId, pass, manifest.value) : flushed;
    if (!book.ok) {
      await Promise.all([manifest.value.close(), sink.value.close()]);
      return book;
    }
    const { throttle } = this.#environment;
    const volume = throttle === undefined ? sink.value : throttled(sink.value, throttle);
    return ok({ sink: volume, manifest: manifest.value, book: book.value });
  }

  /** The replica for writing; what the newest snapshot still needs of it is kept before it is overwritten. */
  async #openPreserved(diskId: number): Promise<Result<VolumeSink>> {
    const sink = await this.openReplica(diskId);
    const deltaPath = this.snapshots.activeDelta(diskId);
    if (!sink.ok || deltaPath === undefined) return sink;
    const preserving = await openPreserving(sink.value, deltaPath);
    if (!preserving.ok) await sink.value.close();
    return preserving;
  }

  /** After a restart, progress is what the manifest says, at once and not only when the agent is back. */
  async loadBook(work: NextWork): Promise<void> {
    if (work.kind === "nothing" || this.geometryOf(work.diskId).diskBytes === 0) return;
    const manifest = await this.openManifest(work.diskId);
    if (!manifest.ok) return;
    await this.#loadBook(work.diskId, work.pass, manifest.value);
    await manifest.value.close();
  }

  /**
   * The block map. Drawn again at most once a second, and less often where that takes long: a monitor asks all the
   * time, and a large disk's manifest has hundreds of megabytes.
   */
  async blockMap(
    diskId: number,
    pass: number,
    cells: number,
    failing: SyncStatus["differing"],
  ): Promise<Result<BlockMap>> {
    const key = `${diskId}.${pass}.${cells}`;
    const drawn = this.#maps.get(key);
    if (drawn !== undefined && performance.now() < drawn.freshUntil) return drawn.map;
    const map = this.#drawMap(diskId, pass, cells, failing);
    const entry = { map, freshUntil: Infinity };
    this.#maps.clear();
    this.#maps.set(key, entry);
    const begun = performance.now();
    await map;
    entry.freshUntil = begun + Math.max(mapFreshMs, (performance.now() - begun) * mapCostFactor);
    return map;
  }

  async #drawMap(
    diskId: number,
    pass: number,
    cells: number,
    failing: SyncStatus["differing"],
  ): Promise<Result<BlockMap>> {
    const geometry = this.geometryOf(diskId);
    const head = { diskId, pass, chunkBytes: geometry.chunkBytes, chunks: chunkCount(geometry) };
    // Before the first pass there is no manifest, and making it is the pass's part.
    const begun = head.chunks > 0 && existsSync(this.#directory.manifestPath(diskId));
    if (!begun) return ok({ ...head, cells: [] });
    const manifest = await this.openManifest(diskId);
    if (!manifest.ok) return manifest;
    const ranges = failing.map(({ offset, length }) => rangeOfBytes(geometry, offset, length));
    const map = await blockMap(manifest.value, pass, cells, ranges);
    await manifest.value.close();
    return map.ok ? ok({ ...head, cells: [...map.value] }) : map;
  }

  /** Marks ranges unknown, so that the next pass copies them again. */
  async forget(ranges: SyncStatus["differing"]): Promise<Result<void>> {
    for (const range of ranges) {
      const manifest = await this.openManifest(range.diskId);
      if (!manifest.ok) return manifest;
      const chunks = rangeOfBytes(manifest.value.geometry, range.offset, range.length);
      const forgotten = await manifest.value.invalidate([chunks]);
      await manifest.value.close();
      if (!forgotten.ok) return forgotten;
    }
    return ok();
  }

  /** `no-space` once the reserve is reached. Cheap, called for every chunk. */
  checkRoom(): Failure | undefined {
    return this.#space.take(this.#plan().chunkBytes);
  }

  /** Room for the manifests at least: how much of the disks is in use nobody knows before they are read. */
  requireRoom(): Promise<Result<void>> {
    const { disks, chunkBytes } = this.#plan();
    const manifests = disks.map(
      (disk) => manifestHeaderBytes + chunkCount({ diskBytes: disk.sizeBytes, chunkBytes }) * recordBytes,
    );
    return this.#space.require(sum(manifests), sum(disks.map((disk) => disk.sizeBytes)));
  }

  /** Chunk ranges of a disk in bytes. */
  inBytes(
    diskId: number,
    ranges: readonly { readonly first: number; readonly count: number }[],
  ): SyncStatus["differing"] {
    const geometry = this.geometryOf(diskId);
    return ranges.map((range) => ({ diskId, ...bytesOfRange(geometry, range) }));
  }

  /** Always anew: a batch that failed half way may have left records that nobody was told of. */
  async #loadBook(diskId: number, pass: number, manifest: Manifest): Promise<Result<PassBook>> {
    const loaded = await PassBook.load(diskId, pass, manifest);
    if (loaded.ok) this.#book = loaded.value;
    return loaded;
  }
}
