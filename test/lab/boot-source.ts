import { inEnglish } from "../support/in-english.ts";
import { connect } from "node:net";
import { constants, existsSync } from "node:fs";
import { copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { detectAccelerator } from "../../intermediate/qemu/accelerator.ts";
import {
  startGuest,
  type Guest,
  type GuestBacking,
  type GuestDisk,
  type GuestFirmware,
  type GuestForward,
} from "../../intermediate/qemu/guest.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import { makeWorkDirectory } from "./cache.ts";
import { runOverSsh, type LabOutput } from "./lab-ssh.ts";
import {
  keepRunningState,
  labProcessor,
  runningDiskName,
  runningSnapshot,
  runningStatePlace,
  wakeUp,
} from "./running-state.ts";
import { starvedSeconds } from "./starved-time.ts";
import { sweepWork, type LabContext, type LabImage } from "./prepare-image.ts";

export interface BootOptions extends LabContext {
  /** Port on this machine's loopback that leads to the guest's sshd; 0 or nothing picks a free one. */
  readonly sshPort?: number;
  /** Further ports of the guest. */
  readonly forwards?: readonly GuestForward[];
  readonly memoryMiB?: number;
  /** Default: BIOS. */
  readonly firmware?: GuestFirmware;
  /** Goes on from this snapshot inside the disk instead of booting. */
  readonly resumeFrom?: string;
  /** Seconds until sshd must answer, not counted while the host had no processor for it. Default 300. */
  readonly timeoutSeconds?: number;
}

/** A running server of the lab. It dies with this process; what it writes goes into an overlay. */
export interface LabSource {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Where the guest reaches this machine's loopback. */
  readonly hostAddress: "10.0.2.2";
  /** In the order of `forwards`. */
  readonly hostPorts: readonly number[];
  readonly keyPath: string;
  readonly hostKey: string;
  readonly pid: number;
  readonly secondsToSsh: number;
  readonly overlayPath: string;
  readonly guest: Guest;
  /** Runs a shell command as root (or another user) through a connection of the lab's own. */
  run(
    command: string,
    options?: { readonly user?: string; readonly stdin?: string },
  ): Promise<Result<LabOutput>>;
  /** Shuts the guest's system down in order and removes the overlay; after a minute the plug is pulled. */
  powerOff(): Promise<void>;
  /** Pulls the plug and removes the overlay. May be called twice. */
  kill(): Promise<void>;
}

/** Who may log in: root and admin by password or key, deploy too; admin's sudo wants the password, deploy's does not. */
export const labPasswords = { root: "lab-root", admin: "lab-admin", deploy: "lab-deploy" } as const;

const defaultTimeoutSeconds = 300;
const defaultMemoryMiB = 512;

/**
 * Boots a lab image and waits until its sshd answers. A machine of the usual kind goes on from where it was when it was
 * booted for the first time: see running-state.ts.
 */
export async function bootLabSource(image: LabImage, options: BootOptions): Promise<Result<LabSource>> {
  const backing: GuestBacking = { path: image.diskPath, format: "raw" };
  const boot = (): Promise<Result<LabSource>> => bootCopy(backing, image.sizeBytes, image, options);
  // The variables of UEFI lie in a file that cannot hold a snapshot.
  if (options.firmware !== undefined && options.firmware.kind !== "bios") return boot();
  const place = await runningStatePlace(image, options.memoryMiB ?? defaultMemoryMiB);
  if (existsSync(place)) {
    const resumed = await resumeCopy(join(place, runningDiskName), backing, image, options);
    if (resumed.ok || options.signal.aborted) return resumed;
    options.report(
      `what was kept of the running machine is of no use (${resumed.failure.message}): it boots`,
      { kind: "demo-state-useless" },
    );
    await rm(place, { recursive: true, force: true });
  }
  const booted = await boot();
  if (booted.ok) await keepRunningState(booted.value, place, options);
  return booted;
}

async function resumeCopy(
  runningDisk: string,
  backing: GuestBacking,
  image: LabImage,
  options: BootOptions,
): Promise<Result<LabSource>> {
  const work = await makeWorkDirectory("vm");
  const removeWork = (): Promise<void> => rm(work, { recursive: true, force: true });
  const overlayPath = join(work, "overlay.qcow2");
  await copyFile(runningDisk, overlayPath, constants.COPYFILE_FICLONE);
  const resumed = await bootDisk(
    { path: overlayPath, format: "qcow2", backing },
    image,
    { ...options, resumeFrom: runningSnapshot },
    removeWork,
  );
  if (!resumed.ok) {
    await removeWork();
    return resumed;
  }
  const awoken = await wakeUp(resumed.value);
  if (awoken.ok) return resumed;
  await resumed.value.kill();
  return awoken;
}

/**
 * Boots any copy of a lab server's disk (a migrated image, say), to look into it over SSH. The copy is only read: what
 * the guest writes goes into an overlay. `image` is the lab image that the copy comes from; its keys fit.
 */
export async function bootCopy(
  copy: GuestBacking,
  virtualBytes: number,
  image: LabImage,
  options: BootOptions,
): Promise<Result<LabSource>> {
  await sweepWork(options.signal);
  const work = await makeWorkDirectory("vm");
  const removeWork = (): Promise<void> => rm(work, { recursive: true, force: true });
  const overlayPath = join(work, "overlay.qcow2");
  const argv = ["create", "-q", "-f", "qcow2", overlayPath, String(virtualBytes)];
  const created = await runTool("qemu-img", argv, { signal: options.signal });
  let booted: Result<LabSource>;
  if (!created.ok) booted = created;
  else if (created.value.exitCode !== 0) {
    booted = fail("image-failed", inEnglish("the overlay could not be made"), {
      output: created.value.stderr,
    });
  } else
    booted = await bootDisk(
      { path: overlayPath, format: "qcow2", backing: copy },
      image,
      options,
      removeWork,
    );
  if (!booted.ok) await removeWork();
  return booted;
}

/**
 * Boots a disk that carries a lab server's system. The disk's own file is written ({@link bootCopy} spares it);
 * `afterEnd` is called once, when the machine is gone.
 */
export async function bootDisk(
  disk: GuestDisk,
  image: LabImage,
  options: BootOptions,
  afterEnd: () => Promise<void> = async () => undefined,
): Promise<Result<LabSource>> {
  const { signal, report } = options;
  if (signal.aborted) return fail("cancelled", inEnglish("booting the lab server was cancelled"));
  const begun = Date.now();
  const accelerator = await detectAccelerator();
  let serialTail = "";
  const started = await startGuest({
    disks: [disk],
    firmware: options.firmware ?? { kind: "bios" },
    memoryMiB: options.memoryMiB ?? defaultMemoryMiB,
    ...(options.resumeFrom === undefined ? {} : { resumeFrom: options.resumeFrom }),
    accelerator,
    emulatedModel: labProcessor,
    network: {
      kind: "user",
      forwards: [{ hostPort: options.sshPort ?? 0, guestPort: 22 }, ...(options.forwards ?? [])],
    },
    onSerial: (bytes) => {
      serialTail = (serialTail + bytes.toString("latin1")).slice(-4_096);
    },
  });
  if (!started.ok) return started;
  const guest = started.value;
  const [port = 0, ...hostPorts] = guest.hostPorts;
  let ended = false;
  void guest.ended.then(() => (ended = true));
  let finished: Promise<void> | undefined;
  const kill = (): Promise<void> => (finished ??= guest.kill().then(afterEnd));

  const name = `the lab server ${image.layout}`;
  const note = accelerator === "tcg" ? " (emulated, no KVM here)" : "";
  const timeoutSeconds = options.timeoutSeconds ?? defaultTimeoutSeconds;
  let reportedAt = -10;
  for (;;) {
    const seconds = Math.round((Date.now() - begun) / 1000);
    const isLate = seconds - (await starvedSeconds(guest.pid)) > timeoutSeconds;
    if (signal.aborted || ended || isLate) {
      const how = ended ? "switched itself off" : `did not answer within ${seconds} s`;
      await kill();
      if (signal.aborted) return fail("cancelled", inEnglish("booting the lab server was cancelled"));
      return fail("host-unreachable", inEnglish(`${name} ${how}`), { console: serialTail.slice(-1_000) });
    }
    if (seconds - reportedAt >= 5) {
      report(`${name} boots: ${seconds} s${note}`, { kind: "demo-booting", seconds });
      reportedAt = seconds;
    }
    if (await answersSsh(port)) break;
    await sleep(500);
  }
  const secondsToSsh = Math.round((Date.now() - begun) / 100) / 10;
  report(`${name} answers on port ${port} after ${secondsToSsh} s`, {
    kind: "demo-answers",
    seconds: secondsToSsh,
  });

  const privateKey = await readFile(image.keyPath);
  const run: LabSource["run"] = (command, { user = "root", stdin = "" } = {}) =>
    runOverSsh({ host: "127.0.0.1", port, user, privateKey, hostKey: image.hostKey }, command, stdin);
  return ok({
    host: "127.0.0.1",
    port,
    hostAddress: "10.0.2.2",
    hostPorts,
    keyPath: image.keyPath,
    hostKey: image.hostKey,
    pid: guest.pid,
    secondsToSsh,
    overlayPath: disk.path,
    guest,
    run,
    powerOff: async () => {
      // The connection breaks under the command; what counts is that the machine goes.
      if (!ended) await run("systemctl poweroff");
      await Promise.race([guest.ended, sleep(60_000, undefined, { ref: false })]);
      await kill();
    },
    kill,
  });
}

/** QEMU accepts connections before the guest listens: only the server's greeting counts. */
export function answersSsh(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, "127.0.0.1");
    const done = (answer: boolean): void => {
      settle(answer);
      socket.destroy();
    };
    socket.setTimeout(5_000, () => done(false));
    socket.on("data", (greeting) => done(greeting.subarray(0, 4).toString("latin1") === "SSH-"));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}
