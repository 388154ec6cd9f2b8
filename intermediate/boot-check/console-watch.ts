/** Reads from what a booting machine shows on serial and screen how far it has come. Pure. */

import type { BootCause } from "../../common/domain/boot-verdict.ts";

export const milestones = ["firmware", "boot loader", "kernel", "init", "login"] as const;
export type Milestone = (typeof milestones)[number];

/** What each milestone looks like, wherever it is seen. */
const milestoneSigns: Readonly<Record<Milestone, readonly RegExp[]>> = {
  firmware: [/SeaBIOS \(version/, /BdsDxe:/, /iPXE \(/],
  "boot loader": [
    /GNU GRUB/,
    /GRUB loading/,
    /Welcome to GRUB/,
    /Booting `/,
    /Loading Linux /,
    /SYSLINUX/,
    /LILO/,
  ],
  kernel: [/Linux version \d/, /^\[ {0,4}\d+\.\d{6}\] /m, /Decompressing Linux/],
  init: [/systemd\[1\]: /, /INIT: version/, /Welcome to .+!/, /Run \/s?bin\/init as init/],
  login: [/^\S+ login: ?$/m],
};

/** Ends of the road, with their cause in words that an admin can act upon. The first that matches is told. */
const failureSigns: readonly {
  readonly sign: RegExp;
  readonly cause: BootCause;
  readonly words: (match: RegExpMatchArray) => string;
}[] = [
  {
    sign: /No bootable device/i,
    cause: "no-bootable-device",
    words: () => "no bootable device: the firmware found no boot loader on the disks",
  },
  {
    sign: /BdsDxe: No bootable option|UEFI Interactive Shell/,
    cause: "no-bootable-device",
    words: () => "no bootable device: the UEFI firmware found no boot loader",
  },
  {
    sign: /error: (.+)\.?\s*(?:Entering rescue mode|grub rescue>)/,
    cause: "boot-loader-rescue",
    words: (match) => `GRUB rescue: ${match[1] ?? ""}`,
  },
  {
    sign: /grub rescue>/,
    cause: "boot-loader-rescue",
    words: () => "GRUB rescue: the boot loader cannot find its own files",
  },
  {
    sign: /^grub> ?$/m,
    cause: "boot-loader-prompt",
    words: () => "GRUB prompt: the boot loader found no configuration",
  },
  {
    sign: /Kernel panic - not syncing: (.+)/,
    cause: "kernel-panic",
    words: (match) => `kernel panic: ${match[1]?.trim() ?? ""}`,
  },
  {
    sign: /ALERT! +(.+? does not exist)/,
    cause: "initramfs-shell",
    words: (match) => `initramfs shell: ${match[1] ?? "the root filesystem does not exist"}`,
  },
  {
    sign: /^\(initramfs\) ?$/m,
    cause: "initramfs-shell",
    words: () => "initramfs shell: the root filesystem was not found",
  },
  {
    sign: /^dracut:\/# ?$/m,
    cause: "initramfs-shell",
    words: () => "dracut shell: the root filesystem was not found",
  },
  {
    sign: /Please (?:unlock disk|enter passphrase for disk) ([^\n:]+)|^Enter passphrase for ([^\n:]+): ?$/m,
    cause: "passphrase-wanted",
    words: (match) =>
      `the passphrase of an encrypted volume is wanted: ${(match[1] ?? match[2] ?? "").trim()}`,
  },
  {
    sign: /You are in (?:emergency|rescue) mode|Give root password for maintenance|Cannot open access to console, the root account is locked/,
    cause: "emergency-mode",
    words: () => "emergency mode: a filesystem of fstab or another basic part failed",
  },
];

/** systemd waiting for what fstab names. */
const waitSigns: readonly RegExp[] = [
  /A start job is running for ([^(\n]*(?:\/dev|dev-)[^(\n]*)/,
  /Timed out waiting for device (\S+)/,
];

/** A machine that is up without a prompt on this console. */
const upSigns: readonly RegExp[] = [
  /Reached target .*(?:Multi-User System|Graphical Interface|multi-user\.target|graphical\.target)/,
  /systemd\[1\]: Startup finished in .+ = /,
  /^INIT: Entering runlevel: [2-5]/m,
];

export interface TimelineEntry {
  readonly atSeconds: number;
  readonly what: string;
}

export type Outcome =
  /** `atPrompt`: it is as far as a boot goes; otherwise a login prompt may still follow. */
  | { readonly kind: "booted"; readonly evidence: string; readonly atPrompt: boolean }
  | { readonly kind: "failed"; readonly cause: BootCause; readonly evidence: string };

/** Escape sequences that move the cursor or set colours. */
const escapeSequences = /\u001b(?:\[[0-9;?=]*[ -/]*[@-~]|[()][A-Za-z0-9]|[=>78cDEHM])|\r/g;

export function plainText(consoleText: string): string {
  return consoleText.replace(escapeSequences, "");
}

/** Text that can be seen of a machine, and where. */
export interface View {
  readonly name: string;
  readonly text: string;
}

/** Follows one machine. Feed it what can be seen of it, again and again. */
export class BootWatch {
  readonly timeline: TimelineEntry[] = [];
  /** The last line that appeared anywhere. */
  lastLine = "";
  #reached = -1;
  #up: Outcome | null = null;
  #lastLines = new Map<string, string>();
  #waitsFor: string | null = null;

  /** The outcome, once there is one. */
  observe(atSeconds: number, seen: readonly View[]): Outcome | null {
    const views = seen.map(({ name, text }) => ({ name, text: plainText(text) }));
    for (const { name, text } of views) this.#noteLastLine(name, text);
    for (const [index, milestone] of milestones.entries()) {
      if (index <= this.#reached) continue;
      if (views.some(({ text }) => milestoneSigns[milestone].some((sign) => sign.test(text)))) {
        this.#reached = index;
        this.timeline.push({ atSeconds, what: milestone });
      }
    }
    for (const { text } of views) {
      for (const sign of waitSigns) this.#waitsFor = sign.exec(text)?.[1]?.trim() ?? this.#waitsFor;
    }
    for (const { name, text } of views) {
      const prompt = milestoneSigns.login[0]?.exec(text)?.[0].trim();
      if (prompt !== undefined) {
        return { kind: "booted", evidence: `login prompt on the ${name}: ${prompt}`, atPrompt: true };
      }
    }
    for (const { name, text } of views) {
      for (const { sign, cause, words } of failureSigns) {
        const match = sign.exec(text);
        if (match !== null)
          return { kind: "failed", cause, evidence: `${words(match)}${this.#gaveUpOn(cause)} (${name})` };
      }
    }
    for (const { name, text } of views) {
      const up = upSigns.map((sign) => sign.exec(text)?.[0]).find((sign) => sign !== undefined);
      // Kept: it scrolls away, or the login prompt clears the screen.
      if (up !== undefined) {
        this.#up ??= { kind: "booted", evidence: `the ${name} says: ${up.trim()}`, atPrompt: false };
      }
    }
    return this.#up;
  }

  /** The device or filesystem that the system waits for, or gave up waiting for. */
  get waitsFor(): string | null {
    return this.#waitsFor;
  }

  /** How far it has come, for a progress note. */
  get stage(): string {
    return milestones[this.#reached] ?? "power on";
  }

  #gaveUpOn(cause: BootCause): string {
    return cause === "emergency-mode" && this.#waitsFor !== null ? `; it waited for ${this.#waitsFor}` : "";
  }

  #noteLastLine(name: string, text: string): void {
    const line = text.trimEnd().split("\n").at(-1)?.trim() ?? "";
    if (line === "" || this.#lastLines.get(name) === line) return;
    this.#lastLines.set(name, line);
    this.lastLine = line;
  }
}
