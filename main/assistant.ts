/** The composition root: builds the engine once for whichever host (window, browser, CLI) asks for it. */
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import {
  procedures,
  type AssistantEvent,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
} from "../common/api/procedures.ts";
import { fail, ok, type Result } from "../common/result.ts";
import type { Secret } from "../common/secret.ts";
import { createSourceAssessment } from "./assess-source.ts";
import { bundlePublicKeyPem } from "./inventory/bundle-key.ts";
import { createProcedures, type ProcedureHandlers } from "./procedures.ts";
import { createMigrationServices } from "./migration-services.ts";
import { JobQueue } from "./migrations/job-queue.ts";
import { Scheduler } from "./migrations/scheduler.ts";
import { MigrationRunner } from "./migrations/runner.ts";
import { createReceiptProcedures } from "./receipts/procedures.ts";
import { loadAuthority } from "./pki/load-authority.ts";
import type { HostKeyDecision } from "./remote/contract.ts";
import { FileVault } from "./settings/file-vault.ts";
import type { CredentialVault } from "./settings/vault.ts";
import { openDatabase } from "./store/database.ts";
import { JobStore } from "./store/job-store.ts";
import { SourceStore } from "./store/source-store.ts";

/** What a host brings: where state lives, how to ask a person, and its parts of the system. */
export interface AssistantOptions {
  /** Folder of the state database, the vault and, by default, the local target. */
  readonly stateDirectory: string;
  /** Folder with agents, collectors and the OS matrix. */
  readonly resourcesDirectory: string;
  /** Program and arguments that run the intermediate. */
  readonly intermediateCommand: readonly [string, ...string[]];
  readonly decideHostKey: HostKeyDecision;
  /** Null: the file vault, opened with `vaultPassphrase` or its key file. */
  readonly vault: CredentialVault | null;
  readonly vaultPassphrase: Secret | null;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export interface Assistant {
  /** Validates the input, does it, and gives the output. Never throws for expected failures. */
  call<N extends ProcedureName>(
    name: N,
    input: ProcedureInput<N>,
    signal?: AbortSignal,
  ): Promise<Result<ProcedureOutput<N>>>;
  subscribe(listener: (event: AssistantEvent) => void): () => void;
  readonly vault: CredentialVault;
  /** From now on jobs go on by themselves: due runs, and what waits or was interrupted. For hosts that stay. */
  keepSchedule(): void;
  /** Resolves when nothing runs in the background any more. */
  backgroundDone(): Promise<void>;
  /** Stops what runs in the background (it stays resumable), then closes the state. */
  close(): Promise<void>;
}

/** `$SMA_STATE_DIR`, or the platform's place for a user's application data. */
export function defaultStateDirectory(environment: NodeJS.ProcessEnv): string {
  const name = "server-migration-assistant";
  const chosen = environment["SMA_STATE_DIR"];
  if (chosen !== undefined && chosen !== "") return chosen;
  if (process.platform === "win32") return join(environment["LOCALAPPDATA"] ?? homedir(), name);
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", name);
  const dataHome = environment["XDG_DATA_HOME"];
  return join(
    dataHome !== undefined && dataHome !== "" ? dataHome : join(homedir(), ".local", "share"),
    name,
  );
}

export async function createAssistant(options: AssistantOptions): Promise<Result<Assistant>> {
  const opened = openDatabase(options.stateDirectory);
  if (!opened.ok) return opened;
  const database = opened.value;
  const vault =
    options.vault ??
    new FileVault({
      vaultPath: join(options.stateDirectory, "vault.json"),
      keyPath: join(options.stateDirectory, "vault.key"),
      passphrase: options.vaultPassphrase,
    });
  const authority = await loadAuthority(database, vault, options.clock);
  if (!authority.ok) {
    database.close();
    return authority;
  }

  const sources = new SourceStore(database);
  const listeners = new Set<(event: AssistantEvent) => void>();
  const emit = (event: AssistantEvent) => listeners.forEach((listener) => listener(event));
  const jobs = new JobStore(database, options.clock, isProcessAlive, ({ id, state }) =>
    emit({ type: "job-state", job: id, state }),
  );
  const services = createMigrationServices({ ...options, authority: authority.value, vault, sources });

  const runner = new MigrationRunner(jobs, services, {
    onProgress: (job, progress) => emit({ type: "job-progress", job, progress }),
    onLog: (job, entry) => emit({ type: "job-log", job, entry: { ...entry, context: { ...entry.context } } }),
  });

  const queue = new JobQueue(jobs, runner, services);
  const scheduler = new Scheduler({
    jobs,
    queue,
    runner,
    services,
    sourceOf: (job) => sources.find(job.sourceId),
  });

  const handlers: ProcedureHandlers = createProcedures({
    sources,
    jobs,
    runner,
    queue,
    scheduler,
    services,
    assessSource: createSourceAssessment(services, options),
    receipts: createReceiptProcedures({
      directory: join(options.stateDirectory, "receipts"),
      authorityPem: authority.value.certificatePem,
      agentPath: join(options.resourcesDirectory, "agents", "linux-x86_64", "sma-agent"),
    }),
    bundlePublicKey: () => bundlePublicKeyPem(vault),
    defaultTargetDirectory: join(options.stateDirectory, "local-target"),
    newId: () => randomBytes(8).toString("hex"),
    clock: options.clock,
  });

  return ok({
    vault,
    async call(name, input, signal = new AbortController().signal) {
      const parsed = procedures[name].input.safeParse(input);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const field = issue?.path.join(".") ?? "";
        return fail(
          "input-invalid",
          `${name}: ${field === "" ? "input" : field}: ${issue?.message ?? "invalid"}`,
          { field },
        );
      }
      return handlers[name](parsed.data as never, signal);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    keepSchedule: () => scheduler.start(),
    backgroundDone: () => queue.settled(),
    async close() {
      scheduler.stop();
      await queue.close();
      database.close();
    },
  });
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
