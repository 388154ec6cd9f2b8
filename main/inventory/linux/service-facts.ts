import type { Evidence, Service } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { evidenceOf, linesOf } from "../capture.ts";
import { recognizeService } from "../services-catalogue.ts";

interface Sighting {
  readonly unit: string;
  readonly isRunning: boolean | null;
  readonly startsAtBoot: boolean | null;
  readonly evidence: Evidence;
}

/**
 * From systemctl, the links of enabled units, chkconfig, rc-status, service --status-all and process lists; null where
 * none was collected.
 */
export function linuxServices(view: BundleView): readonly Service[] | null {
  const enabled = view
    .commands("ls")
    .filter(({ commandLine }) => commandLine.includes("/etc/systemd/system/"));
  const lists = view
    .commands("systemctl", "ps", "chkconfig", "rc-status", "rc-update", "service", "initctl", "top", "pgrep")
    .concat(enabled);
  if (lists.length === 0) return null;
  const sightings = lists.flatMap((command) =>
    linesOf(command.output).flatMap((line) => {
      const found =
        command.tool === "ps" || command.tool === "pgrep" || command.tool === "top"
          ? fromProcess(line.text)
          : command.tool === "ls"
            ? fromEnabledLink(line.text)
            : fromInit(command.tool, line.text);
      return found ? [{ ...found, evidence: evidenceOf(command.output, line) }] : [];
    }),
  );
  const services = new Map<string, Service>();
  for (const sighting of sightings) {
    const known = recognizeService(sighting.unit, "linux");
    if (!known) continue;
    const before = services.get(known.name);
    services.set(known.name, {
      name: known.name,
      role: known.role,
      unit: before?.unit ?? sighting.unit,
      isRunning: before?.isRunning === true ? true : (sighting.isRunning ?? before?.isRunning ?? null),
      startsAtBoot: before?.startsAtBoot ?? sighting.startsAtBoot,
      dataPaths: known.name === "docker" ? [...dockerRoot(view, known.dataPaths)] : [...known.dataPaths],
      evidence: [...(before?.evidence ?? []), sighting.evidence].slice(0, 4),
    });
  }
  return [...services.values()];
}

function dockerRoot(view: BundleView, standard: readonly string[]): readonly string[] {
  for (const command of view.commands("docker")) {
    const root = /Docker Root Dir:\s*(\S+)/.exec(command.output.text)?.[1];
    if (root !== undefined) return [root];
  }
  return standard;
}

/** `ps -e -o comm=`, `ps aux`, `ps -ef`: the program's name without path and arguments. */
function fromProcess(text: string): Omit<Sighting, "evidence"> | null {
  const words = text.trim().split(/\s+/);
  const command =
    words.length === 1
      ? words[0]
      : (words
          .slice(3)
          .find((word) => /^(\/|\[?[a-z])/i.test(word) && !/^(\?|pts\/|tty|\d|S|R|D|Z|T|I)/.test(word)) ??
        words[0]);
  if (command === undefined || command === "") return null;
  const name = command.replace(/:$/, "").split("/").at(-1) ?? "";
  // ora_pmon_ORCL and "postgres: writer" name themselves.
  return name === "" ? null : { unit: name, isRunning: true, startsAtBoot: null };
}

/** A link by which systemd starts a unit at boot: `/etc/systemd/system/multi-user.target.wants/nginx.service`. */
function fromEnabledLink(text: string): Omit<Sighting, "evidence"> | null {
  const unit = /^\/etc\/systemd\/system\/[^/]+\.(?:wants|requires)\/([\w@.\\:-]+)\.service$/.exec(
    text.trim(),
  )?.[1];
  return unit === undefined ? null : { unit, isRunning: null, startsAtBoot: true };
}

function fromInit(tool: string, text: string): Omit<Sighting, "evidence"> | null {
  const unit = /^\s*[●*○×]?\s*([\w@.\\:-]+)\.service\s+(.*)$/.exec(text);
  if (unit) {
    const rest = unit[2] ?? "";
    if (/^(enabled|disabled|static|masked|generated|indirect|alias|enabled-runtime)\b/.test(rest)) {
      return { unit: unit[1] ?? "", isRunning: null, startsAtBoot: /^enabled/.test(rest) };
    }
    const state = /\b(?:loaded|not-found|masked)\s+(active|inactive|failed|activating)\s+(\w+)/.exec(rest);
    return state
      ? {
          unit: unit[1] ?? "",
          isRunning: state[2] === "running" || (state[1] === "active" && state[2] === "exited"),
          startsAtBoot: null,
        }
      : null;
  }
  const levels = /^(\S+)\s+(?:0:\w+\s+)?.*\b3:(on|off)\b/.exec(text.trim());
  if (levels) return { unit: levels[1] ?? "", isRunning: null, startsAtBoot: levels[2] === "on" };
  const status = /^\s*\[\s*([+-])\s*\]\s+(\S+)/.exec(text);
  if (status) return { unit: status[2] ?? "", isRunning: status[1] === "+", startsAtBoot: null };
  const openrc = /^\s*(\S+)\s+\[\s*(started|stopped|crashed)\s*\]/.exec(text);
  if (openrc) return { unit: openrc[1] ?? "", isRunning: openrc[2] === "started", startsAtBoot: null };
  const upstart = /^(\S+)(?: \(.*\))? (start|stop)\/(\w+)/.exec(text);
  if (upstart && tool === "initctl")
    return { unit: upstart[1] ?? "", isRunning: upstart[3] === "running", startsAtBoot: null };
  return null;
}
