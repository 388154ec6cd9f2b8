import type { Result } from "../../common/result.ts";
import type { ChunkRange } from "./geometry.ts";
import type { Manifest } from "./manifest.ts";

interface Pending {
  readonly range: ChunkRange;
  settle(result: Result<void>): void;
}

/**
 * Marks chunks unknown before they are overwritten, many with one fdatasync: what is asked while one round is under
 * way joins the next.
 */
export class Invalidator {
  readonly #manifest: Manifest;
  #pending: Pending[] = [];
  #running = false;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** Resolves when no record of `range` can be believed any more, durably. */
  invalidate(range: ChunkRange): Promise<Result<void>> {
    return new Promise((settle) => {
      this.#pending.push({ range, settle });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#pending.length > 0) {
      const round = this.#pending;
      this.#pending = [];
      const result = await this.#manifest.invalidate(round.map((pending) => pending.range));
      for (const pending of round) pending.settle(result);
    }
    this.#running = false;
  }
}
