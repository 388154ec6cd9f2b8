/** Finds the Windows on the overlays, mounts it in the appliance and opens its registry. */
import { readFile, writeFile } from "node:fs/promises";
import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, FailureError } from "../../../common/result.ts";
import type { Appliance } from "../appliance.ts";
import type { BlockDevice, Inspection } from "../inspect.ts";
import type { FormerVolume, PartitionIdentity, WindowsGuest, WindowsVersion } from "./guest.ts";
import { isHiveError } from "./hive-cells.ts";
import { HiveFile } from "./hive-file.ts";
import { readDword, readText } from "./registry.ts";

const mostHiveBytes = 512 * 1024 * 1024;

export interface OpenedWindows {
  readonly guest: WindowsGuest;
  /** Puts a changed registry back, unless it is to be left, and unmounts; gives the files that were written. */
  close(isToBeKept: boolean): Promise<readonly string[]>;
}

/** Where the appliance's copies of the guest's files are for a while. */
export interface OpenWindowsOptions {
  readonly scratchPath: string;
  readonly formerVolumes: readonly FormerVolume[];
}

/** A reason why a Windows is left as it is; what cannot go on at all is thrown. */
export async function openWindows(
  appliance: Appliance,
  inspection: Inspection,
  { scratchPath, formerVolumes }: OpenWindowsOptions,
): Promise<OpenedWindows | Told> {
  const [device, ...others] = inspection.windows;
  if (device === undefined || others.length > 0) return told({ kind: "windows-several" });
  const mounted = await appliance.command("mount-vfs", "", "ntfs-3g", device, "/");
  if (!mounted.ok) throw mountFailure(appliance, device, mounted.error);
  const folder = await appliance.must("case-sensitive-path", "/Windows/System32").then((path) => path.trim());
  const find = (path: string): Promise<string> =>
    appliance.must("case-sensitive-path", `${folder}/${path}`).then((found) => found.trim());
  const systemPath = await find("config/SYSTEM");
  try {
    const read = async (path: string): Promise<HiveFile> => {
      await appliance.download(path, scratchPath, mostHiveBytes);
      return new HiveFile(await readFile(scratchPath));
    };
    const version = versionOf(await read(await find("config/SOFTWARE")));
    const system = await read(systemPath);
    const guest = {
      system,
      version,
      formerVolumes,
      controlSets: controlSetsOf(system),
      driverFiles: await driverFiles(appliance, folder),
      partitions: await partitionsOf(appliance, inspection.devices),
    };
    const close = async (isToBeKept: boolean): Promise<readonly string[]> => {
      const isWritten = isToBeKept && system.isChanged;
      if (isWritten) {
        await writeFile(scratchPath, system.finish());
        await appliance.must("upload", scratchPath, systemPath);
      }
      await appliance.must("umount-all");
      return isWritten ? [systemPath] : [];
    };
    return { guest, close };
  } catch (error) {
    if (!isHiveError(error)) throw error;
    await appliance.must("umount-all");
    return leftAsItIs(error);
  }
}

export const leftAsItIs = (error: Error): Told =>
  told({ kind: "windows-registry-left", text: error.message });

function mountFailure(appliance: Appliance, device: string, error: string): FailureError {
  if (!/hibernat|unsafe state/i.test(error))
    return new FailureError(appliance.failureOf(`mounting ${device}`, error));
  return new FailureError(
    fail(
      "guest-unsupported",
      told({ kind: "windows-hibernated" }),
      { device, output: error },
      told({ kind: "switch-hibernation-off" }),
    ).failure,
  );
}

function controlSetsOf(system: HiveFile): string[] {
  const numbers = ["Current", "Default"].map((name) => readDword(system, "Select", name));
  const sets = numbers.flatMap((number) =>
    number === null ? [] : [`ControlSet${String(number).padStart(3, "0")}`],
  );
  return [...new Set(sets)].filter((set) => system.hasKey(set));
}

function versionOf(software: HiveFile): WindowsVersion {
  const key = "Microsoft\\Windows NT\\CurrentVersion";
  const newer = readDword(software, key, "CurrentMajorVersionNumber");
  const [major = 0, minor = 0] = (readText(software, key, "CurrentVersion") ?? "").split(".").map(Number);
  const product = readText(software, key, "ProductName") ?? "";
  return newer === null ? { major, minor, product } : { major: newer, minor: 0, product };
}

async function driverFiles(appliance: Appliance, folder: string): Promise<ReadonlySet<string>> {
  const path = await appliance.command("case-sensitive-path", `${folder}/drivers`);
  if (!path.ok) return new Set();
  const listed = await appliance.must("ls", path.text.trim());
  return new Set(listed.split("\n").map((name) => name.toLowerCase()));
}

async function partitionsOf(
  appliance: Appliance,
  devices: readonly BlockDevice[],
): Promise<PartitionIdentity[]> {
  const output = await appliance.shell(
    'for p in /sys/class/block/sd*[0-9]; do echo "$(basename $p) $(cat $p/start)"; done',
  );
  const starts = new Map(output.split("\n").map((line) => line.split(" ") as [string, string | undefined]));
  return devices.flatMap(({ path, node, partitionUuid }) => {
    const [, letter] = /^\/dev\/sd([a-z])\d+$/.exec(path) ?? [];
    const start = Number(starts.get(node.replace("/dev/", "")));
    if (letter === undefined || partitionUuid === null || Number.isNaN(start)) return [];
    const [, signature] = /^([0-9a-f]{8})-[0-9a-f]{2,3}$/i.exec(partitionUuid) ?? [];
    return [
      {
        disk: letter.charCodeAt(0) - 97,
        startBytes: start * 512,
        signature: signature === undefined ? null : parseInt(signature, 16),
        guid: signature === undefined ? partitionUuid.toLowerCase() : null,
      },
    ];
  });
}

/** NTFS volumes that Windows will check when it starts, and why; nothing is mounted. */
export async function uncleanVolumes(appliance: Appliance, devices: readonly BlockDevice[]): Promise<Told[]> {
  const volumes = devices.filter(({ type }) => type === "ntfs");
  const nodes = volumes.map(({ node }) => node);
  const output = await appliance.shell(
    `for d in ${nodes.join(" ")}; do out=$(ntfsfix -n $d 2>&1); echo "checked $d $? $(ntfsinfo -m $d 2>/dev/null | grep -ci 'volume flags.*dirty')"; echo "$out" | tail -n 1; done`,
  );
  const notes: Told[] = [];
  for (const [, node = "", status = "", dirty = "", last = ""] of output.matchAll(
    /^checked (\S+) (\d+) (\d+)\n(.*)$/gm,
  )) {
    const path = volumes.find((volume) => volume.node === node)?.path ?? node;
    if (status !== "0") notes.push(told({ kind: "ntfs-damaged", device: path, text: last }));
    else if (dirty !== "0") notes.push(told({ kind: "ntfs-checked-at-start", device: path }));
  }
  return notes;
}
