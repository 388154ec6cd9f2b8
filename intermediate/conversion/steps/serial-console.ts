import { told } from "../../../common/domain/report-text/told.ts";
import type { ConversionStep, StepOutcome } from "../guest.ts";

const wanted = "console=tty0 console=ttyS0,115200n8";

/** Adds the serial console to kernel lines that have none; null where all have one. */
export function withSerialConsole(text: string, line: RegExp): string | null {
  const changed = text.replaceAll(line, (whole: string) =>
    /console=ttyS/.test(whole) ? whole : `${whole.trimEnd()} ${wanted}`,
  );
  return changed === text ? null : changed;
}

/** GRUB_CMDLINE_LINUX of /etc/default/grub with the serial console, before its closing quote. */
export function defaultsWithSerialConsole(text: string): string | null {
  if (/console=ttyS/.test(text)) return null;
  const quotedLine = /^(GRUB_CMDLINE_LINUX=)(["'])(.*)\2/m;
  return quotedLine.test(text)
    ? text.replace(
        quotedLine,
        (_, key: string, quote: string, value: string) =>
          `${key}${quote}${`${value} ${wanted}`.trim()}${quote}`,
      )
    : `${text.trimEnd()}\nGRUB_CMDLINE_LINUX="${wanted}"\n`;
}

/** Kernel messages and a login prompt on the first serial port, beside the screen. */
export const serialConsole: ConversionStep = {
  id: "serial-console",
  applies: (_guest, { choices }) => choices.serialConsole,

  async run({ tree }): Promise<StepOutcome> {
    const done: string[] = [];
    const apply = (path: string, change: (text: string) => string | null): void => {
      const text = tree.text(path);
      const changed = text === undefined ? null : change(text);
      if (changed !== null && tree.write(path, changed)) done.push(path);
    };
    apply("/etc/default/grub", defaultsWithSerialConsole);
    for (const path of tree.paths(/^\/boot\/grub2?\/grub\.cfg$/)) {
      apply(path, (text) => withSerialConsole(text, /^\s*linux(?:16|efi)?\s+\S*vmlinuz\S*.*$/gm));
    }
    for (const path of tree.paths(/^\/boot\/loader\/entries\//)) {
      apply(path, (text) => withSerialConsole(text, /^options\s.*$/gm));
    }
    const inittab = tree.text("/etc/inittab");
    if (
      inittab !== undefined &&
      !/^[^#]*ttyS0/m.test(inittab) &&
      tree.paths(/systemd\/system\/[^/]+$/).length === 0
    ) {
      tree.write("/etc/inittab", `${inittab.trimEnd()}\nT0:23:respawn:/sbin/getty -L ttyS0 115200 vt100\n`);
      done.push("/etc/inittab");
    }
    return { changes: done.length === 0 ? [] : [told({ kind: "serial-console" })] };
  },
};
