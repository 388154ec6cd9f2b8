import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { commandDone, namespaces } from "./namespaces.ts";
import type { XmlElement } from "./xml-reader.ts";
import { child, childrenNamed, descend, findByName } from "./xml-tree.ts";

const maxIdLength = 256;

/** The new shell's id from the body of a CreateResponse (MS-WSMV 3.1.4.5.2). */
export function parseShellId(body: XmlElement): Result<string> {
  const fromShell = descend(body, namespaces.shell, "Shell", "ShellId")?.text;
  const selectors = findByName(body, "SelectorSet");
  const selector = selectors?.children.find((element) => element.attributes.get("Name") === "ShellId")?.text;
  return identifier(fromShell ?? selector, "shell");
}

/** The new command's id from the body of a CommandResponse (MS-WSMV 3.1.4.11). */
export function parseCommandId(body: XmlElement): Result<string> {
  return identifier(descend(body, namespaces.shell, "CommandResponse", "CommandId")?.text, "command");
}

/** What a command wrote since the last time it was asked, and whether it ended. */
export interface Received {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly done: boolean;
  /** Known once `done`; null where the server did not say. */
  readonly exitCode: number | null;
}

/** Reads the body of a ReceiveResponse (MS-WSMV 3.1.4.14). */
export function parseReceived(body: XmlElement, commandId: string): Result<Received> {
  const response = child(body, namespaces.shell, "ReceiveResponse");
  if (response === null) return unexpected("has no output in it");
  const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  for (const stream of childrenNamed(response, namespaces.shell, "Stream")) {
    if (!belongsTo(stream, commandId)) return unexpected("has the output of another command");
    const name = stream.attributes.get("Name");
    if (name !== "stdout" && name !== "stderr") return unexpected(`has a stream named ${name ?? "nothing"}`);
    const bytes = decodeBase64(stream.text);
    if (bytes === null) return unexpected(`has ${name} that is not base64`);
    chunks[name].push(bytes);
  }
  const state = child(response, namespaces.shell, "CommandState");
  if (state !== null && !belongsTo(state, commandId)) return unexpected("has the state of another command");
  const done = state?.attributes.get("State") === commandDone;
  const exitCode = state === null ? null : parseExitCode(child(state, namespaces.shell, "ExitCode"));
  if (Number.isNaN(exitCode)) return unexpected("has an exit code that is not a number");
  return ok({ stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr), done, exitCode });
}

/** The server's own limit on request sizes, in bytes, from its configuration (MS-WSMV 2.2.4.10); null where absent. */
export function parseMaxEnvelopeBytes(body: XmlElement): number | null {
  const kilobytes = Number(
    descend(body, namespaces.config, "Config", "MaxEnvelopeSizekb")?.text ?? Number.NaN,
  );
  return Number.isSafeInteger(kilobytes) && kilobytes >= 32 ? kilobytes * 1024 : null;
}

/** The id is optional on the wire. */
function belongsTo(element: XmlElement, commandId: string): boolean {
  const id = element.attributes.get("CommandId");
  return id === undefined || id.toLowerCase() === commandId.toLowerCase();
}

function parseExitCode(element: XmlElement | null): number | null {
  if (element === null) return null;
  return /^\s*-?\d{1,10}\s*$/.test(element.text) ? Number(element.text) : Number.NaN;
}

function identifier(text: string | undefined, what: string): Result<string> {
  const id = text?.trim() ?? "";
  if (id === "" || id.length > maxIdLength) return unexpected(`has no ${what} id`);
  return ok(id);
}

function decodeBase64(text: string): Buffer | null {
  const compact = text.replace(/[ \t\r\n]+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) return null;
  return Buffer.from(compact, "base64");
}

function unexpected(why: string) {
  return fail("protocol-violation", told({ kind: "winrm-answer-malformed" }), { why });
}
