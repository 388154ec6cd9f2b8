/** A disk with an empty NTFS, and what a Windows on it has in its registry. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeHive, type HiveContents } from "./make-hive.ts";

const mebibyte = 1_048_576;

/** An MBR with one NTFS partition from 1 MiB on. */
export function makeWindowsDisk(path: string, signature: number): void {
  const run = (program: string, args: readonly string[], input = ""): void =>
    void execFileSync(program, args, { input, stdio: ["pipe", "ignore", "pipe"] });
  run("truncate", ["-s", "41M", path]);
  const table = `label: dos\nlabel-id: 0x${signature.toString(16)}\nstart=2048, size=${40 * 2048}, type=7, bootable\n`;
  run("sfdisk", ["-q", path], table);
  const volume = `${path}.ntfs`;
  run("truncate", ["-s", "40M", volume]);
  run("mkntfs", ["-q", "-Q", "-F", "-s", "512", "-p", "2048", "-H", "255", "-S", "63", volume]);
  const disk = openSync(path, "r+");
  writeSync(disk, readFileSync(volume), 0, 40 * mebibyte, mebibyte);
  closeSync(disk);
  rmSync(volume);
}

const firewall = "ControlSet001\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules";
const system: HiveContents = {
  Select: { Current: "dword:1", Default: "dword:1" },
  "ControlSet001\\Control\\Terminal Server": { fDenyTSConnections: "dword:0" },
  "ControlSet001\\Control\\TimeZoneInformation": { TimeZoneKeyName: "string:China Standard Time" },
  "ControlSet001\\Services\\VMTools": {
    Type: "dword:16",
    Start: "dword:2",
    DisplayName: "string:VMware Tools",
  },
  "ControlSet001\\Services\\atapi": { Type: "dword:1", Start: "dword:3" },
  [firewall]: {
    "RemoteDesktop-UserMode-In-TCP":
      "string:v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort=3389|",
  },
  // Of a dynamic volume.
  MountedDevices: {
    "\\DosDevices\\C:": `hex:3:${[...Buffer.from("DMIO:ID:"), ...Buffer.from("00112233445566778899aabbccddee01", "hex")].map((byte) => byte.toString(16).padStart(2, "0")).join(",")}`,
  },
};
const software: HiveContents = {
  "Microsoft\\Windows NT\\CurrentVersion": {
    CurrentVersion: "string:6.1",
    ProductName: "string:Windows Server 2008 R2 Standard",
  },
};

/** Paths of hives by the names that they have in System32\\config. */
export function windowsHives(folder: string): Readonly<Record<string, string>> {
  const paths = { system: join(folder, "hive-system"), SOFTWARE: join(folder, "hive-software") };
  makeHive(paths.system, system);
  makeHive(paths.SOFTWARE, software);
  return paths;
}
