import type { DemoState } from "../../common/api/desk-procedures.ts";
import type {
  AssistantEvent,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
} from "../../common/api/procedures.ts";
import { failure, ok, type Failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { demoPlace } from "./demo-place.ts";
import { demoSource, hasLab, startLabServer, type LabServer } from "./lab-server.ts";

export interface DemoOptions {
  /** The assistant's own procedures. */
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<Result<ProcedureOutput<N>>>;
  /** Runs a job in the engine's background. */
  startJob(job: string): Promise<Result<unknown>>;
  emit(event: AssistantEvent): void;
  readonly clock: () => number;
  /** Demos have folders of their own below it. */
  readonly stateDirectory: string;
  /** Run instead of the lab, in tests. */
  readonly labCommand?: readonly [string, ...string[]];
}

/** The demo in the engine's background: a throw-away server as a source and, where it is wanted, its migration. */
export class Demo {
  readonly #options: DemoOptions;
  #state: DemoState;
  #lab: LabServer | null = null;
  #interruption: AbortController | null = null;

  constructor(options: DemoOptions) {
    this.#options = options;
    this.#state = this.#idle();
  }

  show(): DemoState {
    return this.#state;
  }

  /** Returns at once; starting one that runs changes nothing. */
  start(layout: "gpt-lvm" | "mbr-plain", migrate: boolean): DemoState {
    if (this.#state.name === "starting" || this.#state.name === "running") return this.#state;
    this.#become({ name: "starting", note: null });
    const interruption = new AbortController();
    this.#interruption = interruption;
    void this.#run(layout, migrate, interruption.signal).catch((error: unknown) =>
      this.#fail(failure("internal", told({ kind: "demo-broke-off", text: String(error) }))),
    );
    return this.#state;
  }

  async stop(): Promise<DemoState> {
    this.#interruption?.abort();
    await this.#lab?.end();
    this.#lab = null;
    this.#become(this.#idle());
    return this.#state;
  }

  async #run(layout: string, migrate: boolean, signal: AbortSignal): Promise<void> {
    const { labCommand } = this.#options;
    const lab = await startLabServer(layout, {
      signal,
      onProgress: (note) => this.#become({ name: "starting", note }),
      ...(labCommand === undefined ? {} : { command: labCommand }),
    });
    if (!lab.ok) return signal.aborted ? this.#become(this.#idle()) : this.#fail(lab.failure);
    this.#lab = lab.value;
    void lab.value.ended.then(() => {
      if (this.#lab !== lab.value) return;
      this.#lab = null;
      this.#become(this.#idle());
    });
    const name = `demo-${this.#options.clock().toString(36)}`;
    const source = await this.#options.call("source.add", demoSource(lab.value.ready, name));
    if (!source.ok) return this.#fail(source.failure);
    const running = { name: "running", sourceId: source.value.id, sourceName: name } as const;
    this.#become({ ...running, job: null });
    if (!migrate) return;
    const job = await this.#options.call("job.create", {
      source: source.value.id,
      choices: {
        ...(await demoPlace(this.#options.stateDirectory, name)),
        advertisedAddresses: [lab.value.ready.hostAddress],
      },
    });
    if (!job.ok) return this.#fail(job.failure);
    this.#become({ ...running, job: job.value.id });
    const started = await this.#options.startJob(job.value.id);
    if (!started.ok) this.#fail(started.failure);
  }

  #idle(): DemoState {
    const isAvailable = this.#options.labCommand !== undefined || hasLab();
    return {
      name: "idle",
      available: isAvailable,
      reason: isAvailable
        ? null
        : "The demo server is not part of this installation; a checkout of the project has it.",
    };
  }

  #fail(failed: Failure): void {
    this.#become({ name: "failed", failure: failed });
  }

  #become(state: DemoState): void {
    this.#state = state;
    this.#options.emit({ type: "demo-state", state });
  }
}

export function createDemoHandlers(demo: Demo) {
  return {
    "demo.show": () => Promise.resolve(ok(demo.show())),
    "demo.start": (input: { layout: "gpt-lvm" | "mbr-plain"; migrate: boolean }) =>
      Promise.resolve(ok(demo.start(input.layout, input.migrate))),
    "demo.stop": async () => ok(await demo.stop()),
  };
}
