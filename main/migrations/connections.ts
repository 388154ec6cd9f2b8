import type { Source } from "../../common/domain/source.ts";
import type { Target } from "../../common/domain/plan.ts";
import { ok, type Result } from "../../common/result.ts";
import type { SourceSession } from "../remote/contract.ts";
import type { IntermediateAccess } from "../targets/contract.ts";
import type { MigrationServices } from "./services.ts";

/** The connections that the steps of one running job share: opened when first wanted, replaced when they died. */
export class JobConnections {
  readonly #services: MigrationServices;
  readonly #source: Source;
  readonly #target: Target;
  #session: SourceSession | null = null;

  constructor(services: MigrationServices, source: Source, target: Target) {
    this.#services = services;
    this.#source = source;
    this.#target = target;
  }

  async session(signal: AbortSignal): Promise<Result<SourceSession>> {
    if (this.#session !== null) return ok(this.#session);
    const opened = await this.#services.connect(this.#source, signal);
    if (opened.ok) this.#session = opened.value;
    return opened;
  }

  /** Runs `act` on a session; one that was found dead is replaced once. */
  async withSession<T>(
    signal: AbortSignal,
    act: (session: SourceSession) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const reused = this.#session !== null;
    const session = await this.session(signal);
    if (!session.ok) return session;
    const result = await act(session.value);
    if (result.ok || result.failure.code !== "connection-lost") return result;
    await this.closeSession();
    return reused ? this.withSession(signal, act) : result;
  }

  intermediate(signal: AbortSignal): Promise<Result<IntermediateAccess>> {
    return this.#services.targetFor(this.#target).ensureIntermediate(this.#target, signal);
  }

  async closeSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }
}
