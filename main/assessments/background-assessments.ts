import type { AssessmentRun } from "../../common/api/assessment-procedures.ts";
import type { Source } from "../../common/domain/source.ts";
import type { Failure, Result } from "../../common/result.ts";
import { failure } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

/** Sources that are assessed at a time. */
const mostAtATime = 4;

export interface BackgroundAssessmentsOptions {
  /** Assesses one source and keeps the result. */
  assess(source: Source, intermediate: Endpoint | null, signal: AbortSignal): Promise<Result<unknown>>;
  onChange(run: AssessmentRun): void;
}

interface Endpoint {
  readonly host: string;
  readonly ports: readonly number[];
}

interface Waiting {
  readonly source: Source;
  readonly intermediate: Endpoint | null;
}

/** Assessments that go on whatever becomes of the window that asked for them. */
export class BackgroundAssessments {
  readonly #options: BackgroundAssessmentsOptions;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<string, AbortController>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #failed = new Map<string, Failure>();

  constructor(options: BackgroundAssessmentsOptions) {
    this.#options = options;
  }

  runs(): AssessmentRun[] {
    return [
      ...this.#waiting.map(({ source }) => ({
        sourceId: source.id,
        state: "queued" as const,
        failure: null,
      })),
      ...[...this.#running.keys()].map((sourceId) => ({
        sourceId,
        state: "running" as const,
        failure: null,
      })),
      ...[...this.#failed].map(([sourceId, failed]) => ({
        sourceId,
        state: "failed" as const,
        failure: failed,
      })),
    ];
  }

  /** What is queued or running already is left as it is. */
  start(sources: readonly Source[], intermediate: Endpoint | null): void {
    for (const source of sources) {
      if (this.#running.has(source.id) || this.#waiting.some((waiting) => waiting.source.id === source.id))
        continue;
      this.#failed.delete(source.id);
      this.#waiting.push({ source, intermediate });
      this.#tell(source.id);
    }
    this.#fill();
  }

  /** `sourceIds` null: all. */
  stop(sourceIds: ReadonlySet<string> | null): void {
    const isMeant = (id: string) => sourceIds === null || sourceIds.has(id);
    for (const { source } of this.#waiting.filter((waiting) => isMeant(waiting.source.id))) {
      this.#waiting.splice(
        this.#waiting.findIndex((waiting) => waiting.source.id === source.id),
        1,
      );
      this.#failed.set(source.id, failure("cancelled", told({ kind: "assessment-stopped" })));
      this.#tell(source.id);
    }
    for (const [id, controller] of this.#running) if (isMeant(id)) controller.abort();
  }

  /** Settles when what was stopped has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Nothing is told of a source that is gone. */
  forget(sourceId: string): void {
    const at = this.#waiting.findIndex(({ source }) => source.id === sourceId);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#running.get(sourceId)?.abort();
    this.#running.delete(sourceId);
    this.#failed.delete(sourceId);
  }

  #fill(): void {
    while (this.#running.size < mostAtATime) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const run = this.#run(next);
      this.#underWay.add(run);
      void run.finally(() => this.#underWay.delete(run));
    }
  }

  async #run({ source, intermediate }: Waiting): Promise<void> {
    const controller = new AbortController();
    this.#running.set(source.id, controller);
    this.#tell(source.id);
    const result = await this.#options
      .assess(source, intermediate, controller.signal)
      // A defect with one source must not end the engine, nor the assessments of the others.
      .catch((error: unknown) => ({
        ok: false as const,
        failure: failure("internal", told({ kind: "assessment-broke-off", text: String(error) })),
      }));
    // Of a source that was forgotten meanwhile there is nothing to tell.
    if (this.#running.get(source.id) === controller) {
      this.#running.delete(source.id);
      if (!result.ok) {
        this.#failed.set(source.id, result.failure);
        this.#tell(source.id);
      }
    }
    this.#fill();
  }

  #tell(sourceId: string): void {
    const run = this.runs().find((known) => known.sourceId === sourceId);
    if (run !== undefined) this.#options.onChange(run);
  }
}
