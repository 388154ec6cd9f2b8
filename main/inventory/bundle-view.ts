import type { Bundle } from "../../common/domain/bundle.ts";
import type { Gap } from "../../common/domain/facts.ts";
import type { Capture } from "./capture.ts";
import { parseCommandLine } from "./command-line.ts";

export interface CommandCapture {
  readonly commandLine: string;
  /** See `CommandLine.tool`. */
  readonly tool: string;
  readonly args: readonly string[];
  readonly output: Capture;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** A bundle as the parsers ask for it. */
export interface BundleView {
  readonly bundle: Bundle;
  file(path: string): Capture | null;
  /** Files whose path matches, in path order. */
  files(pattern: RegExp): readonly Capture[];
  /** Commands whose tool has one of these names and whose program was found. */
  commands(...tools: readonly string[]): readonly CommandCapture[];
  readonly allCommands: readonly CommandCapture[];
  /** What the collection itself says it could not read. */
  readonly gaps: readonly Gap[];
}

export function viewBundle(bundle: Bundle): BundleView {
  const files = new Map(
    Object.entries(bundle.files).map(([path, text]) => [normalizePath(path), { source: path, text }]),
  );
  const paths = [...files.keys()].sort();
  const gaps: Gap[] = Object.entries(bundle.unread).map(([what, detail]) => ({
    what,
    reason: reasonOf(detail),
    detail,
  }));
  const allCommands: CommandCapture[] = [];
  for (const [commandLine, output] of Object.entries(bundle.commands)) {
    const { tool, args } = parseCommandLine(commandLine);
    if (output.exitCode === 127 || output.exitCode === 124) {
      gaps.push({
        what: commandLine,
        reason: output.exitCode === 127 ? "missing" : "timed-out",
        detail: output.stderr.trim().slice(0, 240),
      });
    }
    if (output.exitCode === 127) continue;
    const refusal =
      output.exitCode === 0
        ? null
        : /^.*(permission denied|operation not permitted|must be root|access is denied|zugriff verweigert|アクセスが拒否|拒绝访问).*$/im.exec(
            output.stderr.slice(0, 4096),
          );
    if (refusal)
      gaps.push({ what: commandLine, reason: "permission-denied", detail: refusal[0].trim().slice(0, 240) });
    allCommands.push({
      commandLine,
      tool,
      args,
      output: { source: commandLine, text: output.stdout },
      stderr: output.stderr,
      exitCode: output.exitCode,
    });
  }
  return {
    bundle,
    gaps,
    allCommands,
    file: (path) => files.get(path) ?? null,
    files: (pattern) => paths.filter((path) => pattern.test(path)).flatMap((path) => files.get(path) ?? []),
    commands: (...tools) => allCommands.filter((command) => tools.includes(command.tool)),
  };
}

/** Paths of a mounted image or a container's root keep their tail: `./etc/fstab` and `etc/fstab` are `/etc/fstab`. */
function normalizePath(path: string): string {
  if (/^([A-Za-z]:|\\\\|HK)/.test(path)) return path;
  return `/${path.replace(/^\.?\/+/, "")}`;
}

function reasonOf(detail: string): Gap["reason"] {
  if (/denied|permission|privilege|root/i.test(detail)) return "permission-denied";
  if (/time/i.test(detail)) return "timed-out";
  if (/large|big/i.test(detail)) return "too-large";
  if (/no such|not found|missing/i.test(detail)) return "missing";
  return "failed";
}
