/** Puts the agent on a Windows source, starts it, finds it again, ends it and takes it away. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { jobIdSchema } from "../../../common/api/intermediate.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { AgentPlacement } from "../../migrations/services.ts";
import type { FoundAgent } from "../agent-placement.ts";
import type { RunOutput, WindowsSession } from "../contract.ts";
import { findScript, makeFolderScript, removeScript, stopScript, surveyScript } from "./agent-scripts.ts";
import { askStatus, endedAtOnce, explainStart, programGone } from "./agent-status.ts";
import { bareAgent, findBare, isBare, removeBare, stopBare } from "./bare-placement.ts";
import { fetchInstead } from "./fetch.ts";

/** Tried in this order; the source's own variables say where they are. */
export const defaultAgentFolders = ["WINDOWS-TEMP", "PROGRAM-DATA", "SYSTEM-DRIVE", "USER-TEMP"] as const;
/** Room for the agent's log, status and the log before. */
const spareKiB = 3 * 1024;

export interface PlaceOptions {
  readonly jobId: string;
  /** The agent for a platform named as in `resources/agents`, e.g. `windows-x86_64`. */
  binaryFor(platform: string): Promise<Result<Buffer>>;
  /** Replaces {@link defaultAgentFolders}. */
  readonly candidates?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Uploads the agent into a private folder and proves that it runs there. A folder of the same job with the same agent
 * is used again. `agent-blocked` where the source's protection removes it or keeps it from starting.
 */
export async function placeWindowsAgent(
  session: WindowsSession,
  options: PlaceOptions,
): Promise<Result<AgentPlacement>> {
  const { signal } = options;
  const name = folderName(options.jobId);
  const candidates = options.candidates ?? defaultAgentFolders;
  const binary = await options.binaryFor(platformOf(session.architecture));
  if (!binary.ok) return binary;
  const surveyed = await elevated(session, surveyScript, [name, ...candidates], signal);
  if (!surveyed.ok && isBare(surveyed.failure)) {
    const agent = bareAgent(session, name);
    const placed = await agent.place(binary.value, signal);
    if (!placed.ok) return { ok: false, failure: explainStart(placed.failure, agent.placement) };
    const checked = await proveRunnable(session, placed.value, signal);
    return checked.ok ? placed : checked;
  }
  if (!surveyed.ok) return surveyed;

  const digest = createHash("sha256").update(binary.value).digest("hex");
  for (const line of linesOf(surveyed.value)) {
    const [, folder] = new RegExp(`^found (.+) ${digest}$`).exec(line) ?? [];
    if (folder === undefined) continue;
    const checked = await proveRunnable(session, placementIn(folder), signal);
    return checked.ok ? ok(placementIn(folder)) : checked;
  }

  const refusals: string[] = [];
  const neededKiB = String(Math.ceil((2 * binary.value.length) / 1024) + spareKiB);
  for (const candidate of candidates) {
    const made = await elevated(session, makeFolderScript, [candidate, name, neededKiB], signal);
    if (!made.ok) return made;
    const answer = made.value.stdout.trim();
    const [, folder] = /^folder (.+)$/m.exec(answer.replaceAll("\r", "")) ?? [];
    if (folder === undefined) {
      refusals.push(`${candidate}: ${answer.replace(/^refused /, "")}`);
      continue;
    }
    return fillFolder(session, placementIn(folder), binary.value, name, signal);
  }
  return fail(
    "no-agent-directory",
    told({ kind: "no-folder-for-agent", source: session.description, refusals }),
    { refusals },
    told({ kind: "free-system-drive" }),
  );
}

async function fillFolder(
  session: WindowsSession,
  placement: AgentPlacement,
  binary: Buffer,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Result<AgentPlacement>> {
  const sent = await session.upload(binary, placement.agentPath, signal === undefined ? {} : { signal });
  const uploaded = sent.ok
    ? sent
    : await fetchInstead(session, binary, placement.agentPath, sent.failure, signal);
  const checked = uploaded.ok ? await proveRunnable(session, placement, signal) : uploaded;
  if (checked.ok) return ok(placement);
  // An upload that broke off goes on where it stopped; nothing else is worth keeping.
  const { code } = checked.failure;
  if (code !== "connection-lost" && code !== "cancelled")
    await elevated(session, removeScript, [name, parentOf(placement.directory)]);
  return checked;
}

/** Runs the agent's `version`: tells what keeps it from running there. */
async function proveRunnable(
  session: WindowsSession,
  placement: AgentPlacement,
  signal: AbortSignal | undefined,
): Promise<Result<void>> {
  const output = await session.run([placement.agentPath, "version"], {
    elevated: true,
    ...(signal === undefined ? {} : { signal }),
  });
  if (!output.ok) return { ok: false, failure: explainStart(output.failure, placement) };
  const { exitCode, stdout, stderr } = output.value;
  if (exitCode === 0 && stdout.startsWith("sma-agent ")) return ok();
  if (`${stdout}${stderr}`.trim() === "") return endedAtOnce(exitCode, placement);
  return fail("agent-launch-failed", told({ kind: "agent-does-not-run", status: exitCode }), {
    exitCode,
    output: `${stdout}\n${stderr}`.trim().slice(0, 1000),
    directory: placement.directory,
  });
}

/** Starts the agent with its launch document. An agent that runs already in that folder is left alone. */
export async function launchWindowsAgent(
  session: WindowsSession,
  placement: AgentPlacement,
  launchDocument: Buffer,
): Promise<Result<void>> {
  const output = await session.run([placement.agentPath, "run"], { elevated: true, stdin: launchDocument });
  if (!output.ok) return { ok: false, failure: explainStart(output.failure, placement) };
  const { stdout, stderr, exitCode } = output.value;
  if (exitCode === 0 && /^started \d+\s*$/m.test(stdout)) return ok();
  if (exitCode === 3 && /already running/.test(`${stdout}\n${stderr}`)) return ok();
  const said = `${stdout}\n${stderr}`.trim().replaceAll(/\s*\n\s*/g, " | ");
  if (said === "") return endedAtOnce(exitCode, placement);
  return fail("agent-launch-failed", told({ kind: "agent-start-failed", text: said }), {
    exitCode,
    output: said,
    directory: placement.directory,
  });
}

/** The job's agent on the source, running ones first; null where the job has no agent folder there. */
export async function findWindowsAgent(
  session: WindowsSession,
  jobId: string,
  candidates: readonly string[] = defaultAgentFolders,
): Promise<Result<FoundAgent | null>> {
  const output = await elevated(session, findScript, [folderName(jobId), ...candidates]);
  if (!output.ok && isBare(output.failure)) return findBare(session, folderName(jobId));
  if (!output.ok) return output;
  const lines = linesOf(output.value);
  const agents: FoundAgent[] = [];
  for (const [index, line] of lines.entries()) {
    const folder = /^agent (.+)$/.exec(line)?.[1];
    if (folder === undefined) continue;
    const placement = placementIn(folder);
    if (lines[index + 1] !== "program yes") {
      agents.push({ ...placement, running: false, status: null, lastError: programGone });
      continue;
    }
    const asked = await askStatus(session, placement);
    if (!asked.ok) return asked;
    agents.push(asked.value);
  }
  return ok(agents.find(({ running }) => running) ?? agents[0] ?? null);
}

/** Ends the agent in its folder, which stays. Fine where none runs. */
export async function stopWindowsAgent(
  session: WindowsSession,
  placement: AgentPlacement,
): Promise<Result<void>> {
  // Its own way is the gentle one; what is left of it is ended from outside.
  await session.run([placement.agentPath, "stop"], { elevated: true });
  const output = await elevated(session, stopScript, [placement.directory]);
  if (!output.ok && isBare(output.failure)) return stopBare(session, placement);
  if (!output.ok) return output;
  if (output.value.stdout.trim() !== "running") return ok();
  return fail("command-failed", told({ kind: "agent-does-not-end", directory: placement.directory }), {
    directory: placement.directory,
  });
}

/** Ends the job's agent and removes its files and its folder, nothing else. Fine where nothing is left. */
export async function removeWindowsAgent(
  session: WindowsSession,
  jobId: string,
  candidates: readonly string[] = defaultAgentFolders,
): Promise<Result<void>> {
  const found = await findWindowsAgent(session, jobId, candidates);
  if (found.ok && found.value?.running === true)
    await session.run([found.value.agentPath, "stop"], { elevated: true });
  const output = await elevated(session, removeScript, [folderName(jobId), ...candidates]);
  const removed =
    !output.ok && isBare(output.failure)
      ? await removeBare(session, folderName(jobId))
      : output.ok
        ? ok(linesOf(output.value).filter((line) => line.startsWith("left ")))
        : output;
  if (!removed.ok) return removed;
  const left = removed.value;
  if (left.length === 0) return ok();
  return fail("command-failed", told({ kind: "agent-folder-stays", left }), { left });
}

const listedDisksSchema = z.array(z.object({ path: z.string(), sizeBytes: z.number().int().nonnegative() }));

/** What the agent says of the source's disks: exact sizes, which WMI rounds. */
export async function listWindowsDisks(
  session: WindowsSession,
  placement: AgentPlacement,
): Promise<Result<z.infer<typeof listedDisksSchema>>> {
  const output = await session.run([placement.agentPath, "disks", "--json"], { elevated: true });
  if (!output.ok) return { ok: false, failure: explainStart(output.failure, placement) };
  const disks = parseDisks(output.value.stdout);
  if (output.value.exitCode === 0 && disks !== null) return ok(disks);
  return fail("command-failed", told({ kind: "agent-lists-no-disks" }), {
    exitCode: output.value.exitCode,
    output: `${output.value.stdout}\n${output.value.stderr}`.trim().slice(0, 1000),
  });
}

function parseDisks(text: string): z.infer<typeof listedDisksSchema> | null {
  try {
    return listedDisksSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The session's architecture as the name of an agent build. */
export function platformOf(architecture: string): string {
  const names: Readonly<Record<string, string>> = { AMD64: "windows-x86_64", X86: "windows-i686" };
  return names[architecture.toUpperCase()] ?? `windows-${architecture.toLowerCase()}`;
}

function linesOf({ stdout }: RunOutput): string[] {
  return stdout.split(/\r?\n/);
}

function placementIn(directory: string): AgentPlacement {
  return { directory, agentPath: `${directory}\\sma-agent.exe` };
}

function parentOf(folder: string): string {
  const parent = folder.slice(0, folder.lastIndexOf("\\"));
  return parent.endsWith(":") ? `${parent}\\` : parent;
}

function folderName(jobId: string): string {
  // The id becomes part of a path on another machine: a wrong one is a bug of the caller.
  return `sma-${jobIdSchema.parse(jobId)}`;
}

async function elevated(
  session: WindowsSession,
  text: string,
  parameters: readonly string[],
  signal?: AbortSignal,
): Promise<Result<RunOutput>> {
  const output = await session.powershell(text, parameters, {
    elevated: true,
    ...(signal === undefined ? {} : { signal }),
  });
  if (!output.ok || output.value.exitCode === 0) return output;
  return fail(
    "command-failed",
    told({ kind: "powershell-failed", text: output.value.stderr.trim().slice(0, 500) }),
    {
      exitCode: output.value.exitCode,
    },
  );
}
