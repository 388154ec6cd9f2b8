/** Puts together what windows need besides sources and jobs: assessments, settings, credentials, diagnostics, demo. */
import type { DatabaseSync } from "node:sqlite";
import type { assessmentProcedures } from "../../common/api/assessment-procedures.ts";
import type { deskProcedures, Settings, SettingsView } from "../../common/api/desk-procedures.ts";
import type {
  AssistantEvent,
  Diagnosis,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
} from "../../common/api/procedures.ts";
import type { sourceProcedures } from "../../common/api/source-procedures.ts";
import type { Source } from "../../common/domain/source.ts";
import { ok, type Result } from "../../common/result.ts";
import type { createSourceAssessment } from "../assess-source.ts";
import {
  createAssessmentHandlers,
  createKeeper,
  keepingAssessment,
} from "../assessments/assessment-handlers.ts";
import { AssessmentStore } from "../assessments/assessment-store.ts";
import { BackgroundAssessments } from "../assessments/background-assessments.ts";
import { createDemoHandlers, Demo } from "../demo/demo.ts";
import type { ProcedureHandlers } from "../procedures.ts";
import type { CredentialVault } from "../settings/vault.ts";
import { CredentialStore } from "../sources/credential-store.ts";
import type { HostKeyQuestions } from "../sources/host-key-questions.ts";
import { entriesOf } from "../sources/source-entries.ts";
import { createSourceHandlers, removeUnused } from "../sources/source-handlers.ts";
import type { JobStore } from "../store/job-store.ts";
import { ifThereIsRoom } from "../../common/out-of-room.ts";
import type { SourceStore } from "../store/source-store.ts";
import { diagnosticsBundle } from "./diagnostics.ts";
import { DocumentStore } from "./document-store.ts";
import { createSettingsHandlers, readSettings } from "./settings-handlers.ts";
import { UpdateWatch } from "./update-watch.ts";

export type DeskProcedureName =
  keyof typeof sourceProcedures | keyof typeof assessmentProcedures | keyof typeof deskProcedures;

const dayMs = 86_400_000;

export interface DeskOptions {
  readonly database: DatabaseSync;
  readonly sources: SourceStore;
  readonly jobs: JobStore;
  readonly vault: CredentialVault;
  readonly questions: HostKeyQuestions;
  readonly assess: ReturnType<typeof createSourceAssessment>;
  readonly about: Omit<SettingsView, "settings">;
  readonly resourcesDirectory: string;
  diagnose(signal: AbortSignal): Promise<Result<Diagnosis[]>>;
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<Result<ProcedureOutput<N>>>;
  startJob(job: string): Promise<Result<unknown>>;
  emit(event: AssistantEvent): void;
  readonly newId: () => string;
  readonly clock: () => number;
}

export interface Desk {
  readonly handlers: Pick<ProcedureHandlers, DeskProcedureName>;
  /** What the settings propose for new jobs. */
  proposedPorts(): Settings["ports"];
  /** From now on newer versions are looked for, where the settings say so. */
  keepAskingForUpdates(): void;
  /** Assesses a source, and keeps the result. */
  readonly assess: ReturnType<typeof createSourceAssessment>;
  /** Removes what is left of a source that was removed. */
  forgetSource(source: Source): Promise<void>;
  close(): Promise<void>;
}

export function createDesk(options: DeskOptions): Desk {
  const { database, sources, vault } = options;
  const documents = new DocumentStore(database);
  const assessments = new AssessmentStore(database);
  const credentials = new CredentialStore(documents, vault);
  const mostKept = () => readSettings(documents).retention.assessmentsPerSource;
  const assess = keepingAssessment(options.assess, createKeeper({ ...options, assessments, mostKept }));
  const background = new BackgroundAssessments({
    assess,
    onChange: (run) => options.emit({ type: "assessment-run", run }),
  });
  const demo = new Demo({ ...options, stateDirectory: options.about.stateDirectory });
  const updates = new UpdateWatch({
    version: options.about.version,
    address: () => readSettings(documents).updates.address,
    emit: (event) => options.emit(event),
    clock: options.clock,
  });
  const heedRetention = () => {
    const { jobLogDays, assessmentsPerSource } = readSettings(documents).retention;
    // Tomorrow is soon enough.
    ifThereIsRoom(() => {
      options.jobs.records.forgetLogs(new Date(options.clock() - jobLogDays * dayMs).toISOString());
      assessments.keepNewest(assessmentsPerSource);
    });
  };
  heedRetention();
  const daily = setInterval(heedRetention, dayMs);
  daily.unref();

  // A vault that cannot be read hides nothing that anybody could have used.
  const knownSecrets = async (): Promise<string[]> => {
    const entries = await vault.entries();
    const secrets: string[] = [];
    for (const entry of entries.ok ? entries.value : []) {
      const secret = await vault.get(entry);
      if (secret.ok) secrets.push(secret.value.reveal());
    }
    return secrets;
  };

  return {
    assess,
    proposedPorts: () => readSettings(documents).ports,
    keepAskingForUpdates: () => updates.keepAsking(),
    async forgetSource(source) {
      background.forget(source.id);
      assessments.removeAllOf(source.id);
      await removeUnused(vault, entriesOf(source.address), sources.list());
    },
    async close() {
      clearInterval(daily);
      updates.close();
      background.stop(null);
      options.questions.close();
      await demo.stop();
      await background.idle();
      database.close();
    },
    handlers: {
      ...createSourceHandlers({ ...options, credentials }),
      ...createAssessmentHandlers({ ...options, assessments, background, mostKept }),
      ...createSettingsHandlers({
        ...options,
        documents,
        onChanged(settings, before) {
          heedRetention();
          if (settings.updates.address !== before.updates.address) updates.addressChanged();
        },
      }),
      "update.show": () => Promise.resolve(ok(updates.show())),
      "update.check": async () => ok(await updates.check()),
      ...createDemoHandlers(demo),
      "diagnostics.bundle": async (_input, signal) => {
        const checks = await options.diagnose(signal);
        return ok(
          diagnosticsBundle({
            version: options.about.version,
            settings: readSettings(documents),
            checks: checks.ok ? checks.value : [],
            sources: sources.list(),
            jobs: options.jobs,
            secrets: await knownSecrets(),
            now: options.clock(),
          }),
        );
      },
    },
  };
}
