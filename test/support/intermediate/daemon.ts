import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { IntermediateStart, Provision, SyncStatus } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import { startIntermediate, type RunningIntermediate } from "../../../intermediate/intermediate.ts";
import { watchProcessors, type ProcessorRoom } from "../../../intermediate/processor-room.ts";
import { silentLogger } from "../../../intermediate/log/log.ts";
import { defaultSettings, type IntermediateSettings } from "../../../intermediate/settings.ts";
import type { TaskImplementations } from "../../../intermediate/tasks/implementations.ts";
import { AdminClient } from "./admin-client.ts";
import { noTasks } from "./no-tasks.ts";
import { ReferenceAgent, type ReferenceAgentOptions, type SourceDisk } from "./reference-agent.ts";
import { createTestAuthority, type TestAuthority, type TestIdentity } from "./test-pki.ts";

export const installation = "test-installation";
export const jobId = "job00001";

// Making a CA's key takes a second on a slow machine; benches of one file share it.
let sharedAuthority: TestAuthority | undefined;

/** One installation's certificates, a data directory, and whatever runs on them. */
export class DaemonBench {
  readonly authority: TestAuthority = (sharedAuthority ??= createTestAuthority(installation));
  readonly folder = mkdtempSync(join(tmpdir(), "sma-intermediate-"));
  readonly assistant: TestIdentity = this.authority.issue({
    unit: "sma-assistant",
    commonName: "installation",
  });
  #running: RunningIntermediate | undefined;
  #child: ChildProcess | undefined;
  controlPort = 0;
  dataPort = 0;

  startDocument(overrides: Partial<IntermediateStart> = {}): IntermediateStart {
    const own = this.authority.issue({ unit: "sma-intermediate", commonName: "installation" });
    return {
      dataDirectory: join(this.folder, "data"),
      listenAddress: "127.0.0.1",
      controlPort: 0,
      dataPort: 0,
      installation,
      caPem: this.authority.caPem,
      certificatePem: own.certificatePem,
      keyPem: own.keyPem,
      ...overrides,
    };
  }

  /** Runs the daemon in this process, with other settings where wanted. */
  async start(
    settings: Partial<IntermediateSettings> = {},
    overrides: Partial<IntermediateStart> = {},
    tasks: TaskImplementations = noTasks,
    processors: ProcessorRoom = watchProcessors(),
  ): Promise<void> {
    this.#running = unwrap(
      await startIntermediate(this.startDocument(overrides), {
        settings: { ...defaultSettings, ...settings },
        tasks,
        processors,
        openLog: () => silentLogger,
        now: () => new Date(),
      }),
    );
    this.controlPort = this.#running.controlPort;
    this.dataPort = this.#running.dataPort;
  }

  /** Runs the daemon as a process of its own, the way the assistant does. */
  async spawn(overrides: Partial<IntermediateStart> = {}): Promise<ChildProcess> {
    const child = spawnDaemon();
    child.stdin?.end(JSON.stringify(this.startDocument(overrides)));
    const line = await firstLine(child);
    const ready = JSON.parse(line) as { ready: boolean; controlPort: number; dataPort: number };
    if (!ready.ready) throw new Error(`the daemon did not start: ${line}`);
    this.#child = child;
    this.controlPort = ready.controlPort;
    this.dataPort = ready.dataPort;
    return child;
  }

  /** Ends the spawned daemon as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get admin(): AdminClient {
    return new AdminClient(this.controlPort, this.authority, this.assistant);
  }

  replicaPath(diskId: number, job = jobId): string {
    return join(this.folder, "data", "jobs", job, `disk-${diskId}.raw`);
  }

  provision(disks: readonly SourceDisk[], overrides: Partial<Provision> = {}): Provision {
    const server = this.authority.issue({ unit: "sma-intermediate", commonName: jobId });
    return {
      disks: disks.map((disk) => ({
        id: disk.id,
        path: `/dev/disk${disk.id}`,
        sizeBytes: disk.bytes.length,
      })),
      chunkBytes: 65_536,
      tuning: { codec: "zstd", level: 1, rateBytesPerSecond: 0 },
      dataConnections: 2,
      passLimit: 5,
      continueOnReadError: false,
      usedBlocksOnly: false,
      certificatePem: server.certificatePem,
      keyPem: server.keyPem,
      revokedSerials: [],
      ...overrides,
    };
  }

  async putJob(disks: readonly SourceDisk[], overrides: Partial<Provision> = {}): Promise<SyncStatus> {
    const body = this.provision(disks, overrides);
    return unwrap(await this.admin.call<SyncStatus>("PUT", `/v1/jobs/${jobId}`, body));
  }

  agentOptions(disks: readonly SourceDisk[]): ReferenceAgentOptions {
    return {
      controlPort: this.controlPort,
      jobId,
      caPem: this.authority.caPem,
      identity: this.authority.issue({ unit: "sma-agent", commonName: jobId }),
      disks,
    };
  }

  agent(
    disks: readonly SourceDisk[],
    overrides: Partial<ReferenceAgentOptions> = {},
  ): Promise<ReferenceAgent> {
    return ReferenceAgent.connect({ ...this.agentOptions(disks), ...overrides });
  }
}

/** True once a sync has come to an end of any kind. */
export function isOver(status: SyncStatus): boolean {
  return status.phase !== "idle" && status.phase !== "syncing";
}

/** The daemon's entry point as a child; standard input is still open. */
export function spawnDaemon(): ChildProcess {
  const entry = fileURLToPath(new URL("../../../intermediate/index.ts", import.meta.url));
  return spawn(process.execPath, [entry], { stdio: ["pipe", "pipe", "inherit"] });
}

export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part: Buffer) => {
      text += part.toString("utf8");
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once("exit", (code) => reject(new Error(`the daemon ended with ${code}: ${text}`)));
  });
}

/** A disk with data, zeros and compressible text, reproducible from its seed, and of an odd length. */
export function makeDisk(id: number, chunks: number, seed: number): SourceDisk {
  const chunkBytes = 65_536;
  const bytes = Buffer.alloc(chunks * chunkBytes - 512);
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const part = bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes);
    const kind = random() % 3;
    if (kind === 0) continue;
    if (kind === 1) part.fill(`chunk ${chunk} of disk ${id} `);
    else for (let at = 0; at + 4 <= part.length; at += 4) part.writeUInt32LE(random(), at);
  }
  return { id, bytes };
}
