import type {
  BootImagesFacts,
  BootLoaderFacts,
  ClockFacts,
  Evidence,
  FirmwareFacts,
  MemoryFacts,
  PlatformFacts,
  ProcessorFacts,
} from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { evidenceOf, linesOf } from "../capture.ts";
import { platformFacts } from "../platform.ts";
import type { WindowsClass } from "./objects.ts";
import { systemInfos } from "./os-statements.ts";
import { numberOf, valueOf, type WindowsRecord } from "./records.ts";
import { wordTable } from "../../../common/word-table.ts";

type Objects = ReadonlyMap<WindowsClass, readonly WindowsRecord[]>;

export function windowsPlatform(view: BundleView, objects: Objects): PlatformFacts {
  const system = objects.get("computer-system")?.[0];
  const bios = objects.get("bios")?.[0];
  const info = systemInfos(view)[0];
  const evidence: Evidence[] = [];
  if (system) evidence.push(system.evidence);
  else if (info?.info.machineLine)
    evidence.push({
      source: info.source,
      line: info.info.machineLine.number,
      text: info.info.machineLine.text.trim(),
    });
  if (bios) evidence.push(bios.evidence);
  return platformFacts({
    vendor: (system ? valueOf(system, "manufacturer") : null) ?? info?.info.manufacturer ?? null,
    product: (system ? valueOf(system, "model") : null) ?? info?.info.model ?? null,
    biosVendor: (bios ? valueOf(bios, "manufacturer") : null) ?? info?.info.bios ?? null,
    biosVersion: bios ? valueOf(bios, "smbiosbiosversion", "version") : null,
    boardVendor: null,
    assetTag: null,
    detected: [],
    hasHypervisorFlag: null,
    evidence,
  });
}

/** From bcdedit's loader, the storage partitions, `$env:firmware_type` and Confirm-SecureBootUEFI. */
export function windowsFirmware(view: BundleView): FirmwareFacts {
  const evidence: Evidence[] = [];
  let kind: FirmwareFacts["kind"] = null;
  let secureBoot: boolean | null = null;
  for (const command of view.allCommands) {
    for (const line of linesOf(command.output).slice(0, 2000)) {
      const loader = /winload\.(efi|exe)|bootmgfw\.efi/i.exec(line.text);
      if (loader && command.tool === "bcdedit" && kind === null) {
        kind = /efi$/i.test(loader[0]) ? "uefi" : "bios";
        evidence.push(evidenceOf(command.output, line));
      }
    }
    if (/firmware_?type/i.test(command.commandLine)) {
      const type = /\b(UEFI|Legacy|BIOS)\b/i.exec(command.output.text)?.[1]?.toLowerCase();
      if (type !== undefined) {
        kind = type === "uefi" ? "uefi" : "bios";
        evidence.push(evidenceOf(command.output, null));
      }
    }
    if (/SecureBoot/i.test(command.commandLine)) {
      const value = /\b(True|False|0x[01])\b/i.exec(command.output.text)?.[1]?.toLowerCase();
      if (value !== undefined) {
        secureBoot = value === "true" || value === "0x1";
        if (secureBoot) kind = "uefi";
        evidence.push(evidenceOf(command.output, null));
      }
    }
  }
  return { kind, secureBoot, evidence };
}

export function windowsBootLoader(build: string | null): BootLoaderFacts {
  const major = build === null ? null : Number(build.split(".")[0]);
  return {
    kind: major === null || !Number.isFinite(major) ? null : major >= 6 ? "bootmgr" : "ntldr",
    version: null,
    kernelCommandLine: null,
    evidence: [],
  };
}

/** Drivers from Win32_SystemDriver, service keys of the registry, or a listing of the drivers folder. */
export function windowsBootImages(view: BundleView, objects: Objects): BootImagesFacts {
  const evidence: Evidence[] = [];
  const names = new Set<string>();
  const drivers = objects.get("system-driver") ?? [];
  let looked = drivers.length > 0;
  for (const record of drivers) {
    const name = valueOf(record, "name")?.toLowerCase();
    if (name === undefined) continue;
    names.add(name);
    if (/^(viostor|vioscsi|netkvm)$/.test(name)) evidence.push(record.evidence);
  }
  for (const command of view.allCommands) {
    if (!/driverquery|\\drivers|viostor|vioscsi|netkvm/i.test(command.commandLine)) continue;
    looked ||= command.exitCode === 0;
    for (const line of linesOf(command.output)) {
      const name = /\b(viostor|vioscsi|netkvm)\b/i.exec(line.text)?.[1]?.toLowerCase();
      if (name === undefined || names.has(name)) continue;
      names.add(name);
      evidence.push(evidenceOf(command.output, line));
    }
  }
  const presence = (name: string): BootImagesFacts["virtioBlock"] =>
    names.has(name) ? "installed" : looked ? "absent" : null;
  return {
    tool: null,
    images: [],
    bootDirectoryListed: false,
    virtioBlock: presence("viostor"),
    virtioScsi: presence("vioscsi"),
    virtioNet: presence("netkvm"),
    evidence,
  };
}

export function windowsMemory(view: BundleView, objects: Objects): MemoryFacts {
  const system = objects
    .get("operating-system")
    ?.find((record) => numberOf(record, "totalvisiblememorysize") !== null);
  if (system) {
    const kib = (key: string): number | null => {
      const value = numberOf(system, key);
      return value === null ? null : value * 1024;
    };
    return {
      totalBytes: kib("totalvisiblememorysize"),
      availableBytes: kib("freephysicalmemory"),
      evidence: [system.evidence],
    };
  }
  const computer = objects
    .get("computer-system")
    ?.find((record) => numberOf(record, "totalphysicalmemory") !== null);
  if (computer)
    return {
      totalBytes: numberOf(computer, "totalphysicalmemory"),
      availableBytes: null,
      evidence: [computer.evidence],
    };
  const found = systemInfos(view)[0];
  const line = found?.info.memoryLine;
  return {
    totalBytes: found?.info.totalMemoryBytes ?? null,
    availableBytes: found?.info.availableMemoryBytes ?? null,
    evidence: found && line ? [{ source: found.source, line: line.number, text: line.text.trim() }] : [],
  };
}

export function windowsProcessor(objects: Objects): ProcessorFacts {
  const records = objects.get("processor") ?? [];
  const counts = records.map((record) => numberOf(record, "numberoflogicalprocessors"));
  return {
    model: records[0] ? valueOf(records[0], "name", "caption") : null,
    logicalCount:
      counts.length > 0 && counts.every((count) => count !== null)
        ? counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
        : null,
    evidence: records.slice(0, 1).map((record) => record.evidence),
  };
}

/** Win32_Processor.Architecture: 0 x86, 5 ARM, 6 Itanium, 9 x64, 12 ARM64. A 32-bit Windows may run on a 64-bit one. */
export function windowsArchitectureText(objects: Objects): string | null {
  const names = wordTable<string>({
    "0": "x86",
    "5": "arm",
    "6": "ia64",
    "9": "x64",
    "12": "ARM64",
  });
  const system = objects
    .get("computer-system")
    ?.map((record) => valueOf(record, "systemtype"))
    .find((text) => text !== null);
  if (system) return system;
  const record = objects.get("processor")?.[0];
  const code = record ? valueOf(record, "architecture") : null;
  return code === null ? null : (names[code] ?? code);
}

export function windowsClock(view: BundleView, objects: Objects): ClockFacts {
  const evidence: Evidence[] = [];
  let isSynchronised: boolean | null = null;
  for (const command of view.commands("w32tm")) {
    for (const line of linesOf(command.output)) {
      // Leap indicator and stratum are numbers in every language: `… : 0(…)`, stratum above 0 is synchronised.
      const stratum = /^(?:Stratum|Stratum-?\w*|.*stratum.*)\s*[:：]\s*(\d+)/i.exec(line.text);
      if (stratum) {
        isSynchronised = Number(stratum[1]) > 0 && Number(stratum[1]) < 16;
        evidence.push(evidenceOf(command.output, line));
      }
    }
  }
  const zone = objects.get("time-zone")?.[0];
  const info = systemInfos(view)[0];
  return {
    offsetSeconds: null,
    isSynchronised,
    timeZone: (zone ? valueOf(zone, "standardname", "caption") : null) ?? info?.info.timeZone ?? null,
    evidence,
  };
}
