import type { Facts, VssWriter } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { type Capture, evidenceOf, linesOf } from "../capture.ts";

/**
 * `vssadmin list writers` in any language: a writer's name stands in quotes, its state in `[n]`, and the line after the
 * state is the last error. States 7 and above are failures (VSS_WRITER_STATE).
 */
function parseVssWriters(capture: Capture): readonly VssWriter[] {
  const writers: VssWriter[] = [];
  let current: VssWriter | null = null;
  let expectsError = false;
  for (const line of linesOf(capture)) {
    const name = /^\S.*[:：]\s*['‘"«“](.+?)['’"»”]\s*$/u.exec(line.text);
    if (name) {
      current = {
        name: name[1] ?? "",
        state: null,
        stateText: null,
        lastError: null,
        isFailed: null,
        evidence: [evidenceOf(capture, line)],
      };
      writers.push(current);
      expectsError = false;
      continue;
    }
    if (!current) continue;
    const state = /\[(\d+)\]\s*(.*)$/.exec(line.text);
    if (state) {
      current.state = Number(state[1]);
      current.stateText = (state[2] ?? "").trim();
      current.evidence.push(evidenceOf(capture, line));
      expectsError = true;
    } else if (expectsError && line.text.trim() !== "") {
      current.lastError = line.text.replace(/^.*?[:：]\s*/, "").trim();
      current.evidence.push(evidenceOf(capture, line));
      expectsError = false;
    }
  }
  const usual = usualError(writers);
  return writers.map((writer) => ({ ...writer, isFailed: isFailed(writer, usual) }));
}

/** What most stable writers give as their last error is this language's "no error". */
function usualError(writers: readonly VssWriter[]): string | null {
  const counts = new Map<string, number>();
  for (const writer of writers)
    if (writer.state === 1 && writer.lastError !== null)
      counts.set(writer.lastError, (counts.get(writer.lastError) ?? 0) + 1);
  let best: string | null = null;
  for (const [text, count] of counts) if (best === null || count > (counts.get(best) ?? 0)) best = text;
  return best;
}

function isFailed(writer: VssWriter, usual: string | null): boolean | null {
  if (writer.state === null) return null;
  if (writer.state >= 7 || writer.state === 0) return true;
  const noError =
    writer.lastError === null || /^no error$/i.test(writer.lastError) || writer.lastError === usual;
  return !noError;
}

export function windowsVss(view: BundleView): readonly VssWriter[] | null {
  const commands = view.commands("vssadmin").filter((command) => /writers/i.test(command.commandLine));
  if (commands.length === 0) return null;
  return commands.flatMap((command) => parseVssWriters(command.output));
}

/** `vssadmin list shadows`, `wmic shadowcopy`: the name of a copy's device is the same in every language. */
export function windowsShadowCopies(view: BundleView): Facts["shadowCopies"] {
  const commands = view.allCommands.filter(({ commandLine }) =>
    /vssadmin.*\bshadows\b|shadowcopy/i.test(commandLine),
  );
  const devices = new Map<string, Facts["shadowCopies"]["evidence"][number]>();
  for (const { output } of commands)
    for (const line of linesOf(output)) {
      const device = /HarddiskVolumeShadowCopy\d+/i.exec(line.text)?.[0].toLowerCase();
      if (device !== undefined && !devices.has(device)) devices.set(device, evidenceOf(output, line));
    }
  return { count: commands.length === 0 ? null : devices.size, evidence: [...devices.values()].slice(0, 4) };
}
