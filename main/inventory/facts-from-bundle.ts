import type { Bundle } from "../../common/domain/bundle.ts";
import { type Facts, type OsFacts, unknownFacts } from "../../common/domain/facts.ts";
import { type BundleView, viewBundle } from "./bundle-view.ts";
import { linuxBootImages, linuxBootLoader } from "./linux/boot-facts.ts";
import {
  architectureFacts,
  kernelFacts,
  linuxClock,
  linuxFirmware,
  linuxLanguage,
  linuxPlatform,
  linuxSelinux,
  memoryFacts,
  processorFacts,
} from "./linux/machine-facts.ts";
import { linuxNetwork } from "./linux/network-facts.ts";
import { identifyOs } from "./linux/os-identity.ts";
import { linuxServices } from "./linux/service-facts.ts";
import { linuxStorage } from "./linux/storage-facts.ts";
import { pendingRestart } from "./pending-restart.ts";
import { portProbes } from "./port-probes.ts";
import { subscriptionsOf } from "./subscriptions.ts";
import {
  windowsBootImages,
  windowsBootLoader,
  windowsClock,
  windowsArchitectureText,
  windowsFirmware,
  windowsMemory,
  windowsPlatform,
  windowsProcessor,
} from "./windows/machine-facts.ts";
import { architectureOf } from "./architecture.ts";
import { windowsNetwork } from "./windows/network-facts.ts";
import { windowsObjects } from "./windows/objects.ts";
import { identifyWindows, type WindowsIdentity } from "./windows/os-identity.ts";
import { windowsServices } from "./windows/service-facts.ts";
import { windowsStorage } from "./windows/storage-facts.ts";
import { windowsShadowCopies, windowsVss } from "./windows/vss.ts";

const maxGaps = 500;

/**
 * The facts that a bundle holds. Pure; never fails: what the bundle does not say, or says in a way that cannot be
 * understood, is unknown.
 */
export function factsFromBundle(bundle: Bundle): Facts {
  const view = viewBundle(bundle);
  const facts = looksLikeWindows(view) ? windowsFacts(view) : linuxFacts(view);
  return {
    ...facts,
    portProbes: [...portProbes(view)],
    pendingRestart: pendingRestart(view),
    collection: {
      collector: bundle.collector,
      collectedAt: bundle.collectedAt,
      wasPrivileged: wasPrivileged(view),
      gaps: [...facts.collection.gaps, ...view.gaps].slice(0, maxGaps),
    },
  };
}

/** By the bundle's own word, else by what is in it: text may come without a platform. */
function looksLikeWindows(view: BundleView): boolean {
  if (view.bundle.platform !== null) return view.bundle.platform === "windows";
  if (view.files(/^\/(etc|proc|sys|usr\/lib)\//).length > 0) return false;
  if (view.commands("uname", "lsblk", "blkid", "lsb_release", "df", "fdisk", "pvs").length > 0) return false;
  return (
    identifyWindows(view, windowsObjects(view)) !== null ||
    view.commands("systeminfo", "wmic", "powershell", "diskpart", "vssadmin", "bcdedit", "ver", "manage-bde")
      .length > 0
  );
}

function linuxFacts(view: BundleView): Facts {
  const kernel = kernelFacts(view);
  const identity = identifyOs(view);
  const machine = architectureFacts(kernel.machine);
  const { storage, gaps } = linuxStorage(view);
  const isForeign = familyOfKernel(kernel.system) === "other";
  const os: OsFacts = {
    family:
      identity?.family ??
      familyOfKernel(kernel.system) ??
      (view.bundle.platform === "linux" ? "linux" : null),
    distro: identity?.distro ?? null,
    version: identity?.version ?? null,
    kind: identity?.kind ?? null,
    // A kernel that is not Linux's tells at least what the system calls itself.
    name: identity?.name ?? (isForeign ? [kernel.system, kernel.release].join(" ").trim() : null),
    codename: identity?.codename ?? null,
    edition: identity?.edition ?? null,
    kernel: kernel.release,
    build: identity?.build ?? null,
    servicePack: null,
    ...machine,
    language: linuxLanguage(view),
    hostName: view.file("/etc/hostname")?.text.trim() || kernel.hostName,
    idLike: [...(identity?.idLike ?? [])],
    evidence: [...(identity?.evidence ?? []), ...kernel.evidence].slice(0, 8),
  };
  return {
    ...unknownFacts(),
    os,
    platform: linuxPlatform(view),
    firmware: linuxFirmware(view, machine.architecture),
    bootLoader: linuxBootLoader(view),
    bootImages: linuxBootImages(view, kernel.release),
    storage,
    network: linuxNetwork(view),
    services: listOrNull(linuxServices(view)),
    clock: linuxClock(view),
    selinux: linuxSelinux(view),
    memory: memoryFacts(view),
    subscriptions: subscriptionsOf(view),
    processor: processorFacts(view),
    collection: { collector: null, collectedAt: null, wasPrivileged: null, gaps: [...gaps] },
  };
}

function familyOfKernel(system: string | null): OsFacts["family"] {
  if (system === null) return null;
  return system === "Linux" ? "linux" : "other";
}

function windowsFacts(view: BundleView): Facts {
  const objects = windowsObjects(view);
  const identity = identifyWindows(view, objects);
  const architectureText = windowsArchitectureText(objects) ?? identity?.architectureText ?? null;
  const architecture = windowsArchitecture(identity, architectureText);
  return {
    ...unknownFacts(),
    os: {
      family: "windows",
      distro: "windows",
      version: identity?.version ?? null,
      kind: identity?.kind ?? null,
      name: identity?.name ?? null,
      codename: null,
      edition: identity?.edition ?? null,
      kernel: identity?.kernel ?? null,
      build: identity?.build ?? null,
      servicePack: identity?.servicePack ?? null,
      architecture,
      // "64-bit" would say nothing of why it cannot be migrated.
      architectureText: architecture === "ia64" ? "Itanium" : architectureText,
      language: identity?.language ?? null,
      hostName: identity?.hostName ?? null,
      idLike: [],
      evidence: [...(identity?.evidence ?? [])],
    },
    platform: windowsPlatform(view, objects),
    firmware: windowsFirmware(view),
    bootLoader: windowsBootLoader(identity?.build ?? null),
    bootImages: windowsBootImages(view, objects),
    storage: windowsStorage(view, objects),
    network: windowsNetwork(view, objects),
    services: listOrNull(windowsServices(view, objects)),
    clock: windowsClock(view, objects),
    vssWriters: listOrNull(windowsVss(view)),
    shadowCopies: windowsShadowCopies(view),
    memory: windowsMemory(view, objects),
    processor: windowsProcessor(objects),
  };
}

/**
 * The system's own word, for a 32-bit one may run on a 64-bit machine. "64-bit" alone is also what one for Itanium or
 * ARM calls itself.
 */
function windowsArchitecture(
  identity: WindowsIdentity | null,
  machineText: string | null,
): OsFacts["architecture"] {
  const machine = machineText === null ? null : architectureOf(machineText);
  const own = identity?.architecture ?? null;
  if (/itanium/i.test(identity?.name ?? "")) return "ia64";
  if (own === "x86_64" && (machine === "ia64" || machine === "aarch64")) return machine;
  return own === "other" ? (machine ?? own) : (own ?? machine);
}

function listOrNull<T>(list: readonly T[] | null): T[] | null {
  return list === null ? null : [...list];
}

function wasPrivileged(view: BundleView): boolean | null {
  // The Windows collectors say it themselves.
  const stated = view.commands("privilege-check")[0]?.output.text.trim();
  if (stated === "privileged" || stated === "unprivileged") return stated === "privileged";
  for (const command of view.commands("id", "whoami")) {
    const text = command.output.text.trim();
    if (command.tool === "id") {
      const uid = /^(\d+)$/.exec(text)?.[1] ?? /uid=(\d+)/.exec(text)?.[1];
      if (uid !== undefined) return uid === "0";
    }
    // S-1-5-32-544 is the Administrators group, S-1-16-12288 the high integrity level.
    if (command.tool === "whoami" && /S-1-16-(12288|16384)/.test(text)) return true;
    if (command.tool === "whoami" && text === "root") return true;
    if (command.tool === "whoami" && /S-1-16-(4096|8192|8448)/.test(text)) return false;
  }
  return null;
}
