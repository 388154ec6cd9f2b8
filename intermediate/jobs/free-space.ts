import { statfs } from "node:fs/promises";
import { told } from "../../common/domain/report-text/told.ts";
import { failure, fail, ok, type Failure, type Result } from "../../common/result.ts";
import { storageFailure } from "../volume/storage-failure.ts";

/** Bytes that this process may still write to the filesystem of `path`. */
export async function freeBytes(path: string): Promise<Result<number>> {
  try {
    const { bavail, bsize } = await statfs(path);
    return ok(bavail * bsize);
  } catch (error) {
    return storageFailure(error, "statfs", path);
  }
}

const checkEveryBytes = 33_554_432;
const checkEveryMs = 1_000;

/**
 * Watches that a reserve stays free while data comes in. The check itself is asynchronous, so a little more than the
 * reserve may be taken; ENOSPC from the volume is handled all the same.
 */
export class SpaceWatch {
  readonly #path: string;
  readonly #reserveBytes: number;
  #sinceBytes = 0;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #full: Failure | undefined;

  constructor(path: string, reserveBytes: number) {
    this.#path = path;
    this.#reserveBytes = reserveBytes;
  }

  /** Refuses what is clearly impossible: fewer free bytes than `neededBytes` and the reserve. */
  async require(neededBytes: number, diskBytes: number): Promise<Result<void>> {
    const free = await freeBytes(this.#path);
    if (!free.ok) return free;
    this.#full = undefined;
    if (free.value >= neededBytes + this.#reserveBytes) return ok();
    return fail(
      "no-space",
      told({ kind: "no-room-at", path: this.#path, freeBytes: free.value, neededBytes }),
      {
        path: this.#path,
        freeBytes: free.value,
        neededBytes,
        reserveBytes: this.#reserveBytes,
        diskBytes,
      },
    );
  }

  /** Counts bytes about to be written; the failure once the reserve was found to be reached. */
  take(bytes: number): Failure | undefined {
    this.#sinceBytes += bytes;
    const now = performance.now();
    if (this.#sinceBytes >= checkEveryBytes || now - this.#checkedAt >= checkEveryMs) {
      this.#sinceBytes = 0;
      this.#checkedAt = now;
      void this.#check();
    }
    return this.#full;
  }

  async #check(): Promise<void> {
    const free = await freeBytes(this.#path);
    if (!free.ok || free.value >= this.#reserveBytes) {
      this.#full = undefined;
      return;
    }
    this.#full = failure(
      "no-space",
      told({
        kind: "reserve-reached",
        path: this.#path,
        freeBytes: free.value,
        reserveBytes: this.#reserveBytes,
      }),
      { path: this.#path, freeBytes: free.value, reserveBytes: this.#reserveBytes },
    );
  }
}
