import type { HostKeyQuestion } from "../../common/api/source-procedures.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { HostKeyDecision } from "../remote/contract.ts";

/** A question that nobody answers for so long is answered with no: a connection must not wait for ever. */
const patienceMs = 10 * 60_000;

export interface HostKeyQuestionsOptions {
  onQuestion(question: HostKeyQuestion): void;
  onSettled(id: string): void;
  /** True where a source has this key pinned for the host: it was accepted before, if not for this source. */
  isPinned(host: string, port: number, fingerprint: string): boolean;
  /** Names of registered sources that go to or through this host. */
  sourcesVia(host: string, port: number): string[];
  readonly newId: () => string;
  readonly clock: () => number;
}

interface Open {
  readonly question: HostKeyQuestion;
  readonly answer: (accept: boolean) => void;
}

/** How long an answer stands for connections that were under way when it was given, until it is pinned. */
const answerLastsMs = 30_000;

/** Puts first-seen host keys before whichever window is there, and has the connection wait for the answer. */
export class HostKeyQuestions {
  readonly #options: HostKeyQuestionsOptions;
  readonly #open = new Map<string, Open>();
  readonly #accepted = new Map<string, number>();

  constructor(options: HostKeyQuestionsOptions) {
    this.#options = options;
  }

  readonly decide: HostKeyDecision = ({ hop, fingerprint, keyType, thumbprint }) => {
    const acceptedAt = this.#accepted.get(`${hop.host}:${hop.port} ${fingerprint}`);
    const isAccepted = acceptedAt !== undefined && this.#options.clock() - acceptedAt < answerLastsMs;
    if (isAccepted || this.#options.isPinned(hop.host, hop.port, fingerprint)) return Promise.resolve(true);
    // Several connections to one host at a time ask one question.
    const same = [...this.#open.values()].find(
      ({ question }) =>
        question.host === hop.host && question.port === hop.port && question.fingerprint === fingerprint,
    );
    return new Promise((resolve) => {
      if (same !== undefined) {
        this.#open.set(same.question.id, {
          question: same.question,
          answer: (accept) => {
            same.answer(accept);
            resolve(accept);
          },
        });
        return;
      }
      const id = this.#options.newId();
      const question: HostKeyQuestion = {
        id,
        host: hop.host,
        port: hop.port,
        keyType,
        fingerprint,
        thumbprint: thumbprint ?? null,
        sources: this.#options.sourcesVia(hop.host, hop.port),
        askedAt: new Date(this.#options.clock()).toISOString(),
      };
      const timer = setTimeout(() => this.#settle(id, false), patienceMs);
      timer.unref();
      this.#open.set(id, {
        question,
        answer: (accept) => {
          clearTimeout(timer);
          resolve(accept);
        },
      });
      this.#options.onQuestion(question);
    });
  };

  list(): HostKeyQuestion[] {
    return [...this.#open.values()].map(({ question }) => question);
  }

  answer(id: string, accept: boolean): Result<null> {
    if (!this.#open.has(id)) return fail("not-found", told({ kind: "question-answered" }), { id });
    this.#settle(id, accept);
    return ok(null);
  }

  /** Nobody is left to answer. */
  close(): void {
    for (const id of [...this.#open.keys()]) this.#settle(id, false);
  }

  #settle(id: string, accept: boolean): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    const { host, port, fingerprint } = open.question;
    if (accept) this.#accepted.set(`${host}:${port} ${fingerprint}`, this.#options.clock());
    open.answer(accept);
    this.#options.onSettled(id);
  }
}
