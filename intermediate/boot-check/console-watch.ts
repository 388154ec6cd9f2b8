/** Reads from what a booting machine shows on serial and screen how far it has come. Pure. */

import type { BootCause } from "../../common/domain/boot-verdict.ts";
import {
  bootStages,
  type BootSign,
  type BootStage,
  type BootView,
  type Remark,
  type Told,
} from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";

type Milestone = Exclude<BootStage, "power on">;
const milestones = bootStages.filter((stage) => stage !== "power on");

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

/** Ends of the road, with their cause. The first that matches is told. */
const failureSigns: readonly {
  readonly pattern: RegExp;
  readonly cause: BootCause;
  readonly sign: BootSign;
}[] = [
  {
    pattern: /No bootable device/i,
    cause: "no-bootable-device",
    sign: "no-boot-loader-bios",
  },
  {
    pattern: /BdsDxe: No bootable option|UEFI Interactive Shell/,
    cause: "no-bootable-device",
    sign: "no-boot-loader-uefi",
  },
  {
    pattern: /error: (.+)\.?\s*(?:Entering rescue mode|grub rescue>)/,
    cause: "boot-loader-rescue",
    sign: "grub-rescue",
  },
  {
    pattern: /grub rescue>/,
    cause: "boot-loader-rescue",
    sign: "grub-rescue",
  },
  {
    pattern: /^grub> ?$/m,
    cause: "boot-loader-prompt",
    sign: "grub-prompt",
  },
  {
    pattern: /Kernel panic - not syncing: (.+)/,
    cause: "kernel-panic",
    sign: "kernel-panic",
  },
  {
    pattern: /ALERT! +(.+? does not exist)/,
    cause: "initramfs-shell",
    sign: "initramfs-shell",
  },
  {
    pattern: /^\(initramfs\) ?$/m,
    cause: "initramfs-shell",
    sign: "initramfs-shell",
  },
  {
    pattern: /^dracut:\/# ?$/m,
    cause: "initramfs-shell",
    sign: "dracut-shell",
  },
  {
    pattern:
      /Please (?:unlock disk|enter passphrase for disk) ([^\n:]+)|^Enter passphrase for ([^\n:]+): ?$/m,
    cause: "passphrase-wanted",
    sign: "passphrase",
  },
  {
    pattern:
      /You are in (?:emergency|rescue) mode|Give root password for maintenance|Cannot open access to console, the root account is locked/,
    cause: "emergency-mode",
    sign: "emergency-mode",
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
  readonly what: BootStage;
}

export type Outcome =
  /** `atPrompt`: it is as far as a boot goes; otherwise a login prompt may still follow. */
  | { readonly kind: "booted"; readonly seen: Told; readonly atPrompt: boolean }
  | { readonly kind: "failed"; readonly cause: BootCause; readonly seen: Told };

/** Escape sequences that move the cursor or set colours. */
const escapeSequences = /\u001b(?:\[[0-9;?=]*[ -/]*[@-~]|[()][A-Za-z0-9]|[=>78cDEHM])|\r/g;

export function plainText(consoleText: string): string {
  return consoleText.replace(escapeSequences, "");
}

/** Text that can be seen of a machine, and where. */
export interface View {
  readonly name: BootView;
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
        return {
          kind: "booted",
          seen: told({ kind: "boot-login", view: name, text: prompt }),
          atPrompt: true,
        };
      }
    }
    for (const { name, text } of views) {
      for (const { pattern, cause, sign } of failureSigns) {
        const match = pattern.exec(text);
        if (match === null) continue;
        const detail = (match[1] ?? match[2])?.trim() ?? null;
        const waitedFor = cause === "emergency-mode" ? this.#waitsFor : null;
        return {
          kind: "failed",
          cause,
          seen: told({ kind: "boot-sign", sign, detail, waitedFor, view: name }),
        };
      }
    }
    for (const { name, text } of views) {
      const up = upSigns.map((sign) => sign.exec(text)?.[0]).find((sign) => sign !== undefined);
      // Kept: it scrolls away, or the login prompt clears the screen.
      if (up !== undefined) {
        const seen = told({ kind: "boot-up", view: name, text: up.trim() });
        this.#up ??= { kind: "booted", seen, atPrompt: false };
      }
    }
    return this.#up;
  }

  /** The device or filesystem that the system waits for, or gave up waiting for. */
  get waitsFor(): string | null {
    return this.#waitsFor;
  }

  /** How far it has come, for a progress note. */
  get stage(): BootStage {
    return milestones[this.#reached] ?? "power on";
  }

  /** The same in words. */
  get underWay(): Told {
    const lastLine = this.lastLine === "" ? null : this.lastLine.slice(0, 80);
    return told({ kind: "booting", stage: this.stage, lastLine });
  }

  /** That nothing came of it in time. */
  inVain(seconds: number): Told {
    const said: Remark = {
      kind: "boot-timeout",
      seconds,
      stage: this.stage,
      lastLine: this.lastLine === "" ? null : this.lastLine,
      waitsFor: this.#waitsFor,
    };
    return told(said);
  }

  #noteLastLine(name: string, text: string): void {
    const line = text.trimEnd().split("\n").at(-1)?.trim() ?? "";
    if (line === "" || this.#lastLines.get(name) === line) return;
    this.#lastLines.set(name, line);
    this.lastLine = line;
  }
}
