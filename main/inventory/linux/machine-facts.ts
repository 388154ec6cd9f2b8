import type {
  ClockFacts,
  Evidence,
  Facts,
  FirmwareFacts,
  MemoryFacts,
  PlatformFacts,
  ProcessorFacts,
} from "../../../common/domain/facts.ts";
import { architectureOf } from "../architecture.ts";
import type { BundleView } from "../bundle-view.ts";
import { type Capture, countOrNull, evidenceOf, linesOf, textOrNull } from "../capture.ts";
import { kernelFromFactTools } from "../fact-tools.ts";
import { platformFacts } from "../platform.ts";
import { sizeBytes } from "../sizes.ts";
import { parseAssignments } from "./os-release.ts";
import { catOf } from "./storage-facts.ts";
import { wordTable } from "../../../common/word-table.ts";

/** First line of a capture that matches, with its first group. */
export function firstMatch(
  capture: Capture | null,
  pattern: RegExp,
): { readonly value: string; readonly evidence: Evidence } | null {
  if (!capture) return null;
  for (const line of linesOf(capture)) {
    const match = pattern.exec(line.text);
    const value = textOrNull(match?.[1]);
    if (value !== null) return { value, evidence: evidenceOf(capture, line) };
  }
  return null;
}

export interface KernelFacts {
  readonly system: string | null;
  readonly hostName: string | null;
  readonly release: string | null;
  readonly machine: string | null;
  readonly evidence: readonly Evidence[];
}

/** uname with any options, /proc/version, /proc/sys/kernel/osrelease. */
export function kernelFacts(view: BundleView): KernelFacts {
  let system: string | null = null;
  let hostName: string | null = null;
  let release: string | null = null;
  let machine: string | null = null;
  const evidence: Evidence[] = [];
  for (const command of view.commands("uname", "arch")) {
    const text = command.output.text.trim();
    if (text === "") continue;
    evidence.push(evidenceOf(command.output, null));
    const flags = command.args.filter((arg) => arg.startsWith("-")).join("");
    if (command.tool === "arch" || flags === "-m" || flags === "-p" || flags === "-i") machine ??= text;
    else if (flags === "-r") release ??= text;
    else if (flags === "-n") hostName ??= text;
    else if (flags === "" || flags === "-s") system ??= text;
    else {
      const all = parseUnameAll(text);
      if (!all) continue;
      system ??= all.system;
      hostName ??= all.hostName;
      release ??= all.release;
      machine ??= all.machine;
    }
  }
  const version = view.file("/proc/version") ?? catOf(view, "/proc/version");
  const found = firstMatch(version, /^Linux version (\S+)/);
  if (found) {
    system ??= "Linux";
    if (release === null) evidence.push(found.evidence);
    release ??= found.value;
  }
  release ??= textOrNull(view.file("/proc/sys/kernel/osrelease")?.text);
  const told = kernelFromFactTools(view);
  system ??= told.system;
  release ??= told.release;
  machine ??= told.machine;
  hostName ??= told.hostName;
  return { system, hostName, release, machine, evidence };
}

/** `uname -a`: system, host, release, version of any words, machine, and on some systems processor and platform. */
function parseUnameAll(text: string): Omit<KernelFacts, "evidence"> | null {
  const words = text.trim().split(/\s+/);
  if (words.length < 4) return null;
  const machines = words
    .slice(3)
    .filter((word) =>
      /^(x86_64|amd64|i[3-6]86|i86pc|aarch64|arm64|armv\w+|ia64|ppc64(le)?|s390x?|riscv64|mips\w*|sparc\w*|sun4\w)$/.test(
        word,
      ),
    );
  return {
    system: words[0] ?? null,
    hostName: words[1] ?? null,
    release: words[2] ?? null,
    machine: machines[0] ?? null,
  };
}

export function memoryFacts(view: BundleView): MemoryFacts {
  const meminfo = view.file("/proc/meminfo") ?? catOf(view, "/proc/meminfo");
  const kib = (key: string): { bytes: number; evidence: Evidence } | null => {
    const found = firstMatch(meminfo, new RegExp(`^${key}:\\s+(\\d+) kB`));
    return found ? { bytes: Number(found.value) * 1024, evidence: found.evidence } : null;
  };
  const total = kib("MemTotal");
  if (total) {
    const available = kib("MemAvailable");
    const older = [kib("MemFree"), kib("Buffers"), kib("Cached")];
    const sum = older.every((part) => part !== null)
      ? older.reduce((bytes, part) => bytes + (part?.bytes ?? 0), 0)
      : null;
    return {
      totalBytes: total.bytes,
      availableBytes: available?.bytes ?? sum,
      evidence: [total.evidence, ...(available ? [available.evidence] : [])],
    };
  }
  for (const command of view.commands("free")) {
    for (const line of linesOf(command.output)) {
      const match = /^Mem\w*:\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+(\S+)\s+(\S+)\s+(\S+))?/i.exec(line.text);
      if (!match) continue;
      const unit = command.args.includes("-b")
        ? 1
        : command.args.includes("-m")
          ? 1024 ** 2
          : command.args.includes("-g")
            ? 1024 ** 3
            : 1024;
      const amount = (text: string | undefined): number | null =>
        text === undefined ? null : /^\d+$/.test(text) ? Number(text) * unit : sizeBytes(text);
      // Since procps 3.3.10 the last column is what is available; before, it was the page cache.
      const isNew = /available/i.test(command.output.text);
      return {
        totalBytes: amount(match[1]),
        availableBytes: amount(isNew ? match[6] : match[3]),
        evidence: [evidenceOf(command.output, line)],
      };
    }
  }
  return { totalBytes: null, availableBytes: null, evidence: [] };
}

export function processorFacts(view: BundleView): ProcessorFacts {
  const cpuinfo = view.file("/proc/cpuinfo") ?? catOf(view, "/proc/cpuinfo");
  const lscpu = view.commands("lscpu")[0]?.output ?? null;
  const model =
    firstMatch(cpuinfo, /^model name\s*:\s*(.+)$/) ??
    firstMatch(lscpu, /^Model name:\s*(.+)$/) ??
    firstMatch(cpuinfo, /^(?:cpu|Processor)\s*:\s*(.+)$/);
  const counted = cpuinfo
    ? linesOf(cpuinfo).filter((line) => /^processor\s*:\s*\d+/.test(line.text)).length
    : 0;
  const stated =
    firstMatch(lscpu, /^CPU\(s\):\s*(\d+)/) ??
    firstMatch(view.commands("nproc")[0]?.output ?? null, /^(\d+)$/) ??
    firstMatch(
      view.commands("getconf").find((command) => command.args.includes("_NPROCESSORS_ONLN"))?.output ?? null,
      /^(\d+)$/,
    );
  return {
    model: model?.value ?? null,
    // The collector keeps only the first processor of cpuinfo, so a stated count comes first.
    logicalCount: stated ? countOrNull(stated.value) : counted > 0 ? counted : null,
    evidence: [...(model ? [model.evidence] : []), ...(stated ? [stated.evidence] : [])],
  };
}

export function linuxPlatform(view: BundleView): PlatformFacts {
  const evidence: Evidence[] = [];
  const dmi = (name: string): string | null => {
    const capture =
      view.file(`/sys/class/dmi/id/${name}`) ?? view.file(`/sys/devices/virtual/dmi/id/${name}`);
    const value = textOrNull(capture?.text);
    if (capture && value !== null) evidence.push(evidenceOf(capture, null));
    return value;
  };
  const dmidecode = view.commands("dmidecode");
  const decoded = (section: string, key: string): string | null => {
    for (const command of dmidecode) {
      let inSection = false;
      for (const line of linesOf(command.output)) {
        if (/^\S/.test(line.text)) inSection = line.text.trim() === section;
        const match = inSection ? new RegExp(`^\\s+${key}:\\s*(.+)$`).exec(line.text) : null;
        if (match) {
          evidence.push(evidenceOf(command.output, line));
          return textOrNull(match[1]);
        }
      }
      const keyword = `${section === "BIOS Information" ? "bios" : "system"}-${key.toLowerCase().replace("product name", "product-name").replace(" ", "-")}`;
      if (command.args.includes(keyword)) return textOrNull(command.output.text);
    }
    return null;
  };
  const vendor = dmi("sys_vendor") ?? decoded("System Information", "Manufacturer");
  const product = dmi("product_name") ?? decoded("System Information", "Product Name");
  const detected: string[] = [];
  for (const command of view.commands("systemd-detect-virt", "virt-what")) {
    for (const line of linesOf(command.output)) {
      if (line.text.trim() === "") continue;
      detected.push(line.text.trim());
      evidence.push(evidenceOf(command.output, line));
    }
  }
  const hypervisor =
    firstMatch(view.commands("lscpu")[0]?.output ?? null, /^Hypervisor vendor:\s*(\S+)/) ??
    firstMatch(view.file("/sys/hypervisor/type"), /^(\S+)/);
  if (hypervisor) {
    detected.push(hypervisor.value);
    evidence.push(hypervisor.evidence);
  }
  const flags = firstMatch(view.file("/proc/cpuinfo") ?? catOf(view, "/proc/cpuinfo"), /^flags\s*:\s*(.+)$/);
  return platformFacts({
    vendor,
    product,
    biosVendor: dmi("bios_vendor") ?? decoded("BIOS Information", "Vendor"),
    biosVersion: dmi("bios_version") ?? decoded("BIOS Information", "Version"),
    boardVendor: dmi("board_vendor"),
    assetTag: dmi("chassis_asset_tag"),
    detected,
    hasHypervisorFlag: flags ? /(^|\s)hypervisor(\s|$)/.test(flags.value) : null,
    evidence,
  });
}

export function linuxFirmware(view: BundleView, architecture: Facts["os"]["architecture"]): FirmwareFacts {
  const evidence: Evidence[] = [];
  let kind: FirmwareFacts["kind"] = null;
  const efiFiles = view.files(/^\/sys\/firmware\/efi\//);
  if (efiFiles[0]) {
    kind = "uefi";
    evidence.push(evidenceOf(efiFiles[0], null));
  }
  for (const command of view.allCommands) {
    const looksAtEfi = command.args.some((arg) => /^\/sys\/firmware\/efi(\/|$)/.test(arg));
    if (!looksAtEfi || (command.tool !== "ls" && command.tool !== "test" && command.tool !== "[")) continue;
    const isThere = command.tool === "ls" ? command.output.text.trim() !== "" : command.exitCode === 0;
    const isMissing =
      command.tool === "ls"
        ? command.exitCode !== 0 || /No such file/.test(command.stderr)
        : command.exitCode === 1;
    if (isThere) kind = "uefi";
    // A machine without the folder and with a PC's processor was started by a BIOS.
    else if (
      isMissing &&
      kind === null &&
      (architecture === "x86_64" || architecture === "i686" || architecture === null)
    )
      kind = "bios";
    evidence.push({
      source: command.commandLine,
      line: null,
      text: isThere ? "/sys/firmware/efi is there" : "/sys/firmware/efi is not there",
    });
  }
  for (const command of view.commands("efibootmgr")) {
    if (/^Boot(Current|Order):/m.test(command.output.text)) kind = "uefi";
  }
  return { kind, ...secureBoot(view, evidence), evidence };
}

function secureBoot(view: BundleView, evidence: Evidence[]): { readonly secureBoot: boolean | null } {
  for (const command of view.commands("mokutil", "bootctl")) {
    const state = firstMatch(command.output, /Secure\s?Boot:?\s+(enabled|disabled|yes|no)/i);
    if (!state) continue;
    evidence.push(state.evidence);
    return { secureBoot: /enabled|yes/i.test(state.value) };
  }
  // The variable's last byte, as od or hexdump prints it after four bytes of attributes.
  for (const command of view.commands("od", "hexdump", "xxd")) {
    if (!command.args.some((arg) => /SecureBoot/.test(arg))) continue;
    const byte = /(\d+)\s*$/.exec(command.output.text.trim())?.[1];
    if (byte !== undefined) {
      evidence.push(evidenceOf(command.output, null));
      return { secureBoot: Number(byte) === 1 };
    }
  }
  return { secureBoot: null };
}

export function linuxClock(view: BundleView): ClockFacts {
  const evidence: Evidence[] = [];
  let isSynchronised: boolean | null = null;
  const tell = (found: ReturnType<typeof firstMatch>, isYes: (value: string) => boolean): void => {
    if (!found || isSynchronised !== null) return;
    isSynchronised = isYes(found.value);
    evidence.push(found.evidence);
  };
  for (const command of view.commands("timedatectl"))
    tell(firstMatch(command.output, /(?:System clock|NTP)[ _]?synchronized[:=]\s*(\w+)/i), (value) =>
      /^yes$/i.test(value),
    );
  for (const command of view.commands("chronyc"))
    tell(firstMatch(command.output, /^Leap status\s*:\s*(.+)$/), (value) =>
      /normal|insert|delete/i.test(value),
    );
  for (const command of view.commands("ntpstat"))
    tell(firstMatch(command.output, /^((?:un)?synchroni[sz]ed)/), (value) => !value.startsWith("un"));
  for (const command of view.commands("ntpq")) tell(firstMatch(command.output, /^(\*\S+)/), () => true);
  let timeZone: string | null = null;
  const zones = [
    firstMatch(view.commands("timedatectl")[0]?.output ?? null, /Time\s?zone[:=]\s*(\S+)/i),
    firstMatch(view.file("/etc/timezone"), /^(\S+)/),
    firstMatch(
      view.commands("readlink").find((command) => command.args.includes("/etc/localtime"))?.output ?? null,
      /zoneinfo\/(\S+)/,
    ),
    firstMatch(view.file("/etc/sysconfig/clock"), /^(?:ZONE|TIMEZONE)="?([^"]+)"?/),
  ];
  for (const zone of zones) {
    if (!zone || timeZone !== null) continue;
    timeZone = zone.value;
    evidence.push(zone.evidence);
  }
  return { offsetSeconds: null, isSynchronised, timeZone, evidence };
}

export function linuxLanguage(view: BundleView): string | null {
  for (const path of [
    "/etc/locale.conf",
    "/etc/default/locale",
    "/etc/sysconfig/i18n",
    "/etc/sysconfig/language",
    "/etc/env.d/02locale",
  ]) {
    const capture = view.file(path);
    if (!capture) continue;
    const fields = parseAssignments(capture).fields;
    const language = fields.get("LANG") || fields.get("RC_LANG") || fields.get("LC_ALL");
    if (language) return language;
  }
  return firstMatch(view.commands("locale")[0]?.output ?? null, /^LANG="?([^"]*)"?/)?.value ?? null;
}

export function linuxSelinux(view: BundleView): Facts["selinux"] {
  const modes = wordTable<"enforcing" | "permissive" | "disabled">({
    enforcing: "enforcing",
    permissive: "permissive",
    disabled: "disabled",
  });
  const candidates = [
    firstMatch(view.commands("getenforce")[0]?.output ?? null, /^(Enforcing|Permissive|Disabled)\s*$/),
    firstMatch(view.commands("sestatus")[0]?.output ?? null, /^Current mode:\s*(\w+)/),
    firstMatch(view.commands("sestatus")[0]?.output ?? null, /^SELinux status:\s*(disabled)/),
    firstMatch(view.file("/etc/selinux/config") ?? view.file("/etc/sysconfig/selinux"), /^\s*SELINUX=(\w+)/),
  ];
  for (const found of candidates) {
    const mode = modes[found?.value.toLowerCase() ?? ""];
    if (found && mode) return { mode, evidence: [found.evidence] };
  }
  return { mode: null, evidence: [] };
}

export function architectureFacts(machine: string | null): {
  readonly architecture: Facts["os"]["architecture"];
  readonly architectureText: string | null;
} {
  return { architecture: machine === null ? null : architectureOf(machine), architectureText: machine };
}
