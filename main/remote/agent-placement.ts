/** Puts the agent on a source, starts it, finds it again, ends it and takes it away; over any RemoteSession. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { z } from "zod";
import { jobIdSchema } from "../../common/api/intermediate.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { findScript, makeDirectoryScript, removeScript, stopScript, surveyScript } from "./agent-scripts.ts";
import type { AgentPlacement } from "../migrations/services.ts";
import type { RemoteSession, RunOutput } from "./contract.ts";

/**
 * Tried in this order; memory first, because an agent that writes its log to a frozen filesystem would wait for the
 * thaw, and because it then writes nothing to the disks that it reads. `HOME` is the home directory of whoever the agent runs as.
 */
export const defaultAgentDirectories = ["/dev/shm", "/var/tmp", "/tmp", "/run", "/root", "HOME"] as const;
/** Room for the agent's log, status and the log before. */
const spareKiB = 3 * 1024;

export interface PlaceOptions {
  readonly jobId: string;
  /** The agent for a platform named as in `resources/agents`, e.g. `linux-x86_64`. */
  binaryFor(platform: string): Promise<Result<Buffer>>;
  /** Replaces {@link defaultAgentDirectories}. */
  readonly candidates?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What the agent writes to `agent.status`; see docs/PROTOCOL.md, "Launching an agent". */
export const agentStatusSchema = z.object({
  state: z.string(),
  pid: z.number().int(),
  pass: z.number().int(),
  disk: z.number().int().nullable(),
  chunksDone: z.number().int(),
  chunksTotal: z.number().int(),
  lastError: z.string().nullable(),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;

export interface FoundAgent extends AgentPlacement {
  readonly running: boolean;
  /** The status file's content; null where there is none that can be read. */
  readonly status: AgentStatus | null;
  /** The agent's own words about what went wrong last; null where there are none. */
  readonly lastError: string | null;
}

/**
 * Uploads the agent into a private directory (0700) and proves that it runs there. A directory of the same job with
 * the same agent is used again. Every place that was refused is named in the `no-agent-directory` failure.
 */
export async function placeAgent(
  session: RemoteSession,
  options: PlaceOptions,
): Promise<Result<AgentPlacement>> {
  const name = directoryName(options.jobId);
  const candidates = options.candidates ?? defaultAgentDirectories;
  const surveyed = await elevatedScript(session, surveyScript, [name, ...candidates], options.signal);
  if (!surveyed.ok) return surveyed;
  const [system = "", machine = "", ...found] = surveyed.value.stdout.trimEnd().split("\n");
  const binary = await options.binaryFor(platformOf(system, machine));
  if (!binary.ok) return binary;

  const digest = createHash("sha256").update(binary.value).digest("hex");
  for (const line of found) {
    const [, directory] = new RegExp(`^found (.+) ${digest}$`).exec(line) ?? [];
    if (directory === undefined) continue;
    const placement = placementIn(directory);
    const checked = await proveRunnable(session, placement, options.signal);
    if (!checked.ok) return checked;
    if (checked.value === null) return ok(placement);
  }

  const refusals: string[] = [];
  const neededKiB = Math.ceil(binary.value.length / 1024) + spareKiB;
  for (const candidate of candidates) {
    const placed = await placeIn(session, candidate, name, neededKiB, binary.value, options.signal);
    if (!placed.ok) return placed;
    if ("refused" in placed.value) refusals.push(`${candidate}: ${placed.value.refused}`);
    else return ok(placed.value);
  }
  return fail(
    "no-agent-directory",
    told({ kind: "agent-directory-none", source: session.description, refusals }),
    { refusals },
  );
}

/**
 * Starts the agent with its launch document and returns its process id. An agent that runs already in that directory
 * is left alone and its id returned.
 */
export async function launchAgent(
  session: RemoteSession,
  placement: AgentPlacement,
  launchDocument: Buffer,
): Promise<Result<{ readonly processId: number; readonly wasRunning: boolean }>> {
  const output = await session.run([placement.agentPath, "run"], { elevated: true, stdin: launchDocument });
  if (!output.ok) return output;
  const { stdout, stderr, exitCode } = output.value;
  const started = /^started (\d+)$/m.exec(stdout);
  if (exitCode === 0 && started !== null) return ok({ processId: Number(started[1]), wasRunning: false });
  const running = /already running (\d+)/.exec(`${stdout}\n${stderr}`);
  if (exitCode === 3 && running !== null) return ok({ processId: Number(running[1]), wasRunning: true });
  const said = `${stdout}\n${stderr}`.trim().replaceAll("\n", " | ");
  return fail(
    "agent-launch-failed",
    told({ kind: "agent-start-failed", text: said === "" ? `exit status ${exitCode}` : said }),
    {
      exitCode,
      output: said,
      directory: placement.directory,
    },
  );
}

/** The job's agent on the source, running ones first; null where the job has no agent directory there. */
export async function findAgent(
  session: RemoteSession,
  jobId: string,
  candidates: readonly string[] = defaultAgentDirectories,
): Promise<Result<FoundAgent | null>> {
  const output = await elevatedScript(session, findScript, [directoryName(jobId), ...candidates]);
  if (!output.ok) return output;
  const lines = output.value.stdout.split("\n");
  const agents = lines.flatMap((line, index): FoundAgent[] => {
    const match = /^agent (.+) (\d+)$/.exec(line);
    if (match?.[1] === undefined) return [];
    const status = parseStatus(lines[index + 1] ?? "");
    return [
      { ...placementIn(match[1]), running: match[2] === "0", status, lastError: status?.lastError || null },
    ];
  });
  return ok(agents.find(({ running }) => running) ?? agents[0] ?? null);
}

/** Ends the agent in its directory, which stays. Fine where none runs. */
export async function stopAgent(session: RemoteSession, placement: AgentPlacement): Promise<Result<void>> {
  const output = await session.script(stopScript, [placement.directory], { elevated: true });
  if (!output.ok) return output;
  switch (output.value.exitCode) {
    case 0:
    case 3:
      return ok();
    default:
      return fail("command-failed", told({ kind: "agent-does-not-end", directory: placement.directory }), {
        directory: placement.directory,
        output: output.value.stderr.trim(),
      });
  }
}

/** Ends the job's agent and removes its files and its directory, nothing else. Fine where nothing is left. */
export async function removeAgent(
  session: RemoteSession,
  jobId: string,
  candidates: readonly string[] = defaultAgentDirectories,
): Promise<Result<void>> {
  const output = await elevatedScript(session, removeScript, [directoryName(jobId), ...candidates]);
  if (!output.ok) return output;
  const left = output.value.stdout.split("\n").filter((line) => line.startsWith("left "));
  if (left.length === 0) return ok();
  return fail("command-failed", told({ kind: "agent-folder-stays", left }), { left });
}

/** The agent's build for a platform below `agentsDirectory` (`<os>-<arch>/<file name>`). */
export async function readAgentBuild(
  agentsDirectory: string,
  platform: string,
  fileName: string,
): Promise<Result<Buffer>> {
  // The name comes from the source's uname: it must not lead out of the folder.
  const isName = /^[a-z0-9]+-[a-z0-9_]+$/.test(platform);
  if (isName) {
    const content = await readFile(join(agentsDirectory, platform, fileName)).catch(() => null);
    if (content !== null) return ok(content);
  }
  return fail(
    "no-agent-for-platform",
    told({ kind: "no-agent-built-for", platform, directory: agentsDirectory }),
    {
      platform,
    },
  );
}

type Placed = AgentPlacement | { readonly refused: string };

/** Tries one candidate; what it left behind there is removed when it does not serve. */
async function placeIn(
  session: RemoteSession,
  candidate: string,
  name: string,
  neededKiB: number,
  binary: Buffer,
  signal: AbortSignal | undefined,
): Promise<Result<Placed>> {
  const made = await elevatedScript(
    session,
    makeDirectoryScript,
    [candidate, name, String(neededKiB)],
    signal,
  );
  if (!made.ok) return made;
  const answer = made.value.stdout.trim();
  const [, directory] = /^directory (.+)$/m.exec(answer) ?? [];
  if (directory === undefined) return ok({ refused: answer.replace(/^refused /, "") });

  const placement = placementIn(directory);
  const refuse = async (refused: string): Promise<Result<Placed>> => {
    await session.script(removeScript, [name, posix.dirname(directory)], { elevated: true });
    return ok({ refused });
  };
  const uploaded = await session.upload(binary, placement.agentPath, {
    mode: 0o700,
    elevated: true,
    ...(signal === undefined ? {} : { signal }),
  });
  if (!uploaded.ok) {
    const isOfThisPlace = uploaded.failure.code === "no-space" || uploaded.failure.code === "command-failed";
    if (isOfThisPlace) return refuse(uploaded.failure.message);
    if (uploaded.failure.code !== "connection-lost") await refuse(uploaded.failure.message);
    return uploaded;
  }
  const checked = await proveRunnable(session, placement, signal);
  if (!checked.ok) {
    if (checked.failure.code !== "connection-lost") await refuse(checked.failure.message);
    return checked;
  }
  return checked.value === null ? ok(placement) : refuse(checked.value);
}

/** Runs the agent's `version`; gives why this directory does not run programs, or null where it does. */
async function proveRunnable(
  session: RemoteSession,
  placement: AgentPlacement,
  signal: AbortSignal | undefined,
): Promise<Result<string | null>> {
  // Through a shell: its exit status 126 says that the kernel refused, whatever runs the command line.
  const output = await elevatedScript(
    session,
    'LC_ALL=C; export LC_ALL; "$1" version',
    [placement.agentPath],
    signal,
  );
  if (!output.ok) return output;
  const { exitCode, stderr } = output.value;
  if (exitCode === 0) return ok(null);
  const said = stderr.trim().split("\n").at(-1) ?? "";
  if (/exec format error|not executable|syntax error/i.test(said)) {
    return fail("no-agent-for-platform", told({ kind: "agent-of-other-processor" }), {
      output: said,
    });
  }
  if (exitCode === 126 && /permission denied/i.test(said)) {
    return ok("programs may not run there (mounted noexec, or forbidden by a security policy)");
  }
  return ok(`the agent does not run there: ${said === "" ? `exit status ${exitCode}` : said}`);
}

function placementIn(directory: string): AgentPlacement {
  return { directory, agentPath: posix.join(directory, "sma-agent") };
}

function directoryName(jobId: string): string {
  // The id becomes part of a path on another machine: a wrong one is a bug of the caller.
  return `sma-${jobIdSchema.parse(jobId)}`;
}

/** `uname -s` and `uname -m` as the name of an agent build. */
export function platformOf(system: string, machine: string): string {
  const architecture = /^i[3-6]86$/.test(machine) ? "i686" : machine === "amd64" ? "x86_64" : machine;
  return `${system.toLowerCase()}-${architecture}`;
}

function parseStatus(line: string): AgentStatus | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = agentStatusSchema.safeParse(json);
  return parsed.success ? parsed.data : null;
}

/** Runs one of our scripts as root; these end with 0 unless the shell itself failed. */
async function elevatedScript(
  session: RemoteSession,
  text: string,
  parameters: readonly string[],
  signal?: AbortSignal,
): Promise<Result<RunOutput>> {
  return session.script(text, parameters, { elevated: true, ...(signal === undefined ? {} : { signal }) });
}
