import { execFile, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { unwrap } from "../../common/result.ts";
import { defaultLoadPercent, type ChecksumPolicy, type SyncStatus } from "../../common/api/intermediate.ts";
import type { LocalTarget } from "../../common/domain/plan.ts";
import { launchDocument } from "../../main/migrations/launch-document.ts";
import { createAuthority, openAuthority, type Authority } from "../../main/pki/authority.ts";
import type { IntermediateClient } from "../../main/targets/contract.ts";
import { createLocalTarget } from "../../main/targets/local/local-target.ts";
import { projectDirectory } from "../support/run-sma.ts";
import { freePort } from "../support/sshd/sshd.ts";
import type { Participant } from "./measure.ts";
import type { NetworkNamespace } from "../support/network-namespace.ts";

let jobs = 0;
const agentBinary = join(projectDirectory, "resources", "agents", "linux-x86_64", "sma-agent");
const forever = new AbortController().signal;
/** How exact times are. More often would be a cost that no assistant makes: it asks once a second. */
const pollMs = 100;

/** Seconds of one sync: until everything was durable, and until a further pass found nothing changed. */
export interface OwnTimes {
  readonly copied: number;
  readonly settled: number;
  readonly status: SyncStatus;
}

export interface OwnOptions {
  readonly directory: string;
  readonly disk: string;
  readonly chunkBytes: number;
  readonly dataConnections: number;
  readonly codec: "adaptive" | "zstd" | "raw";
  readonly loadPercent?: number;
  readonly checksum?: ChecksumPolicy;
  readonly usedBlocksOnly?: boolean;
  /** Where the source is; this machine itself where there is none. */
  readonly namespace?: NetworkNamespace;
  /** Put before the agent's command. */
  readonly agentPrefix?: readonly string[];
  readonly intermediatePrefix?: readonly string[];
}

const intermediateProgram = join(projectDirectory, "intermediate", "index.ts");

/** Those of a contender that works in `directory`, and nobody else's on the same machine. */
export const ownProcesses = (directory: string): readonly Participant[] => [
  { label: "agent", commandLine: join(directory, "agent", "sma-agent") },
  { label: "intermediate", commandLine: intermediateProgram },
];

/** The intermediate may still be closing its log. */
const patiently = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 } as const;

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
  readonly #jobId: string;
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
    jobs += 1;
    this.#jobId = `bench${String(jobs).padStart(11, "0")}`;
  }

  static async start(options: OwnOptions): Promise<OwnContender> {
    const authority = unwrap(openAuthority(await createAuthority(Date.now()), Date.now));
    const address = options.namespace?.hostAddress ?? "127.0.0.1";
    const target: LocalTarget = {
      kind: "local",
      directory: join(options.directory, "target"),
      listenAddress: address,
      controlPort: await freePort(),
      dataPort: await freePort(),
      advertisedAddresses: [address],
    };
    const adapter = createLocalTarget({
      authority,
      sinceBoot: () => performance.now(),
      intermediateCommand: [
        "env",
        ...(options.intermediatePrefix ?? []),
        process.execPath,
        intermediateProgram,
      ],
    });
    const { client } = unwrap(await adapter.ensureIntermediate(target, forever));
    const own = new OwnContender(options, authority, target, adapter, client);
    await own.#provision();
    return own;
  }

  get replica(): string {
    return join(this.#target.directory, "jobs", this.#jobId, "disk-0.raw");
  }

  get manifestBytes(): number {
    return statSync(this.replica.replace(/raw$/, "manifest")).size;
  }

  /** A full sync, or the next one over a replica that is there. */
  async sync(): Promise<OwnTimes> {
    const before = await this.status();
    const isOver = before.phase === "synced" || before.phase === "verified";
    const mode = isOver ? "next" : "resume";
    const begun = performance.now();
    unwrap(await this.#client.sync(this.#jobId, { mode, repairDiffering: false }));
    this.#agent ??= await this.#launch();
    const firstPass = mode === "next" ? before.pass + 1 : 1;
    for (let copied = 0; ;) {
      const status = await this.status();
      const seconds = (performance.now() - begun) / 1000;
      if (
        copied === 0 &&
        (status.pass > firstPass || (status.pass === firstPass && status.phase === "synced"))
      ) {
        copied = seconds;
      }
      if (status.failure !== null) throw new Error(status.failure.message);
      if (status.phase === "synced" && status.pass >= firstPass) return { copied, settled: seconds, status };
      await sleep(pollMs);
    }
  }

  /**
   * Begins a full sync and ends the agent once `share` of the disk is recorded, as a crash would: the next `sync` goes on
   * from there.
   */
  async interruptAt(share: number): Promise<void> {
    unwrap(await this.#client.sync(this.#jobId, { mode: "resume", repairDiffering: false }));
    this.#agent = await this.#launch();
    for (;;) {
      const { pass, phase, disks, failure } = await this.status();
      if (failure !== null) throw new Error(failure.message);
      const [disk] = disks;
      const isFar = disk !== undefined && disk.sizeBytes > 0 && disk.doneBytes >= disk.sizeBytes * share;
      if (isFar || pass > 1 || phase === "synced") break;
      await sleep(10);
    }
    await promisify(execFile)(join(this.#options.directory, "agent", "sma-agent"), ["stop"]);
    await this.#agent.exited;
    this.#agent = null;
  }

  /** Asked again where the connection was closed for want of use just when it was used. */
  async status(): Promise<SyncStatus> {
    const status = await this.#client.job(this.#jobId);
    return status.ok || !status.failure.retryable
      ? unwrap(status)
      : unwrap(await this.#client.job(this.#jobId));
  }

  /** Reads the replica back and compares; seconds that it took. */
  async verify(): Promise<number> {
    const begun = performance.now();
    let task = unwrap(await this.#client.startTask(this.#jobId, { kind: "verify" }));
    while (task.state === "running") {
      await sleep(50);
      task = unwrap(await this.#client.task(this.#jobId, "verify"));
    }
    if (task.result?.kind !== "verify" || !task.result.equal) {
      throw new Error(task.failure?.message ?? "the replica differs from what was sent");
    }
    return (performance.now() - begun) / 1000;
  }

  async stop(): Promise<void> {
    if (this.#agent !== null) {
      await this.#client.finish(this.#jobId);
      await this.#agent.exited;
    }
    await this.#adapter.releaseIntermediate(this.#target);
  }

  async pause(paused: boolean): Promise<void> {
    unwrap(await this.#client.pause(this.#jobId, { paused, restAtMs: null }));
  }

  /** In the middle of a copy; removes what there is of it. */
  async abandon(): Promise<void> {
    const home = join(this.#options.directory, "agent");
    await promisify(execFile)(join(home, "sma-agent"), ["stop"]);
    await this.#adapter.releaseIntermediate(this.#target);
    rmSync(this.#target.directory, patiently);
    rmSync(home, patiently);
  }

  /** As `stop`, and removes what was copied. */
  async discard(): Promise<void> {
    await this.stop();
    rmSync(this.#target.directory, patiently);
    rmSync(join(this.#options.directory, "agent"), patiently);
  }

  async #provision(): Promise<void> {
    const { disk, chunkBytes, dataConnections, codec, checksum } = this.#options;
    const { loadPercent = defaultLoadPercent } = this.#options;
    const identity = await this.#authority.issue({
      role: "intermediate",
      commonName: this.#jobId,
      validDays: 1,
    });
    unwrap(
      await this.#client.provision(this.#jobId, {
        disks: [{ id: 0, path: disk, sizeBytes: 0 }],
        chunkBytes,
        tuning: { codec, level: 1, rateBytesPerSecond: 0, loadPercent, checksum },
        dataConnections,
        passLimit: 4,
        continueOnReadError: false,
        usedBlocksOnly: this.#options.usedBlocksOnly ?? true,
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
    const identity = await this.#authority.issue({ role: "agent", commonName: this.#jobId, validDays: 1 });
    const bare = [...(this.#options.agentPrefix ?? []), path, "run"];
    const [program = path, ...args] = this.#options.namespace?.command("env", ...bare) ?? ["env", ...bare];
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(
      launchDocument({
        jobId: this.#jobId,
        hosts: [...this.#target.advertisedAddresses],
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
