/** A real intermediate in a process of its own, and the assistant's part: authority, certificates, admin API. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { IntermediateStart, Provision, SyncStatus } from "../../../common/api/intermediate.ts";
import { unwrap, type Result } from "../../../common/result.ts";
import {
  createAuthority,
  openAuthority,
  serverName,
  type Authority,
  type IssuedIdentity,
} from "../../../main/pki/authority.ts";
import { launchDocument, type LaunchFields } from "./pushed-agent.ts";

const entry = join(import.meta.dirname, "../../../intermediate/index.ts");

/** A fresh installation whose clock is `now` (milliseconds since 1970). */
export async function newAuthority(now = Date.now()): Promise<Authority> {
  return unwrap(openAuthority(await createAuthority(now), () => now));
}

interface Ready {
  readonly ready: boolean;
  readonly controlPort: number;
  readonly dataPort: number;
}

export interface ReceivingSide {
  readonly authority: Authority;
  readonly controlPort: number;
  readonly dataPort: number;
  readonly dataDirectory: string;
  readonly child: ChildProcess;
  /** Calls the admin API; throws when the answer is a failure. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Creates a job for the given source disks. */
  provision(job: string, disks: Provision["disks"], changes?: Partial<Provision>): Promise<SyncStatus>;
  status(job: string): Promise<SyncStatus>;
  waitFor(job: string, condition: (status: SyncStatus) => boolean): Promise<SyncStatus>;
  /** A launch document for an agent of that job. */
  launch(job: string, changes?: Partial<LaunchFields>): Promise<string>;
  /** SIGKILLs the process; `stop` still has to be called. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

async function startProcess(start: IntermediateStart): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = spawn(process.execPath, [entry], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(start));
  let text = "";
  for await (const part of child.stdout as AsyncIterable<Buffer>) {
    text += part.toString("utf8");
    if (text.includes("\n")) break;
  }
  const ready = JSON.parse(text) as Ready;
  if (!ready.ready) throw new Error(`the intermediate does not start: ${text}`);
  return { child, ready };
}

/**
 * Starts an intermediate; `from` takes over the data directory, ports and authority of one that was killed. It is always
 * reached by this process over loopback.
 */
export async function startReceivingSide(
  from?: ReceivingSide,
  listenAddress = "127.0.0.1",
): Promise<ReceivingSide> {
  const authority = from?.authority ?? (await newAuthority());
  const own = await authority.issue({ role: "intermediate", commonName: "installation", validDays: 30 });
  const admin = await authority.issue({ role: "assistant", commonName: "installation", validDays: 30 });
  const dataDirectory = from?.dataDirectory ?? mkdtempSync(join(tmpdir(), "sma-receive-"));
  const { child, ready } = await startProcess({
    dataDirectory,
    listenAddress,
    controlPort: from?.controlPort ?? 0,
    dataPort: from?.dataPort ?? 0,
    installation: authority.installation,
    caPem: authority.certificatePem,
    certificatePem: own.certificatePem,
    keyPem: own.key.reveal(),
  });

  const call = <T>(method: string, path: string, body?: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? "" : JSON.stringify(body);
      const options: RequestOptions = {
        host: "127.0.0.1",
        port: ready.controlPort,
        method,
        path,
        servername: serverName("installation"),
        ca: authority.certificatePem,
        cert: admin.certificatePem,
        key: admin.key.reveal(),
        headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(payload)) },
        agent: false,
      };
      const sent = request(options, (reply) => {
        const parts: Buffer[] = [];
        reply.on("data", (part: Buffer) => parts.push(part));
        reply.on("end", () => {
          const answer = JSON.parse(Buffer.concat(parts).toString("utf8")) as Result<T>;
          if (answer.ok) resolve(answer.value);
          else reject(new Error(`${answer.failure.code}: ${answer.failure.message}`));
        });
      });
      sent.on("error", reject);
      sent.end(payload);
    });

  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const side: ReceivingSide = {
    authority,
    controlPort: ready.controlPort,
    dataPort: ready.dataPort,
    dataDirectory,
    child,
    call,
    async provision(job, disks, changes = {}) {
      const server: IssuedIdentity = await authority.issue({
        role: "intermediate",
        commonName: job,
        validDays: 30,
      });
      return call<SyncStatus>("PUT", `/v1/jobs/${job}`, {
        disks,
        chunkBytes: 1_048_576,
        tuning: { codec: "zstd", level: 1, rateBytesPerSecond: 0 },
        dataConnections: 2,
        passLimit: 3,
        continueOnReadError: false,
        certificatePem: server.certificatePem,
        keyPem: server.key.reveal(),
        revokedSerials: [],
        ...changes,
      });
    },
    status: (job) => call<SyncStatus>("GET", `/v1/jobs/${job}`),
    async waitFor(job, condition) {
      for (;;) {
        const status = await side.status(job);
        if (condition(status)) return status;
        await sleep(100);
      }
    },
    async launch(job, changes = {}) {
      const agent = await authority.issue({ role: "agent", commonName: job, validDays: 30 });
      return launchDocument({
        job,
        host: "127.0.0.1",
        controlPort: ready.controlPort,
        time: Math.floor(Date.now() / 1000),
        retrySeconds: 60,
        nice: 0,
        ionice: 0,
        ca: authority.certificatePem,
        certificate: agent.certificatePem,
        key: agent.key.reveal(),
        ...changes,
      });
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
  return side;
}
