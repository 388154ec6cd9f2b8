/** A machine that boots replicas on throw-away overlays, without a network. */
import { spawn, type ChildProcess } from "node:child_process";
import { copyFile, open, rm, type FileHandle } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { runQemuImg } from "../image/qemu-img.ts";
import type { ReplicaFile } from "../tasks/implementations.ts";
import { acceleratorArguments, type Accelerator } from "./accelerator.ts";
import { QmpClient } from "./qmp.ts";

export interface GuestOptions {
  readonly disks: readonly ReplicaFile[];
  /** Overlays, sockets and firmware variables live here while it runs. */
  readonly workDirectory: string;
  readonly firmware: "bios" | "uefi";
  readonly memoryMiB: number;
  readonly accelerator: Accelerator;
  readonly signal: AbortSignal;
  /** Called with a path before it is made. */
  claim(path: string): Promise<void>;
}

/** Ends QEMU when the pipe from its owner closes, however the owner ended. */
const guard = `exec 3<&0
"$@" </dev/null &
machine=$!
( cat >/dev/null; kill -9 $machine 2>/dev/null ) <&3 &
watcher=$!
wait $machine
code=$?
kill $watcher 2>/dev/null
exit $code`;

const uefiCode = [
  "/usr/share/OVMF/OVMF_CODE_4M.fd",
  "/usr/share/OVMF/OVMF_CODE.fd",
  "/usr/share/edk2/ovmf/OVMF_CODE.fd",
  "/usr/share/edk2-ovmf/x64/OVMF_CODE.fd",
];
const keptMessages = 2000;

export class Guest {
  readonly #child: ChildProcess;
  readonly #qmp: QmpClient;
  readonly #serial: FileHandle;
  readonly #temporary: readonly string[];
  /** Where QEMU writes the serial console. */
  readonly serialPath: string;
  #ended: string | null = null;

  private constructor(
    child: ChildProcess,
    qmp: QmpClient,
    serial: FileHandle,
    serialPath: string,
    temporary: readonly string[],
  ) {
    this.#child = child;
    this.#qmp = qmp;
    this.#serial = serial;
    this.serialPath = serialPath;
    this.#temporary = temporary;
    child.once("exit", (code, signal) => (this.#ended = signal ?? `exit code ${code}`));
  }

  static async start(options: GuestOptions): Promise<Result<Guest>> {
    const { workDirectory, signal } = options;
    const serialPath = join(workDirectory, "console.log");
    const socketPath = join(workDirectory, "qmp.sock");
    const temporary = [socketPath];
    const remove = () => Promise.all(temporary.map((path) => rm(path, { force: true })));

    const claim = async (path: string) => {
      await options.claim(path);
      await rm(path, { force: true });
    };
    await claim(socketPath);
    await claim(serialPath);

    const drives: string[] = [];
    for (const { diskId, replicaPath } of options.disks) {
      const overlay = join(workDirectory, `overlay-${diskId}.qcow2`);
      await claim(overlay);
      temporary.push(overlay);
      const made = await runQemuImg(
        ["create", "-q", "-f", "qcow2", "-b", replicaPath, "-F", "raw", overlay],
        { signal },
      );
      if (!made.ok) {
        await remove();
        return made;
      }
      const id = `disk${diskId}`;
      drives.push(
        "-drive",
        `file=${optionValue(overlay)},if=none,id=${id},format=qcow2,cache=unsafe,discard=unmap`,
        "-device",
        `virtio-blk-pci,drive=${id},bootindex=${diskId}`,
      );
    }
    const firmware = await firmwareArguments(options.firmware, workDirectory, claim);
    if (!firmware.ok) {
      await remove();
      return firmware;
    }
    temporary.push(...firmware.value.temporary);

    const program = [
      "qemu-system-x86_64",
      "-nodefaults",
      "-no-user-config",
      "-no-reboot",
      ...["-machine", options.firmware === "uefi" ? "q35" : "pc"],
      ...acceleratorArguments(options.accelerator),
      ...["-m", String(options.memoryMiB), "-smp", "1"],
      ...["-display", "none", "-vga", "std", "-nic", "none"],
      ...["-serial", `file:${serialPath}`],
      ...["-qmp", `unix:${optionValue(socketPath)},server=on,wait=off`],
      ...firmware.value.args,
      ...drives,
    ];
    const child = spawn("/bin/sh", ["-c", guard, "sh", ...program], { stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr
      .setEncoding("utf8")
      .on("data", (part: string) => (said = (said + part).slice(-keptMessages)));
    child.stdin.on("error", () => undefined);

    const qmp = await connectWhenReady(child, socketPath, signal);
    if (qmp === null) {
      child.stdin.destroy();
      child.kill("SIGKILL");
      await remove();
      if (signal.aborted) return fail("cancelled", "the boot check was cancelled");
      if (/not found/.test(said)) {
        return fail(
          "tool-missing",
          "QEMU is not installed",
          { tool: "qemu-system-x86_64" },
          "Install QEMU, on Debian: apt-get install --no-install-recommends qemu-system-x86 seabios ovmf",
        );
      }
      return fail("image-failed", `QEMU did not start: ${said.trim()}`, { output: said.trim() });
    }
    return ok(new Guest(child, qmp, await open(serialPath, "r"), serialPath, temporary));
  }

  /** Null while it runs, otherwise how it ended. */
  get ended(): string | null {
    return this.#ended;
  }

  /** The last `limit` bytes of the serial console. */
  async serialTail(limit: number): Promise<string> {
    const { size } = await this.#serial.stat();
    const from = Math.max(0, size - limit);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await this.#serial.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead).toString("utf8");
  }

  /** Writes a picture of the screen to `path`; false where the machine is gone or this QEMU cannot. */
  async screenshot(path: string, format: "ppm" | "png"): Promise<boolean> {
    return (await this.#qmp.execute("screendump", { filename: path, format })).ok;
  }

  /** Ends the machine and removes its overlays. May be called twice. */
  async destroy(): Promise<void> {
    this.#qmp.close();
    this.#child.stdin?.destroy();
    if (this.#ended === null) {
      const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
      await Promise.race([gone, sleep(5000)]);
    }
    await this.#serial.close().catch(() => undefined);
    await Promise.all(this.#temporary.map((path) => rm(path, { force: true })));
  }
}

/** QEMU reads a comma as the end of a value unless it is doubled. */
function optionValue(path: string): string {
  return path.replaceAll(",", ",,");
}

async function firmwareArguments(
  firmware: "bios" | "uefi",
  workDirectory: string,
  claim: (path: string) => Promise<void>,
): Promise<Result<{ args: string[]; temporary: string[] }>> {
  if (firmware === "bios") return ok({ args: [], temporary: [] });
  const code = uefiCode.find((path) => existsSync(path));
  if (code === undefined) {
    return fail(
      "tool-missing",
      "UEFI firmware for QEMU is not installed",
      { tool: "ovmf" },
      "Install it, on Debian: apt-get install --no-install-recommends ovmf",
    );
  }
  const variables = join(workDirectory, "uefi-variables.fd");
  await claim(variables);
  await copyFile(code.replace("_CODE", "_VARS"), variables);
  return ok({
    args: [
      ...["-drive", `if=pflash,format=raw,unit=0,readonly=on,file=${optionValue(code)}`],
      ...["-drive", `if=pflash,format=raw,unit=1,file=${optionValue(variables)}`],
    ],
    temporary: [variables],
  });
}

async function connectWhenReady(
  child: ChildProcess,
  path: string,
  signal: AbortSignal,
): Promise<QmpClient | null> {
  while (child.exitCode === null && child.signalCode === null && !signal.aborted) {
    if (existsSync(path)) {
      const client = await QmpClient.connect(path);
      if (client.ok) return client.value;
    }
    await sleep(50);
  }
  return null;
}
