import { statfs } from "node:fs/promises";
import type { Failure } from "../../common/result.ts";
import { outOfRoom } from "../../common/out-of-room.ts";

const pollMs = 5_000;
/** With so much free, what was refused is worth trying again. */
const enoughBytes = 2 * 1024 * 1024;

/**
 * Says that the state folder's disk is full, again and again while it is, so that windows that come later hear it as
 * well, and once that it no longer is.
 */
export class RoomWatch {
  readonly #directory: string;
  readonly #tell: (failure: Failure | null) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string, tell: (failure: Failure | null) => void) {
    this.#directory = directory;
    this.#tell = tell;
  }

  /** Something could not be written just now. */
  noticed(): void {
    if (this.#timer !== undefined) return;
    this.#tell(outOfRoom(this.#directory));
    this.#timer = setInterval(() => void this.#look(), pollMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const free = await statfs(this.#directory).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => 0,
    );
    if (this.#timer === undefined) return;
    if (free < enoughBytes) {
      this.#tell(outOfRoom(this.#directory));
      return;
    }
    this.stop();
    this.#tell(null);
  }
}
