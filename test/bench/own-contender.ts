import { spawn } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unwrap } from "../../common/result.ts";
import type { SyncStatus } from "../../common/api/intermediate.ts";
import type { LocalTarget } from "../../common/domain/plan.ts";
import { launchDocument } from "../../main/migrations/launch-document.ts";
import { createAuthority, openAuthority, type Authority } from "../../main/pki/authority.ts";
import type { IntermediateClient } from "../../main/targets/contract.ts";
import { createLocalTarget } from "../../main/targets/local/local-target.ts";
import { projectDirectory } from "../support/run-sma.ts";
import { freePort } from "../support/sshd/sshd.ts";

const jobId = "bench00000000001";
const agentBinary = join(projectDirectory, "resources", "agents", "linux-x86_64", "sma-agent");
const forever = new AbortController().signal;

/** Seconds of one sync: until everything was durable, and until a further pass proved source and replica equal. */
export interface OwnTimes {
  readonly copied: number;
  readonly proved: number;
  readonly status: SyncStatus;
}

export interface OwnOptions {
  readonly directory: string;
  readonly disk: string;
  readonly chunkBytes: number;
  readonly dataConnections: number;
  readonly codec: "adaptive" | "zstd" | "raw";
}

export const ownProcesses = [
  { label: "agent", name: "sma-agent" },
  { label: "intermediate", commandLine: "intermediate/index.ts" },
];

/** Why ours cannot run here; null where it can. */
export function ownObstacle(): string | null {
  return statSync(agentBinary, { throwIfNoEntry: false }) === undefined
    ? "run `npm run build:agent` first"
    : null;
}

/** Our own agent and intermediate on one disk, driven as a migration drives them, for any number of syncs. */
export class OwnContender {
  readonly #options: OwnOptions;
  readonly #authority: Authority;
  readonly #target: LocalTarget;
  readonly #adapter: ReturnType<typeof createLocalTarget>;
  readonly #client: IntermediateClient;
  #agent: { readonly exited: Promise<unknown> } | null = null;

  private constructor(
    options: OwnOptions,
    authority: Authority,
    target: LocalTarget,
    adapter: ReturnType<typeof createLocalTarget>,
    client: IntermediateClient,
  ) {
    this.#options = options;
    this.#authority = authority;
    this.#target = target;
    this.#adapter = adapter;
    this.#client = client;
  }

  static async start(options: OwnOptions): Promise<OwnContender> {
    const authority = unwrap(openAuthority(await createAuthority(Date.now()), Date.now));
    const target: LocalTarget = {
      kind: "local",
      directory: join(options.directory, "target"),
      listenAddress: "127.0.0.1",
      controlPort: await freePort(),
      dataPort: await freePort(),
      advertisedAddresses: ["127.0.0.1"],
    };
    const adapter = createLocalTarget({
      authority,
      intermediateCommand: [process.execPath, join(projectDirectory, "intermediate", "index.ts")],
    });
    const { client } = unwrap(await adapter.ensureIntermediate(target, forever));
    const own = new OwnContender(options, authority, target, adapter, client);
    await own.#provision();
    return own;
  }

  get replica(): string {
    return join(this.#target.directory, "jobs", jobId, "disk-0.raw");
  }

  get manifestBytes(): number {
    return statSync(this.replica.replace(/raw$/, "manifest")).size;
  }

  /** A full sync, or the next one over a replica that is there. */
  async sync(): Promise<OwnTimes> {
    const before = unwrap(await this.#client.job(jobId));
    const mode = before.phase === "synced" ? "next" : "resume";
    const begun = performance.now();
    unwrap(await this.#client.sync(jobId, { mode, repairDiffering: false }));
    this.#agent ??= await this.#launch();
    const firstPass = mode === "next" ? before.pass + 1 : 1;
    for (let copied = 0; ;) {
      const status = unwrap(await this.#client.job(jobId));
      const seconds = (performance.now() - begun) / 1000;
      if (
        copied === 0 &&
        (status.pass > firstPass || (status.pass === firstPass && status.phase === "synced"))
      ) {
        copied = seconds;
      }
      if (status.failure !== null) throw new Error(status.failure.message);
      if (status.phase === "synced" && status.pass >= firstPass) return { copied, proved: seconds, status };
      await sleep(20);
    }
  }

  /** A hard link to the replica, so that taking the result costs nothing. */
  take(destination: string): void {
    try {
      linkSync(this.replica, destination);
    } catch {
      copyFileSync(this.replica, destination);
    }
  }

  async stop(): Promise<void> {
    if (this.#agent !== null) {
      await this.#client.finish(jobId);
      await this.#agent.exited;
    }
    await this.#adapter.releaseIntermediate(this.#target);
  }

  async #provision(): Promise<void> {
    const { disk, chunkBytes, dataConnections, codec } = this.#options;
    const identity = await this.#authority.issue({ role: "intermediate", commonName: jobId, validDays: 1 });
    unwrap(
      await this.#client.provision(jobId, {
        disks: [{ id: 0, path: disk, sizeBytes: 0 }],
        chunkBytes,
        tuning: { codec, level: 1, rateBytesPerSecond: 0 },
        dataConnections,
        passLimit: 4,
        continueOnReadError: false,
        usedBlocksOnly: true,
        certificatePem: identity.certificatePem,
        keyPem: identity.key.reveal(),
        revokedSerials: [],
      }),
    );
  }

  /** Starts the agent from a directory of its own, as it lives on a source. */
  async #launch(): Promise<{ readonly exited: Promise<unknown> }> {
    const home = join(this.#options.directory, "agent");
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const path = join(home, "sma-agent");
    copyFileSync(agentBinary, path);
    const identity = await this.#authority.issue({ role: "agent", commonName: jobId, validDays: 1 });
    const child = spawn(path, ["run"], { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(
      launchDocument({
        jobId,
        hosts: ["127.0.0.1"],
        controlPort: this.#target.controlPort,
        nowMs: Date.now(),
        retrySeconds: 60,
        caPem: this.#authority.certificatePem,
        identity,
      }),
    );
    // In an object, or awaiting this function would wait for the agent's end.
    return { exited: new Promise((resolve) => child.once("exit", resolve)) };
  }
}
