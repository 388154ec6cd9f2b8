/** Builds the lab's disk images, each in two cached stages: a root filesystem per suite, a disk per layout. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mirrorBases } from "../../scripts/agent/mirrors.ts";
import { makeKey } from "../support/sshd/sshd.ts";
import { cached, recipeHash } from "./cache.ts";
import { acceleratorArguments, guarded } from "./machine.ts";

export const layouts = ["gpt-lvm", "mbr-plain"] as const;
export type Layout = (typeof layouts)[number];

export interface LabImage {
  readonly layout: Layout;
  /** Raw disk; never written after it was built. */
  readonly diskPath: string;
  /** Private key that root, admin (sudo with password lab-admin) and deploy (sudo without) accept. */
  readonly keyPath: string;
  readonly hostKeyPath: string;
  /** What list-payload.sh printed when the payload was made. */
  readonly payloadManifest: string;
  readonly payloadDirectories: readonly string[];
}

export interface LabReport {
  report(text: string): void;
  readonly signal: AbortSignal;
}

const suite = "bookworm";
const kernel = "linux-image-cloud-amd64";
const recipe = join(import.meta.dirname, "recipe");
const payload = join(import.meta.dirname, "payload");
const bootLoaderTimeoutSeconds = 600;

export class LabError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

function filesIn(directory: string): string[] {
  return readdirSync(directory)
    .toSorted()
    .map((name) => join(directory, name));
}

/** Runs a program; lines `phase: …` of its output are progress. */
function run(program: string, args: readonly string[], { report, signal }: LabReport): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], signal });
    let said = "";
    createInterface({ input: child.stdout }).on("line", (line) => {
      const phase = /^phase: (.*)$/.exec(line)?.[1];
      if (phase !== undefined) report(`lab: ${phase}`);
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => (said = (said + part).slice(-3000)));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve()
        : reject(
            new LabError(
              `${program} ${args[0] ?? ""} ended with ${code}:\n${said}`,
              "Read the output above; `npm run lab -- clean` starts anew.",
            ),
          ),
    );
  });
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new LabError(
    "building the demo server needs root (loop devices, chroot), and this user is not root",
    "Run it once as root, e.g. `sudo npm run lab -- build`, with HOME kept, or migrate a server of your own: npm run -s sma -- migrate USER@HOST",
  );
}

async function rootFilesystem(lab: LabReport): Promise<string> {
  const script = join(recipe, "rootfs.sh");
  const hash = recipeHash([suite, kernel], [script]);
  const directory = await cached(`rootfs-${suite}`, hash, async (partial) => {
    requireRoot();
    const [mirror] = await mirrorBases(process.env);
    if (mirror === undefined) throw new LabError("apt has no Debian mirror", "Set SMA_DEBIAN_MIRROR to one.");
    await run("sh", [script, suite, kernel, mirror, "main", join(partial, "rootfs.tar")], lab);
  });
  return join(directory, "rootfs.tar");
}

/** Boots the guest once, directly into a script that installs GRUB as its own Debian does. */
async function installBootLoader(directory: string, lab: LabReport): Promise<void> {
  lab.report("lab: the guest installs its boot loader (one emulated boot)");
  const kernelArguments = readFileSync(join(directory, "kernel-arguments"), "utf8").trim();
  const machine = guarded([
    "qemu-system-x86_64",
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-machine", "pc"],
    ...(await acceleratorArguments()),
    ...["-m", "768", "-smp", "1", "-nic", "none", "-serial", "stdio"],
    ...["-kernel", join(directory, "vmlinuz"), "-initrd", join(directory, "initrd.img")],
    ...[
      "-append",
      `${kernelArguments} rw console=ttyS0 quiet init=/usr/local/lib/lab/install-boot-loader.sh`,
    ],
    ...[
      "-drive",
      `file=${join(directory, "disk.raw")},if=virtio,format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap`,
    ],
  ]);
  let said = "";
  machine.child.stdout?.setEncoding("utf8").on("data", (part: string) => (said += part));
  const timer = setTimeout(() => machine.end(), bootLoaderTimeoutSeconds * 1000);
  const stop = () => machine.end();
  lab.signal.addEventListener("abort", stop, { once: true });
  await machine.ended;
  clearTimeout(timer);
  lab.signal.removeEventListener("abort", stop);
  lab.signal.throwIfAborted();
  if (!said.includes("lab: boot loader installed")) {
    throw new LabError(
      `the guest could not install its boot loader:\n${said.slice(-3000)}`,
      "Read the output above.",
    );
  }
}

/** The image of a layout, built where it is not in the cache. */
export async function prepareLabImage(layout: Layout, lab: LabReport): Promise<LabImage> {
  const keys = await cached("keys", "1", async (partial) => {
    makeKey(join(partial, "id_ed25519"), { type: "ed25519", passphrase: "" });
  });
  const keyPath = join(keys, "id_ed25519");
  const rootfs = await rootFilesystem(lab);
  const hash = recipeHash([layout, rootfs], [...filesIn(recipe), ...filesIn(payload), `${keyPath}.pub`]);
  const directory = await cached(`disk-${layout}`, hash, async (partial) => {
    requireRoot();
    const args = [join(recipe, "image.sh"), layout, rootfs, recipe, `${keyPath}.pub`, partial];
    await run("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", ...args], lab);
    await installBootLoader(partial, lab);
  });
  return {
    layout,
    diskPath: join(directory, "disk.raw"),
    keyPath,
    hostKeyPath: join(directory, "ssh-host-key.pub"),
    payloadManifest: readFileSync(join(directory, "payload.manifest"), "utf8"),
    payloadDirectories: readFileSync(join(directory, "payload-directories"), "utf8").trim().split(/\s+/),
  };
}
