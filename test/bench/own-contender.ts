import { spawn } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unwrap } from "../../common/result.ts";
import type { SyncStatus } from "../../common/api/intermediate.ts";
import { launchDocument } from "../../main/migrations/launch-document.ts";
import { createAuthority, openAuthority, type Authority } from "../../main/pki/authority.ts";
import type { IntermediateClient } from "../../main/targets/contract.ts";
import { createLocalTarget } from "../../main/targets/local/local-target.ts";
import type { LocalTarget } from "../../common/domain/plan.ts";
import { freePort } from "../support/sshd/sshd.ts";
import { projectDirectory } from "../support/run-sma.ts";
import type { Contender } from "./contenders.ts";
import type { Surroundings } from "./surroundings.ts";

const jobId = "bench00000000001";
const agentBinary = join(projectDirectory, "resources", "agents", "linux-x86_64", "sma-agent");
const forever = new AbortController().signal;

/**
 * Our own agent and intermediate, driven as a migration drives them. `copied` is called when every chunk is durable;
 * `copy` resolves only after the further pass that proves source and replica equal.
 */
export class OwnContender implements Contender {
  readonly name = "agent → intermediate";
  readonly processes = [
    { label: "agent", name: "sma-agent" },
    { label: "intermediate", commandLine: "intermediate/index.ts" },
  ];
  readonly #onCopied: (seconds: number) => void;
  #authority: Authority | null = null;

  constructor(onCopied: (seconds: number) => void) {
    this.#onCopied = onCopied;
  }

  missing(): string | null {
    return statSync(agentBinary, { throwIfNoEntry: false }) === undefined
      ? "run `npm run build:agent` first"
      : null;
  }

  async copy({ directory }: Surroundings, disk: string, destination: string): Promise<void> {
    this.#authority ??= unwrap(openAuthority(await createAuthority(Date.now()), Date.now));
    const authority = this.#authority;
    const target: LocalTarget = {
      kind: "local",
      directory: join(directory, "target"),
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
    try {
      await this.#provision(client, authority, disk);
      const begun = performance.now();
      const agent = await this.#launch(directory, authority, target.controlPort);
      const status = await this.#follow(client, begun);
      if (status.failure !== null) throw new Error(status.failure.message);
      unwrap(await client.finish(jobId));
      await agent;
      copyOrLink(join(target.directory, "jobs", jobId, "disk-0.raw"), destination);
    } finally {
      await adapter.releaseIntermediate(target);
    }
  }

  async #provision(client: IntermediateClient, authority: Authority, disk: string): Promise<void> {
    const identity = await authority.issue({ role: "intermediate", commonName: jobId, validDays: 1 });
    unwrap(
      await client.provision(jobId, {
        disks: [{ id: 0, path: disk, sizeBytes: statSync(disk).size }],
        chunkBytes: 1048576,
        tuning: { codec: "zstd", level: 1, rateBytesPerSecond: 0 },
        dataConnections: 2,
        passLimit: 4,
        continueOnReadError: false,
        usedBlocksOnly: true,
        certificatePem: identity.certificatePem,
        keyPem: identity.key.reveal(),
        revokedSerials: [],
      }),
    );
    unwrap(await client.sync(jobId, { mode: "resume", repairDiffering: false }));
  }

  /** Starts the agent from a directory of its own, as it lives on a source. */
  async #launch(directory: string, authority: Authority, controlPort: number): Promise<void> {
    const home = join(directory, "agent");
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const path = join(home, "sma-agent");
    copyFileSync(agentBinary, path);
    const identity = await authority.issue({ role: "agent", commonName: jobId, validDays: 1 });
    const child = spawn(path, ["run"], { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(
      launchDocument({
        jobId,
        hosts: ["127.0.0.1"],
        controlPort,
        nowMs: Date.now(),
        retrySeconds: 60,
        caPem: authority.certificatePem,
        identity,
      }),
    );
    await new Promise((resolve) => child.once("exit", resolve));
  }

  async #follow(client: IntermediateClient, begun: number): Promise<SyncStatus> {
    for (let isCopied = false; ;) {
      const status = unwrap(await client.job(jobId));
      if (!isCopied && (status.pass > 1 || status.phase === "synced")) {
        isCopied = true;
        this.#onCopied((performance.now() - begun) / 1000);
      }
      if (status.phase === "synced" || status.failure !== null) return status;
      await sleep(20);
    }
  }
}

/** A hard link where it can be, so that taking the result costs nothing. */
function copyOrLink(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
