/**
 * Where a recipe runs as root: in namespaces of this machine where this process is root, otherwise in a user-mode Linux,
 * of which anybody is root (intermediate/layout/helper-machine.ts).
 */
import { inEnglish } from "../support/in-english.ts";
import { cp, link, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../../common/result.ts";
import { machineStart, word } from "../../intermediate/layout/guest-script.ts";
import { helperDevice, runHelper } from "../../intermediate/layout/helper-machine.ts";
import { findTool, runTool, spawnTool } from "../../intermediate/qemu/run-tool.ts";
import { payloadDirectory, recipeDirectory, type LayoutName } from "./layouts.ts";
import type { LabContext } from "./prepare-image.ts";

export const isRoot = process.getuid?.() === 0;

const rootTools = ["mmdebstrap", "unshare", "losetup"] as const;
const userTools = ["mmdebstrap", "newuidmap", "linux.uml", "modprobe", "losetup", "mke2fs", "perl"] as const;

/** `tool-missing` for the first program that is not here and that building needs. */
export async function recipeToolsMissing(): Promise<Result<void>> {
  for (const tool of [...(isRoot ? rootTools : userTools), "qemu-img", "qemu-system-x86_64", "ssh-keygen"]) {
    const found = await findTool(tool);
    if (!found.ok) return found;
  }
  return ok();
}

/** Runs rootfs.sh; who is not root has mmdebstrap take a user namespace. */
export async function makeRootfs(argv: readonly string[], context: LabContext): Promise<Result<void>> {
  const script = join(recipeDirectory, "rootfs.sh");
  if (isRoot) return runAsRoot(script, argv, context);
  const started = await spawnTool("sh", [script, ...argv], ["ignore", "pipe", "pipe"]);
  if (!started.ok) return started;
  const child = started.value;
  // The script passes it on, and waits for mmdebstrap to clear away what belongs to other users of its namespace.
  const stop = (): void => void child.kill("SIGTERM");
  const phases = phaseReader(context);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-65_536);
      phases(text);
    });
  }
  context.signal.addEventListener("abort", stop, { once: true });
  if (context.signal.aborted) stop();
  const exitCode = await new Promise<number>((settle) => child.once("close", (code) => settle(code ?? 128)));
  context.signal.removeEventListener("abort", stop);
  return outcome(script, argv, exitCode, said, context);
}

export interface DiskRecipe {
  readonly layout: LayoutName;
  readonly rootfs: string;
  /** The public key that the server's users accept. */
  readonly publicKey: string;
  /** Takes what image.sh leaves. */
  readonly output: string;
}

/** Runs image.sh. */
export async function makeDisk(recipe: DiskRecipe, context: LabContext): Promise<Result<void>> {
  const { layout, rootfs, publicKey, output } = recipe;
  const script = join(recipeDirectory, "image.sh");
  if (isRoot) return runAsRoot(script, [layout, rootfs, recipeDirectory, publicKey, output], context);
  return makeDiskInHelper(recipe, context);
}

/** A recipe runs in namespaces of its own: with it go its processes and its mounts, however it ends. */
async function runAsRoot(
  script: string,
  argv: readonly string[],
  context: LabContext,
): Promise<Result<void>> {
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const ran = await runTool("unshare", [...namespaces, "--", script, ...argv], {
    signal: context.signal,
    onOutput: phaseReader(context),
  });
  if (!ran.ok) return ran;
  return outcome(script, argv, ran.value.exitCode, ran.value.stderr, context);
}

/** In the output folder: what the machine reads. */
const helperFolder = "helper";

/** The unpacked root filesystem, with its owners, needs a filesystem of the machine's own. */
const scratchBytes = 4 * 1_073_741_824;

async function makeDiskInHelper(recipe: DiskRecipe, context: LabContext): Promise<Result<void>> {
  const { layout, rootfs, publicKey, output } = recipe;
  const work = join(output, helperFolder);
  const scratch = join(work, "scratch");
  await mkdir(work);
  await link(rootfs, join(work, "rootfs.tar"));
  await cp(recipeDirectory, join(work, "lab", "recipe"), { recursive: true });
  await cp(payloadDirectory, join(work, "lab", "payload"), { recursive: true });
  await writeFile(join(work, "key.pub"), await readFile(publicKey));
  const disk = await open(scratch, "w", 0o600);
  await disk.truncate(scratchBytes).finally(() => disk.close());
  await writeFile(join(work, "init"), diskScript(layout), { mode: 0o700 });

  const phases = phaseReader(context);
  let said = "";
  let isDone = false;
  const ran = await runHelper({
    scriptPath: join(work, "init"),
    disks: [{ path: scratch, isReadOnly: false }],
    runDirectory: join(output, "run"),
    signal: context.signal,
    onLine: (line) => {
      if (line === "@done") isDone = true;
      said = `${said}${line}\n`.slice(-65_536);
      phases(`${line}\n`);
    },
  });
  await rm(work, { recursive: true, force: true });
  if (!ran.ok) return ran;
  return outcome("image.sh", [layout], isDone ? 0 : 1, said, context);
}

/** What the user-mode Linux does: image.sh, over its own disk, with the results in the work folder. */
const diskScript = (layout: LayoutName): string =>
  [
    machineStart,
    "load loop ext4 xfs vfat nls_cp437 nls_iso8859-1 nls_utf8 btrfs",
    `mke2fs -q -F -t ext4 ${helperDevice(0)} && mkdir /tmp/scratch && mount -t ext4 ${helperDevice(0)} /tmp/scratch || die "no room to unpack in"`,
    `cd /tmp/work/${helperFolder} || die "no recipes"`,
    `export LAB_SCRATCH=/tmp/scratch; sh lab/recipe/image.sh ${word(layout)} $PWD/rootfs.tar $PWD/lab/recipe $PWD/key.pub /tmp/work 2>&1 || die "image.sh ended with $?"`,
    "say done",
    "leave",
    "",
  ].join("\n");

/** Tells what a recipe says it is at: our own lines, and mmdebstrap's. */
function phaseReader(context: LabContext): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const phase =
        /^phase: (.+)/.exec(line)?.[1] ??
        /^I: ((?:downloading|extracting|installing|creating) .+)\.\.\.$/.exec(line)?.[1];
      if (phase !== undefined) context.report(phase);
    }
  };
}

function outcome(
  script: string,
  argv: readonly string[],
  exitCode: number,
  said: string,
  { signal }: LabContext,
): Result<void> {
  if (signal.aborted) return fail("cancelled", inEnglish("building the lab server was cancelled"));
  if (exitCode === 0) return ok();
  return fail("command-failed", inEnglish(`building the lab server failed in ${script}`), {
    command: [script, ...argv].join(" "),
    exitCode,
    output: said.trim().split("\n").slice(-15).join("\n"),
  });
}
