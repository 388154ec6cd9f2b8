import { copyFile, rm } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { attempt, ok, unwrap, type Result } from "../../common/result.ts";
import { type Accelerator } from "../qemu/accelerator.ts";
import {
  startGuest,
  type Guest,
  type GuestBacking,
  type GuestDisk,
  type GuestFirmware,
  type GuestNetwork,
} from "../qemu/guest.ts";
import { createOverlay } from "../qemu/overlay.ts";
import { findUefiFirmware } from "../qemu/uefi-firmware.ts";
import type { ReplicaFile } from "../tasks/implementations.ts";
import { ConsoleLog } from "./console-log.ts";

export interface MachineOptions {
  readonly disks: readonly ReplicaFile[];
  /** An existing directory for overlays, firmware variables and the console log. */
  readonly workDirectory: string;
  readonly firmware: "bios" | "uefi";
  readonly memoryMiB: number;
  readonly accelerator: Accelerator;
  readonly network: GuestNetwork;
  readonly signal: AbortSignal;
  claim(path: string): Promise<void>;
  /** Called with the overlays before the machine starts; what it changes is thrown away with them. */
  prepare?(overlays: readonly string[]): Promise<void>;
  /** Gives the machine a second serial port, and takes its bytes. */
  onCheckIn?(bytes: Buffer): void;
}

/** A guest on overlays that are thrown away. */
export interface ThrowawayMachine {
  readonly guest: Guest;
  readonly console: ConsoleLog;
  /** Pulls the plug and removes overlays and variables; the console log stays. */
  destroy(): Promise<void>;
}

/**
 * Boots replicas, or the conversion's overlays over them, which are only read: everything that the guest writes goes into overlays. Failures: `tool-missing`,
 * `no-space`, `image-failed`, `cancelled`; after one, nothing but the console log is left.
 */
export async function startThrowawayMachine(options: MachineOptions): Promise<Result<ThrowawayMachine>> {
  const { workDirectory, signal, claim } = options;
  const temporary: string[] = [];
  const claimFresh = async (name: string): Promise<string> => {
    const path = resolve(workDirectory, name);
    await claim(path);
    await rm(path, { force: true });
    return path;
  };
  const claimTemporary = async (name: string): Promise<string> => {
    const path = await claimFresh(name);
    temporary.push(path);
    return path;
  };
  const removeTemporary = async (): Promise<void> => {
    for (const path of temporary) await rm(path, { force: true });
  };

  const console = await ConsoleLog.create(await claimFresh("console.log"));
  const started = await attempt(async () => {
    const disks: GuestDisk[] = [];
    for (const { diskId, replicaPath, overlayPath, sizeBytes } of options.disks) {
      const path = await claimTemporary(`overlay-${diskId}.qcow2`);
      const below = overlayPath ?? replicaPath;
      const format = overlayPath === undefined || overlayPath === null ? "raw" : "qcow2";
      // QEMU is told anyway what it rests on, read-only; libguestfs goes by the header.
      const relativePath = relative(resolve(workDirectory), resolve(below));
      unwrap(await createOverlay({ path, sizeBytes, backing: { relativePath, format }, signal }));
      const backing: GuestBacking = { path: resolve(below), format };
      disks.push({ path, format: "qcow2", backing });
    }
    const firmware = unwrap(await prepareFirmware(options.firmware, claimTemporary));
    await options.prepare?.(disks.map(({ path }) => path));
    const { memoryMiB, accelerator, network } = options;
    return unwrap(
      await startGuest({
        disks,
        firmware,
        memoryMiB,
        accelerator,
        network,
        onSerial: (bytes) => console.append(bytes),
        ...(options.onCheckIn === undefined ? {} : { onSecondSerial: options.onCheckIn }),
      }),
    );
  }).catch(async (error: unknown) => {
    await removeTemporary();
    throw error;
  });
  if (!started.ok) {
    await console.close();
    await removeTemporary();
    return started;
  }
  const guest = started.value;
  return ok({
    guest,
    console,
    destroy: async () => {
      await guest.kill();
      await console.close();
      await removeTemporary();
    },
  });
}

/** UEFI's code, and variables of its own that the guest may write; `tool-missing`. */
export async function prepareFirmware(
  kind: "bios" | "uefi",
  claimTemporary: (name: string) => Promise<string>,
): Promise<Result<GuestFirmware>> {
  if (kind === "bios") return ok({ kind: "bios" });
  const found = findUefiFirmware();
  if (!found.ok) return found;
  const { codePath, variablesTemplatePath } = found.value;
  const variablesPath = await claimTemporary("uefi-variables.fd");
  await copyFile(variablesTemplatePath, variablesPath);
  return ok({ kind: "uefi", codePath, variablesPath });
}
