import { setTimeout as delay } from "node:timers/promises";
import { ifThereIsRoom } from "../../common/out-of-room.ts";
import type { CutoverRecord, CutoverStore } from "../store/cutover-store.ts";
import { failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

/** Who asks for something that neither ends nor is refused at once hears after this long that it is under way. */
const answerAfterMs = 2_000;

/**
 * Drills and cutovers that nobody waits for: a window asks for one and may go away. They end with this process, and
 * can be gone on with then.
 */
export class CutoverBackground {
  readonly #store: CutoverStore;
  readonly #end = new AbortController();
  readonly #working = new Set<Promise<unknown>>();

  constructor(store: CutoverStore) {
    this.#store = store;
  }

  /**
   * Begins `act`. Its result where it was over, or refused, before it changed anything; null where it is under way, and
   * then a failure is put on record.
   */
  async begin(
    jobId: string,
    act: (signal: AbortSignal) => Promise<Result<CutoverRecord>>,
  ): Promise<Result<CutoverRecord> | null> {
    const changed = Promise.withResolvers<null>();
    const unsubscribe = this.#store.subscribe((id) => {
      if (id === jobId) changed.resolve(null);
    });
    const working = act(this.#end.signal).catch((error: unknown) => ({
      ok: false as const,
      failure: failure("internal", told({ kind: "cutover-broke-off", text: String(error) })),
    }));
    const done = working.finally(() => this.#working.delete(done));
    this.#working.add(done);
    const answered = new AbortController();
    const late = delay(answerAfterMs, null, { signal: answered.signal, ref: false }).catch(() => null);
    const first = await Promise.race([working, changed.promise, late]);
    answered.abort();
    unsubscribe();
    if (first === null) void working.then((result) => this.#conclude(jobId, result));
    return first;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Stops what is under way and waits for it. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.settled();
  }

  #conclude(jobId: string, result: Result<CutoverRecord>): void {
    // What was stopped did not fail: it is found as it stands.
    if (result.ok || result.failure.code === "cancelled" || this.#end.signal.aborted) return;
    const { code, message, remedy, said } = result.failure;
    // On a full disk the failure goes untold: the cutover is found as it stands.
    ifThereIsRoom(() => this.#store.remember(jobId, { lastFailure: { code, message, remedy, said } }));
  }
}
