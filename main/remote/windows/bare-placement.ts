/**
 * The agent on a Windows without PowerShell (Server 2003): by `cmd`, `findstr` and `certutil`, which every Server has. Its
 * folder is made below %SystemRoot%, where only administrators may write, so that nobody can be there first.
 */
import { createHash } from "node:crypto";
import { fail, ok, type Failure, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { AgentPlacement } from "../../migrations/services.ts";
import type { FoundAgent } from "../agent-placement.ts";
import type { RunOutput, WindowsSession } from "../contract.ts";
import { askStatus, programGone } from "./agent-status.ts";

/** The failure says that the source has no PowerShell. */
export const isBare = ({ code, context }: Failure): boolean =>
  code === "shell-unusable" && context["missing"] === "powershell";

export interface BareAgent {
  readonly placement: AgentPlacement;
  place(binary: Buffer, signal: AbortSignal | undefined): Promise<Result<AgentPlacement>>;
  /** Whether the folder is there, and the program in it. */
  look(): Promise<Result<"none" | "folder" | "program">>;
  /** What is left; empty where all is gone. The agent has ended. */
  remove(): Promise<Result<readonly string[]>>;
}

const files = ["sma-agent.exe", "agent.log", "agent.log.1", "agent.pid", "agent.status", "agent.status.new"];
const encodedName = "sma-agent.txt";
const lineCharacters = 76;
/** As `sma-agent hash` divides what it reads. */
const chunkBytes = 1_048_576;

export function bareAgent(session: WindowsSession, name: string): BareAgent {
  const directory = `${session.systemRoot}\\${name}`;
  const placement = { directory, agentPath: `${directory}\\sma-agent.exe` };
  const run = (...argv: [string, ...string[]]): Promise<Result<RunOutput>> =>
    session.run(argv, { elevated: true });
  const isThere = async (path: string): Promise<Result<boolean>> => {
    const listed = await run("dir", "/b", path);
    return listed.ok ? ok(listed.value.exitCode === 0) : listed;
  };

  async function upload(binary: Buffer, signal: AbortSignal | undefined): Promise<Result<void>> {
    const made = await run("mkdir", directory);
    if (!made.ok) return made;
    const encoded = `${directory}\\${encodedName}`;
    const lines = binary.toString("base64").match(new RegExp(`.{1,${lineCharacters}}`, "g")) ?? [];
    const text = Buffer.from(`${lines.join("\r\n")}\r\n`, "latin1");
    const stored = await session.storeLines(text, encoded, signal === undefined ? {} : { signal });
    if (!stored.ok) return stored;
    // It overwrites nothing.
    await run("del", "/q", placement.agentPath);
    const decoded = await run("certutil", "-decode", encoded, placement.agentPath);
    if (!decoded.ok) return decoded;
    if (decoded.value.exitCode !== 0) {
      const words = `${decoded.value.stdout} ${decoded.value.stderr}`.trim().slice(0, 500);
      return fail("command-failed", told({ kind: "certutil-failed", text: words }), {
        directory,
      });
    }
    const removed = await run("del", "/q", encoded);
    return removed.ok ? ok() : removed;
  }

  async function prove(binary: Buffer): Promise<Result<void>> {
    const hashed = await run(placement.agentPath, "hash", placement.agentPath);
    if (!hashed.ok) return hashed;
    if (hashed.value.stdout.trim() === treeHash(binary)) return ok();
    return fail("upload-corrupt", told({ kind: "arrived-with-other-checksum", path: placement.agentPath }), {
      path: placement.agentPath,
      output: `${hashed.value.stdout} ${hashed.value.stderr}`.trim().slice(0, 500),
    });
  }

  return {
    placement,
    async place(binary, signal) {
      const present = await isThere(placement.agentPath);
      if (present.ok && present.value && (await prove(binary)).ok) return ok(placement);
      const uploaded = await upload(binary, signal);
      const proved = uploaded.ok ? await prove(binary) : uploaded;
      return proved.ok ? ok(placement) : proved;
    },
    async look() {
      const program = await isThere(placement.agentPath);
      if (!program.ok) return program;
      if (program.value) return ok("program");
      const folder = await isThere(directory);
      return folder.ok ? ok(folder.value ? "folder" : "none") : folder;
    },
    async remove() {
      for (const file of [...files, encodedName]) {
        const removed = await run("del", "/q", `${directory}\\${file}`);
        if (!removed.ok) return removed;
      }
      const removed = await run("rmdir", directory);
      if (!removed.ok) return removed;
      const left = await run("dir", "/b", directory);
      if (!left.ok) return left;
      return ok(left.value.exitCode === 0 ? [`left ${directory} ${left.value.stdout.trim()}`] : []);
    },
  };
}

/** What `sma-agent hash` says of a file of at most 1,024 chunks (docs/PROTOCOL.md, "Tree hash"). */
export function treeHash(bytes: Buffer): string {
  const sha256 = (...parts: readonly Buffer[]): Buffer => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const leaves: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    leaves.push(sha256(bytes.subarray(at, at + chunkBytes)));
  const head = Buffer.alloc(13);
  head.writeUInt8(2);
  head.writeBigUInt64LE(BigInt(bytes.length), 1);
  head.writeUInt32LE(chunkBytes, 9);
  return sha256(head, sha256(Buffer.from([1]), ...leaves)).toString("hex");
}

/** The agent in its folder below %SystemRoot%; null where there is none. */
export async function findBare(session: WindowsSession, name: string): Promise<Result<FoundAgent | null>> {
  const { placement, look } = bareAgent(session, name);
  const found = await look();
  if (!found.ok) return found;
  if (found.value === "none") return ok(null);
  if (found.value === "program") return askStatus(session, placement);
  return ok({ ...placement, running: false, status: null, lastError: programGone });
}

/** Without PowerShell nothing ends it from outside; its own way takes a moment. */
export async function stopBare(session: WindowsSession, placement: AgentPlacement): Promise<Result<void>> {
  for (let round = 0; round < bareStopRounds; round += 1) {
    const asked = await askStatus(session, placement);
    if (!asked.ok) return asked;
    if (!asked.value.running) return ok();
    await new Promise((resolve) => setTimeout(resolve, bareStopPauseMs));
  }
  return fail("command-failed", told({ kind: "agent-does-not-end", directory: placement.directory }), {
    directory: placement.directory,
  });
}

const bareStopRounds = 20;
const bareStopPauseMs = 500;

/** What is left of it; empty where all is gone. */
export async function removeBare(session: WindowsSession, name: string): Promise<Result<readonly string[]>> {
  const agent = bareAgent(session, name);
  const found = await agent.look();
  if (!found.ok) return found;
  if (found.value === "none") return ok([]);
  if (found.value === "program") {
    const stopped = await stopBare(session, agent.placement);
    if (!stopped.ok) return stopped;
  }
  return agent.remove();
}
