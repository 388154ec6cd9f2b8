/** The composition root: builds the engine once for whichever host (window, browser, CLI) asks for it. */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import {
  procedures,
  type AssistantEvent,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
} from "../common/api/procedures.ts";
import type { SettingsView } from "../common/api/desk-procedures.ts";
import { pinOf, type Source } from "../common/domain/source.ts";
import { fail, ok, type Result } from "../common/result.ts";
import { tellIssue } from "../common/domain/report-text/tell-issue.ts";
import { told } from "../common/domain/report-text/told.ts";
import { isOutOfRoom, outOfRoom } from "../common/out-of-room.ts";
import type { Secret } from "../common/secret.ts";
import { productVersion } from "../common/version.ts";
import { createInstanceRegistrar, isOwnerNeeded } from "./cloud-instance-registrar.ts";
import { createCloudProcedures } from "./cloud-procedures.ts";
import { createCloudSurroundings } from "./cloud-services.ts";
import { createCutoverServices } from "./cutover-services.ts";
import { createSourceAssessment } from "./assess-source.ts";
import { openDeskDatabase } from "./desk/desk-database.ts";
import { diagnose } from "./doctor/doctor.ts";
import { collectLive } from "./inventory/collect-live.ts";
import { bundlePublicKeyPem } from "./inventory/bundle-key.ts";
import { createDesk, type Desk } from "./desk/desk.ts";
import { localTargetOf, type PlanDefaults } from "./plan-job.ts";
import { createProcedures, type ProcedureHandlers } from "./procedures.ts";
import { createMigrationServices } from "./migration-services.ts";
import { JobQueue } from "./migrations/job-queue.ts";
import { Scheduler } from "./migrations/scheduler.ts";
import { MigrationRunner } from "./migrations/runner.ts";
import { createReceiptProcedures } from "./receipts/procedures.ts";
import { loadAuthority } from "./pki/load-authority.ts";
import type { HostKeyDecision } from "./remote/contract.ts";
import { HostKeyQuestions } from "./sources/host-key-questions.ts";
import { FileVault } from "./settings/file-vault.ts";
import type { CredentialVault } from "./settings/vault.ts";
import { openDatabase } from "./store/database.ts";
import { JobStore } from "./store/job-store.ts";
import { RoomWatch } from "./store/room-watch.ts";
import { SourceStore } from "./store/source-store.ts";

/** How long closing waits for what does not heed its signal. */
const closingPatienceMs = 10_000;

/** What a host brings: where state lives, how to ask a person, and its parts of the system. */
export interface AssistantOptions {
  /** Folder of the state database, the vault and, by default, the local target. */
  readonly stateDirectory: string;
  /** Folder with agents, collectors and the OS matrix. */
  readonly resourcesDirectory: string;
  /** Program and arguments that run the intermediate. */
  readonly intermediateCommand: readonly [string, ...string[]];
  /** Null: windows are asked, by the event `host-key-question`. */
  readonly decideHostKey: HostKeyDecision | null;
  /** Null: the file vault, opened with `vaultPassphrase` or its key file. */
  readonly vault: CredentialVault | null;
  readonly vaultPassphrase: Secret | null;
  /** What the settings page says of the vault; absent: the file vault as it was opened. */
  readonly vaultDescription?: SettingsView["vault"];
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
  const deskDatabase = authority.ok ? openDeskDatabase(options.stateDirectory) : authority;
  if (!authority.ok || !deskDatabase.ok) {
    database.close();
    return authority.ok ? (deskDatabase as typeof authority & { ok: false }) : authority;
  }

  const listeners = new Set<(event: AssistantEvent) => void>();
  const emit = (event: AssistantEvent) => listeners.forEach((listener) => listener(event));
  const newId = () => randomBytes(8).toString("hex");
  const sources = new SourceStore(database, () => emit({ type: "sources-changed" }));
  const jobs = new JobStore(database, options.clock, isProcessAlive, ({ id, state }) =>
    emit({ type: "job-state", job: id, state }),
  );
  const questions = new HostKeyQuestions({
    onQuestion: (question) => emit({ type: "host-key-question", question }),
    onSettled: (id) => emit({ type: "host-key-settled", id }),
    isPinned: (host, port, fingerprint) =>
      sources.list().some((source) => pinsAt(source, host, port).includes(fingerprint)),
    sourcesVia: (host, port) =>
      sources
        .list()
        .filter((source) => pinsAt(source, host, port).length > 0)
        .map(({ name }) => name),
    newId,
    clock: options.clock,
  });
  const cloud = createCloudSurroundings(database, vault, authority.value.installation, options.clock);
  const cutover = createCutoverServices({
    ...options,
    database,
    cloud,
    listener: {
      onNote: (job, { what: note, said = null }, done, total) =>
        emit({ type: "cutover-note", job, note, said, done, total }),
    },
  });
  const services = createMigrationServices({
    ...options,
    cloud,
    registerInstance: createInstanceRegistrar(cutover.cloudInstances, cloud),
    decideHostKey: options.decideHostKey ?? questions.decide,
    authority: authority.value,
    vault,
    sources,
  });
  const room = new RoomWatch(options.stateDirectory, (trouble) => emit({ type: "room", trouble }));
  const runner = new MigrationRunner(jobs, services, {
    onOutOfRoom: () => room.noticed(),
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
  const agentsDirectory = join(options.resourcesDirectory, "agents");
  const lookAtPorts = () =>
    services.lookAtPorts(localTargetOf({ directory: null, listenAddress: "0.0.0.0" }, planDefaults()));
  const diagnoseHere = (signal: AbortSignal) =>
    diagnose({ ...planDefaults(), lookAtPorts, agentsDirectory, signal });
  const planDefaults = (): PlanDefaults => ({
    directory: join(options.stateDirectory, "local-target"),
    ports: desk.proposedPorts(),
  });
  const desk: Desk = createDesk({
    database: deskDatabase.value,
    sources,
    jobs,
    vault,
    questions,
    assess: createSourceAssessment(services, options),
    about: {
      version: productVersion,
      stateDirectory: options.stateDirectory,
      vault: options.vaultDescription ?? {
        protection: options.vaultPassphrase === null ? "key-file" : "passphrase",
        reason: null,
      },
    },
    resourcesDirectory: options.resourcesDirectory,
    diagnose: diagnoseHere,
    call: (name, input) => call(name, input),
    startJob: (job) => call("job.start", { job }),
    emit,
    newId,
    clock: options.clock,
  });
  const handlers: ProcedureHandlers = {
    ...createProcedures({
      sources,
      jobs,
      runner,
      queue,
      scheduler,
      services,
      cloudSurroundings: cloud,
      cloud: createCloudProcedures({
        surroundings: cloud,
        vault,
        jobs,
        instances: cutover.cloudInstances,
        isNeeded: (owner) => isOwnerNeeded(owner, jobs, cutover.store),
      }),
      assessSource: desk.assess,
      instancesDirectory: join(options.stateDirectory, "instances"),
      cutover: {
        ...cutover,
        onState: (job, state, isHeld) => emit({ type: "cutover-state", job, state, isHeld }),
      },
      collect: (session, collectSignal) =>
        collectLive(session, {
          collectorsDirectory: join(options.resourcesDirectory, "collectors"),
          clock: options.clock,
          signal: collectSignal,
        }),
      receipts: createReceiptProcedures({
        directory: join(options.stateDirectory, "receipts"),
        authorityPem: authority.value.certificatePem,
        agentPath: join(agentsDirectory, "linux-x86_64", "sma-agent"),
      }),
      forgetSource: (source) => desk.forgetSource(source),
      bundlePublicKey: () => bundlePublicKeyPem(vault),
      planDefaults,
      diagnose: diagnoseHere,
      newId,
      clock: options.clock,
    }),
    ...desk.handlers,
  };

  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const call: Assistant["call"] = async (name, input, signal = new AbortController().signal) => {
    const parsed = procedures[name].input.safeParse(input);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = issue?.path.join(".") ?? "";
      return fail(
        "input-invalid",
        field === ""
          ? told({ kind: "input-wrong", procedure: name, why: tellIssue(issue) })
          : told({ kind: "input-field-wrong", procedure: name, field, why: tellIssue(issue) }),
        { field },
      );
    }
    const act = async () => handlers[name](parsed.data as never, AbortSignal.any([signal, closing.signal]));
    const answer = act().catch((error: unknown) => {
      if (!isOutOfRoom(error)) throw error;
      room.noticed();
      return { ok: false, failure: outOfRoom(options.stateDirectory) } as const;
    });
    underWay.add(answer);
    return answer.finally(() => underWay.delete(answer));
  };

  return ok({
    vault,
    call,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    keepSchedule() {
      scheduler.start();
      desk.keepAskingForUpdates();
    },
    async backgroundDone() {
      await Promise.all([queue.settled(), cutover.background.settled()]);
    },
    async close() {
      scheduler.stop();
      room.stop();
      closing.abort();
      underWay.add(cutover.background.close());
      await queue.close();
      await desk.close();
      // Whoever still works on an answer must not find the database closed.
      await Promise.race([Promise.allSettled(underWay), delay(closingPatienceMs, undefined, { ref: false })]);
      database.close();
    },
  });
}

/** What is pinned, or null, for each time the source goes to or through that host. */
function pinsAt({ address }: Source, host: string, port: number): (string | null)[] {
  const hops =
    address.kind === "ssh"
      ? [address.host, ...address.jumpHosts].map((hop) => ({ ...hop, pin: hop.hostKey }))
      : [{ ...address, pin: pinOf(address) }];
  return hops.filter((hop) => hop.host === host && hop.port === port).map(({ pin }) => pin);
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
