import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TaskRequest, TaskResult } from "../../common/api/intermediate-tasks.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { assertNever, fail, ok, type Result } from "../../common/result.ts";
import type { Job } from "../jobs/job.ts";
import type { JobDirectory } from "../jobs/job-directory.ts";
import { overlaySizeBytes } from "../qemu/overlay.ts";
import { keepBootProof } from "../image/keep-boot-proof.ts";
import { sealImages, type SealedSource } from "../image/seal-images.ts";
import { restoreSnapshot } from "../snapshot/restore-snapshot.ts";
import { sendParts } from "../upload/send-parts.ts";
import { preparedName } from "../durable-file.ts";
import { Manifest } from "../replica/manifest.ts";
import { scanDisk } from "../replica/scan-disk.ts";
import { verifyDisk } from "../replica/verify.ts";
import type { Unpacker } from "../unpack/unpacker.ts";
import type { AlignedArena } from "../volume/aligned-memory.ts";
import type { ReplicaFile, TaskContext, TaskImplementations } from "./implementations.ts";

export interface TaskSurroundings {
  readonly job: Job;
  readonly directory: JobDirectory;
  readonly implementations: TaskImplementations;
  readonly arena: AlignedArena;
  readonly unpacker: Unpacker;
}

type Context = Pick<TaskContext, "signal" | "report">;

/** Does one task over a replica at rest. */
export async function performTask(
  request: TaskRequest,
  context: Context,
  surroundings: TaskSurroundings,
): Promise<Result<TaskResult>> {
  const { directory, implementations } = surroundings;
  const claim = (path: string): Promise<void> => directory.ledger.claim(path);
  const disks = replicaFiles(surroundings);
  if (context.signal.aborted) return fail("cancelled", told({ kind: "task-stopped", task: request.kind }));
  switch (request.kind) {
    case "verify":
      return verifyReplicas(context, surroundings);
    case "layout":
      return layoutJob(request, { ...context, claim }, surroundings);
    case "convert": {
      const workDirectory = directory.conversionPath;
      await directory.ledger.claim(workDirectory, "directory");
      const made = await directory.makeFolder(workDirectory);
      if (!made.ok) return made;
      const { firmware, conversion, moved } = request;
      const choices = { firmware, conversion, moved };
      const outcome = await implementations.convert({ ...context, claim, disks, workDirectory, ...choices });
      return outcome.ok ? ok({ kind: "convert", outcome: outcome.value }) : outcome;
    }
    case "image": {
      const sources = request.converted ? await convertedFiles(surroundings) : ok(disks);
      if (!sources.ok) return sources;
      const outputDirectory = await directory.makeImagesFolder(request.run);
      if (!outputDirectory.ok) return outputDirectory;
      const { formats } = request;
      const files = await implementations.buildImages({
        ...context,
        claim,
        disks: sources.value,
        formats,
        outputDirectory: outputDirectory.value,
      });
      if (!files.ok) return files;
      const removed = await directory.removeOldImages(request.keepRuns ?? null);
      return removed.ok ? ok({ kind: "image", files: files.value, removed: removed.value }) : removed;
    }
    case "boot-check": {
      const sources = request.converted ? await convertedFiles(surroundings) : ok(disks);
      if (!sources.ok) return sources;
      const workDirectory = directory.bootCheckPath;
      const made = await directory.makeFolder(workDirectory);
      if (!made.ok) return made;
      const { firmware, memoryMiB, timeoutSeconds } = request;
      const repair = request.repair && request.converted;
      const guest = request.converted ? surroundings.job.convertedGuest : null;
      const machine = { firmware, memoryMiB, timeoutSeconds, repair, guest };
      const verdict = await implementations.checkBoot({
        ...context,
        claim,
        disks: sources.value,
        workDirectory,
        ...machine,
      });
      return verdict.ok ? ok({ kind: "boot-check", verdict: verdict.value }) : verdict;
    }
    case "restore":
      return restoreJob(request, { ...context, claim }, surroundings);
    case "upload":
      return uploadImage(request, context, surroundings);
    case "seal":
      return sealJob(request, { ...context, claim }, surroundings);
    default:
      return assertNever(request);
  }
}

async function restoreJob(
  { run }: Extract<TaskRequest, { kind: "restore" }>,
  context: TaskContext,
  { directory, job }: TaskSurroundings,
): Promise<Result<TaskResult>> {
  const { snapshots } = job.disks;
  const snapshot = await snapshots.find(run);
  if (!snapshot.ok) return snapshot;
  const made = await directory.makeFolder(directory.imagesPath);
  if (!made.ok) return made;
  const files: { diskId: number; path: string }[] = [];
  for (const { diskId, treeHash } of snapshot.value.disks) {
    const outputPath = join(directory.imagesPath, `snapshot-run-${run}-disk-${diskId}.qcow2`);
    const restored = await restoreSnapshot({
      ...context,
      geometry: job.disks.geometryOf(diskId),
      replicaPath: directory.replicaPath(diskId),
      deltaPaths: snapshots.deltasSince(run, diskId),
      treeHash,
      outputPath,
    });
    if (!restored.ok) return restored;
    files.push({ diskId, path: outputPath });
  }
  return ok({ kind: "restore", files });
}

/** Only files that the job's image task made leave this machine. */
async function uploadImage(
  { path, parts, authorityPem }: Extract<TaskRequest, { kind: "upload" }>,
  { signal, report }: Context,
  { job }: TaskSurroundings,
): Promise<Result<TaskResult>> {
  const image = job.taskStatus("image");
  const files = image.ok && image.value.result?.kind === "image" ? image.value.result.files : [];
  const file = files.find((each) => each.path === path);
  if (file === undefined) return fail("input-invalid", told({ kind: "no-image-of-job", path }), { path });
  if (parts.some(({ offset, length }) => offset + length > file.fileBytes))
    return fail("input-invalid", told({ kind: "part-behind-file" }), { path, fileBytes: file.fileBytes });
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const onProgress = (done: number): void =>
    report({ done, total, unit: "bytes", ...noted({ kind: "uploading-images" }) });
  const sent = await sendParts({ path, parts, authorityPem, signal, onProgress });
  return sent.ok ? ok({ kind: "upload", parts: sent.value }) : sent;
}

async function sealJob(
  request: Extract<TaskRequest, { kind: "seal" }>,
  context: TaskContext,
  surroundings: TaskSurroundings,
): Promise<Result<TaskResult>> {
  const { directory, job } = surroundings;
  const image = job.taskStatus("image");
  const result = image.ok ? image.value.result : null;
  if (result?.kind !== "image") return fail("job-state", told({ kind: "no-images-to-seal" }));
  const disks: SealedSource[] = [];
  try {
    for (const disk of replicaFiles(surroundings)) {
      const geometry = { diskBytes: disk.sizeBytes, chunkBytes: job.record.plan.chunkBytes };
      const manifest =
        job.newDisks === null
          ? await job.disks.openManifest(disk.diskId)
          : await Manifest.open(directory.newManifestPath(disk.diskId), geometry);
      if (!manifest.ok) return manifest;
      const overlayPath = request.converted ? directory.overlayPath(disk.diskId) : null;
      const contentBytes = await contentBytesOf(disk.sizeBytes, overlayPath);
      disks.push({ ...disk, overlayPath, contentBytes, manifest: manifest.value });
    }
    const sealed = await sealImages({
      ...context,
      disks,
      images: result.files,
      facts: request.facts,
      directory: directory.folderOf(result.files),
    });
    if (!sealed.ok) return sealed;
    const boot = job.taskStatus("boot-check");
    const verdict = boot.ok && boot.value.result?.kind === "boot-check" ? boot.value.result.verdict : null;
    if (verdict !== null) await keepBootProof(verdict, directory.folderOf(result.files), context.claim);
    return ok({ kind: "seal", disks: sealed.value });
  } finally {
    for (const { manifest } of disks) await manifest.close();
  }
}

/** What was received, whatever was made of it. */
function receivedFiles({ job, directory }: TaskSurroundings): ReplicaFile[] {
  return job.record.plan.disks.map((disk) => ({
    diskId: disk.id,
    replicaPath: directory.replicaPath(disk.id),
    sizeBytes: disk.sizeBytes,
    sourcePath: disk.path,
  }));
}

/** The disks that are converted, booted and imaged: the replicas, or those with a new layout. */
function replicaFiles(surroundings: TaskSurroundings): ReplicaFile[] {
  const { job, directory } = surroundings;
  const disks = job.newDisks?.map(({ sizeBytes }, diskId) => ({
    diskId,
    sizeBytes,
    replicaPath: directory.newDiskPath(diskId),
  }));
  return disks ?? receivedFiles(surroundings);
}

/** The replicas' files in a new layout, and what its disks hold, for the seals. */
async function layoutJob(
  { layout, volumes, excludes }: Extract<TaskRequest, { kind: "layout" }>,
  context: TaskContext,
  surroundings: TaskSurroundings,
): Promise<Result<TaskResult>> {
  const { directory, implementations, job } = surroundings;
  await directory.ledger.claim(directory.layoutPath, "directory");
  await directory.ledger.claim(directory.layoutScratchPath, "scratch");
  const made = await directory.makeFolder(directory.layoutPath);
  if (!made.ok) return made;
  const outcome = await implementations.makeLayout({
    ...context,
    layout,
    volumes,
    excludes,
    directory: directory.layoutPath,
    replicas: receivedFiles(surroundings),
  });
  if (!outcome.ok) return outcome;
  for (const [index, { sizeBytes }] of layout.disks.entries()) {
    const path = directory.newManifestPath(index);
    await directory.ledger.claimAll([preparedName(path), path].map((file) => ({ path: file, kind: "file" })));
    const geometry = { diskBytes: sizeBytes, chunkBytes: job.record.plan.chunkBytes };
    const scanned = await scanDisk(directory.newDiskPath(index), path, geometry, context);
    if (!scanned.ok) return scanned;
  }
  return ok({ kind: "layout", outcome: outcome.value });
}

/** The replicas with the conversion's overlays; `job-state` where the replica as it is now was not converted. */
async function convertedFiles(surroundings: TaskSurroundings): Promise<Result<ReplicaFile[]>> {
  const { job, directory } = surroundings;
  const disks = replicaFiles(surroundings).map((disk) => ({
    ...disk,
    overlayPath: directory.overlayPath(disk.diskId),
  }));
  const isWhole = job.isConverted && disks.every(({ overlayPath }) => existsSync(overlayPath));
  if (!isWhole) return fail("job-state", told({ kind: "not-converted-yet" }));
  const sized = disks.map(async (disk) => {
    return { ...disk, sizeBytes: await contentBytesOf(disk.sizeBytes, disk.overlayPath) };
  });
  return ok(await Promise.all(sized));
}

/** A conversion may have made the disk larger: volumes that were spread over several disks are put together on one. */
async function contentBytesOf(diskBytes: number, overlayPath: string | null): Promise<number> {
  const size = overlayPath === null ? null : await overlaySizeBytes(overlayPath);
  // An overlay has whole sectors, its disk need not.
  return size === null || size < diskBytes + 512 ? diskBytes : size;
}

/** Reads every replica back and compares it with its manifest and with the tree hash that the agent stated. */
async function verifyReplicas(
  context: Context,
  { job, arena, unpacker }: TaskSurroundings,
): Promise<Result<TaskResult>> {
  const { disks } = job.record.plan;
  const total = disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  const differing: { diskId: number; offset: number; length: number }[] = [];
  const found = new Map<number, { treeHash: string; uncheckedChunks: number }>();
  let before = 0;
  for (const disk of disks) {
    const doing = noted({ kind: "reading-back", disk: disk.path });
    const onProgress = (done: number): void =>
      context.report({ done: before + done, total, unit: "bytes", ...doing });
    onProgress(0);
    const manifest = await job.disks.openManifest(disk.id);
    if (!manifest.ok) return manifest;
    const sink = await job.disks.openReplica(disk.id);
    if (!sink.ok) {
      await manifest.value.close();
      return sink;
    }
    const { signal } = context;
    const verdict = await verifyDisk({
      sink: sink.value,
      manifest: manifest.value,
      arena,
      unpacker,
      signal,
      onProgress,
    });
    await Promise.all([manifest.value.close(), sink.value.close()]);
    if (!verdict.ok) return verdict;

    const treeHash = verdict.value.treeHash.toString("hex");
    found.set(disk.id, { treeHash, uncheckedChunks: verdict.value.uncheckedChunks });
    const ranges = job.disks.inBytes(disk.id, verdict.value.differing);
    differing.push(...ranges);
    const source = job.record.sync.disks.find((candidate) => candidate.id === disk.id)?.sourceTreeHash;
    if (ranges.length === 0 && source !== treeHash) {
      return fail("manifest-damaged", told({ kind: "manifest-not-source", disk: disk.path }), {
        disk: disk.path,
        sourceTreeHash: source ?? "unknown",
        replicaTreeHash: treeHash,
      });
    }
    before += disk.sizeBytes;
  }
  const kept = await job.noteReadBack(found);
  if (!kept.ok) return kept;
  return ok({ kind: "verify", equal: differing.length === 0, differing });
}
