import type { KeptRemark } from "../../common/domain/remark-base.ts";
import { inEnglish } from "../support/in-english.ts";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { attempt, fail, ok, unwrap, type Result } from "../../common/result.ts";
import { detectAccelerator } from "../../intermediate/qemu/accelerator.ts";
import { startGuest } from "../../intermediate/qemu/guest.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import {
  abandonedWork,
  labDirectory,
  makeWorkDirectory,
  publish,
  recipeHash,
  workDirectory,
} from "./cache.ts";
import { debianMirror } from "./debian-mirror.ts";
import {
  firmwareOf,
  imageRecipeFiles,
  kernelPackages,
  layoutNames,
  rootfsRecipeFiles,
  usualGuest,
  type LabGuest,
  type LayoutName,
} from "./layouts.ts";
import { isRoot, makeDisk, makeRootfs, recipeToolsMissing } from "./recipe-runner.ts";
import { inTurn } from "./turn.ts";

export interface LabContext {
  readonly signal: AbortSignal;
  /** One short line for a person: what is going on now; `said` where screens have words for it. */
  report(phase: string, said?: KeptRemark): void;
}

/** A disk image of a lab server, in the cache and never written again. */
export interface LabImage {
  readonly layout: LayoutName;
  readonly directory: string;
  readonly diskPath: string;
  readonly sizeBytes: number;
  /** A private key that root, admin and deploy accept. */
  readonly keyPath: string;
  /** `SHA256:…` of the only host key. */
  readonly hostKey: string;
  readonly payloadDirectories: readonly string[];
  /** What list-payload.sh printed when the image was made. */
  readonly manifestPath: string;
}

const descriptionName = "lab-image.json";
const descriptionSchema = z.object({
  format: z.literal(1),
  layout: z.enum(layoutNames),
  sizeBytes: z.number().int(),
  hostKey: z.string(),
  payloadDirectories: z.array(z.string()),
});

const neededBytes = 3 * 1_073_741_824;
/** Half a minute where nothing else runs. */
const bootLoaderTimeoutMs = 1_800_000;

/**
 * The image of a layout: from the cache, or built (a minute or three the first time, less for a second
 * layout). Failures: `tool-missing`, `no-space`, `command-failed` with the output of the recipe,
 * `cancelled`.
 */
export function prepareLabImage(layout: LayoutName, context: LabContext): Promise<Result<LabImage>> {
  return prepareLabGuest(usualGuest(layout), context);
}

/** As {@link prepareLabImage}, of any suite and kernel. */
export async function prepareLabGuest(guest: LabGuest, context: LabContext): Promise<Result<LabImage>> {
  await sweepWork(context.signal);
  const { layout, suite } = guest;
  return attempt(async () => {
    const rootfsHash = await recipeHash(rootfsRecipeFiles, [suite, kernelPackages(guest)]);
    const imageHash = await recipeHash(imageRecipeFiles(layout), [rootfsHash, layout]);
    const place = join(labDirectory(), imageHash);
    const cached = await readLabImage(place);
    if (cached !== null) return cached;

    unwrap(await checkMachine());
    return inTurn(
      join(labDirectory(), "building"),
      context.signal,
      () =>
        context.report("another process builds a server for the lab; waiting for it", {
          kind: "demo-waiting",
        }),
      () => build(guest, rootfsHash, place, context),
    );
  });
}

/** The image in `place`, made by this process or by the one whose turn was before. */
async function build(
  guest: LabGuest,
  rootfsHash: string,
  place: string,
  context: LabContext,
): Promise<LabImage> {
  const cached = await readLabImage(place);
  if (cached !== null) return cached;
  const { layout } = guest;
  const rootfs = unwrap(await prepareRootfs(guest, join(labDirectory(), rootfsHash), context));
  const work = await makeWorkDirectory(layout);
  try {
    unwrap(await buildDisk(layout, rootfs, work, context));
    unwrap(await installBootLoader(layout, work, context));
    await describe(layout, work);
    await publish(work, place);
  } finally {
    await rm(work, { recursive: true, force: true });
    await sweepWork(new AbortController().signal);
  }
  const built = await readLabImage(place);
  if (built === null) throw new Error(`the image in ${place} is not readable right after it was built`);
  return built;
}

/** The image in a cache directory, or null where there is none. */
export async function readLabImage(directory: string): Promise<LabImage | null> {
  const text = await readFile(join(directory, descriptionName), "utf8").catch(() => null);
  if (text === null) return null;
  const { layout, sizeBytes, hostKey, payloadDirectories } = descriptionSchema.parse(JSON.parse(text));
  return {
    layout,
    directory,
    diskPath: join(directory, "disk.raw"),
    sizeBytes,
    keyPath: join(directory, "id_ed25519"),
    hostKey,
    payloadDirectories,
    manifestPath: join(directory, "payload.manifest"),
  };
}

async function checkMachine(): Promise<Result<void>> {
  const missing = await recipeToolsMissing();
  if (!missing.ok) return missing;
  await mkdir(labDirectory(), { recursive: true });
  const { bavail, bsize } = await statfs(labDirectory());
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return ok();
  return fail(
    "no-space",
    inEnglish(`a lab server needs ${neededBytes} bytes in ${labDirectory()}, ${freeBytes} are free`),
    {
      path: labDirectory(),
      neededBytes,
      freeBytes,
    },
  );
}

/** The root filesystem's tarball that every layout starts from. */
async function prepareRootfs(guest: LabGuest, place: string, context: LabContext): Promise<Result<string>> {
  const tarball = join(place, "rootfs.tar");
  if (existsSync(tarball)) return ok(tarball);
  const mirror = await debianMirror();
  if (!mirror.ok) return mirror;
  const work = await makeWorkDirectory("rootfs");
  try {
    const output = join(work, "rootfs.tar");
    const ran = await makeRootfs([guest.suite, kernelPackages(guest), mirror.value, "main", output], context);
    if (!ran.ok) return ran;
    await publish(work, place);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return ok(tarball);
}

async function buildDisk(
  layout: LayoutName,
  rootfs: string,
  work: string,
  context: LabContext,
): Promise<Result<void>> {
  const { signal } = context;
  const key = join(work, "id_ed25519");
  const keyed = await runTool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", key], {
    signal,
  });
  if (!keyed.ok) return keyed;
  return makeDisk({ layout, rootfs, publicKey: `${key}.pub`, output: work }, context);
}

/** Boots the new disk once by its kernel, with the installation of GRUB as its init. */
async function installBootLoader(
  layout: LayoutName,
  work: string,
  { report, signal }: LabContext,
): Promise<Result<void>> {
  report("GRUB is being installed by the guest itself", { kind: "demo-boot-loader" });
  const rootArguments = (await readFile(join(work, "kernel-arguments"), "utf8")).trim();
  let said = "";
  const started = await startGuest({
    disks: [{ path: join(work, "disk.raw"), format: "raw" }],
    firmware: { kind: "bios" },
    memoryMiB: 512,
    accelerator: await detectAccelerator(),
    network: { kind: "none" },
    kernel: {
      path: join(work, "vmlinuz"),
      initrdPath: join(work, "initrd.img"),
      arguments: `${rootArguments} rw console=ttyS0 quiet panic=1 init=/usr/local/lib/lab/install-${firmwareOf(layout) === "uefi" ? "uefi-" : ""}boot-loader.sh`,
    },
    onSerial: (bytes) => {
      said = (said + bytes.toString("latin1")).slice(-65_536);
    },
  });
  if (!started.ok) return started;
  const guest = started.value;
  const stop = (): void => void guest.kill();
  const timer = setTimeout(stop, bootLoaderTimeoutMs);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  await guest.ended;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
  if (signal.aborted) return fail("cancelled", inEnglish("building the lab server was cancelled"));
  if (!said.includes("lab: boot loader installed")) {
    return fail("command-failed", inEnglish("the guest could not install its boot loader"), {
      output: said.slice(-2_000),
    });
  }
  const disk = await open(join(work, "disk.raw"), "r+");
  await disk.sync().finally(() => disk.close());
  for (const name of ["vmlinuz", "initrd.img", "kernel-arguments"]) await rm(join(work, name));
  return ok();
}

async function describe(layout: LayoutName, work: string): Promise<void> {
  const disk = await open(join(work, "disk.raw"), "r");
  const { size: sizeBytes } = await disk.stat().finally(() => disk.close());
  const [, base64 = ""] = (await readFile(join(work, "ssh-host-key.pub"), "utf8")).split(" ");
  const digest = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  const directories = (await readFile(join(work, "payload-directories"), "utf8")).trim().split(" ");
  const description: z.infer<typeof descriptionSchema> = {
    format: 1,
    layout,
    sizeBytes,
    hostKey: `SHA256:${digest.replace(/=+$/, "")}`,
    payloadDirectories: directories,
  };
  await writeFile(join(work, descriptionName), `${JSON.stringify(description, null, 2)}\n`);
}

const loopsSchema = z.object({
  loopdevices: z.array(z.object({ name: z.string(), "back-file": z.string().nullable() })),
});

/** Removes what processes that were killed have left: loop devices over their disks, and their directories. */
export async function sweepWork(signal: AbortSignal): Promise<void> {
  const abandoned = await abandonedWork();
  if (isRoot) {
    const listed = await runTool("losetup", ["--list", "--json", "--output", "NAME,BACK-FILE"], { signal });
    const text = listed.ok ? listed.value.stdout.trim() : "";
    const { loopdevices } = text === "" ? { loopdevices: [] } : loopsSchema.parse(JSON.parse(text));
    for (const { name, "back-file": file } of loopdevices) {
      // A file that was removed is listed as `<path> (deleted)`.
      if (file === null || !file.startsWith(`${workDirectory()}/`)) continue;
      const isAbandoned =
        file.endsWith(" (deleted)") || abandoned.some((path) => file.startsWith(`${path}/`));
      if (isAbandoned) await runTool("losetup", ["--detach", name], { signal });
    }
  }
  for (const path of abandoned) await rm(path, { recursive: true, force: true });
}
