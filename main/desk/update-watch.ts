/** Asks the address that the admin set, once a day and when told to, which version is the newest. Off by default. */
import type { AssistantEvent } from "../../common/api/procedures.ts";
import { isNewer, releaseSchema, type Release, type UpdateState } from "../../common/domain/update.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";

const dayMs = 86_400_000;
const patienceMs = 15_000;
const largestDocument = 65_536;

export interface UpdateWatchOptions {
  readonly version: string;
  /** Null: nobody is asked. */
  address(): string | null;
  emit(event: AssistantEvent): void;
  readonly clock: () => number;
}

async function readRelease(address: string): Promise<Result<Release>> {
  const refuse = (why: Told) =>
    fail("update-check-failed", told({ kind: "update-check-failed-at", address, because: why }), { address });
  try {
    // Whoever answers for the address may not send us elsewhere.
    const response = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(patienceMs) });
    if (!response.ok) return refuse(told({ kind: "answers-with-status", status: response.status }));
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > largestDocument) return refuse(told({ kind: "answer-too-long" }));
      parts.push(part);
    }
    const parsed = releaseSchema.safeParse(JSON.parse(Buffer.concat(parts).toString("utf8")));
    return parsed.success
      ? ok(parsed.data)
      : refuse(
          told({ kind: "answer-not-as-agreed", field: parsed.error.issues[0]?.path.join(".") ?? "form" }),
        );
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return refuse(
      error instanceof SyntaxError
        ? told({ kind: "answer-no-json" })
        : told({ kind: "tool-said", text: String(cause) }),
    );
  }
}

export class UpdateWatch {
  readonly #options: UpdateWatchOptions;
  #state: UpdateState = { name: "not-asked" };
  #timer: NodeJS.Timeout | null = null;

  constructor(options: UpdateWatchOptions) {
    this.#options = options;
  }

  show(): UpdateState {
    return this.#options.address() === null ? { name: "off" } : this.#state;
  }

  /** For hosts that stay. */
  keepAsking(): void {
    void this.check();
    this.#timer ??= setInterval(() => void this.check(), dayMs);
    this.#timer.unref();
  }

  async check(): Promise<UpdateState> {
    const address = this.#options.address();
    if (address === null) return this.show();
    const checkedAt = new Date(this.#options.clock()).toISOString();
    const release = await readRelease(address);
    // Whoever changed the address meanwhile does not want this answer.
    if (this.#options.address() !== address) return this.show();
    this.#state = !release.ok
      ? { name: "failed", checkedAt, failure: release.failure }
      : isNewer(release.value.version, this.#options.version)
        ? { name: "newer", checkedAt, release: release.value }
        : { name: "current", checkedAt };
    this.#options.emit({ type: "update-state", state: this.#state });
    return this.#state;
  }

  /** Another address: what the one before said counts no more. */
  addressChanged(): void {
    this.#state = { name: "not-asked" };
    this.#options.emit({ type: "update-state", state: this.show() });
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
