import type { AuthenticationType, AuthHandlerMiddleware, KeyboardInteractiveCallback, Prompt } from "ssh2";
import { told } from "../../../common/domain/report-text/told.ts";
import type { SshHop } from "../../../common/domain/source.ts";
import { fail, type Failure } from "../../../common/result.ts";
import type { PromptAnswer } from "../contract.ts";
import type { AuthenticationAttempt, AuthenticationPlan } from "./authentication-plan.ts";
import type { RsaSignatureChoice } from "./rsa-signatures.ts";

export interface AuthenticatorOptions {
  readonly hop: SshHop;
  readonly plan: AuthenticationPlan;
  readonly signatures: RsaSignatureChoice;
  readonly answerPrompt: PromptAnswer | undefined;
  /** Done before the first byte about the user is sent, e.g. pinning the host key. */
  readonly prepare: () => Promise<void>;
  /** Called around questions to a person, so that no time limit runs meanwhile. */
  readonly whileAsking: <T>(ask: () => Promise<T>) => Promise<T>;
  readonly onFailure: (failure: Failure) => void;
  /** For what the callbacks above throw. */
  readonly onBug: (bug: unknown) => void;
}

/** Walks through an authentication plan, following what the server says that it still wants. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #untried: AuthenticationAttempt[];
  readonly #tried: AuthenticationAttempt[] = [];
  #offered: readonly string[] = [];
  #passwordRefused = false;
  #isFirst = true;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#untried = [...options.plan.attempts];
  }

  /** For ssh2's `authHandler`. */
  readonly next: AuthHandlerMiddleware = (methodsLeft, partialSuccess, proceed) => {
    if (this.#isFirst) {
      this.#isFirst = false;
      // "none" costs nothing and makes the server say what it accepts.
      const username = this.#options.hop.authentication.user;
      void this.#options
        .prepare()
        .then(() => proceed({ type: "none", username }))
        .catch(this.#options.onBug);
      return;
    }
    if (Array.isArray(methodsLeft)) this.#offered = methodsLeft;
    const previous = this.#tried.at(-1);
    if (previous?.wireMethod === "password" && !partialSuccess) this.#passwordRefused = true;
    const attempt = this.#take(methodsLeft, previous);
    if (attempt === undefined) {
      this.#options.onFailure(this.failure(null));
      return;
    }
    this.#tried.push(attempt);
    if (attempt.rsaSignature !== null) this.#options.signatures.use(attempt.rsaSignature);
    if (attempt.method === "keyboard-interactive") {
      proceed({
        type: "keyboard-interactive",
        username: this.#options.hop.authentication.user,
        prompt: (_name, _instructions, _language, prompts, finish) =>
          void this.#answer(prompts, finish).catch(this.#options.onBug),
      });
    } else {
      proceed(attempt.method);
    }
  };

  /** Why nobody could log in. `serverSaid` is the server's own reason for hanging up, where it gave one. */
  failure(serverSaid: string | null): Failure {
    const { hop, plan } = this.#options;
    const who = `${hop.authentication.user}@${hop.host}:${hop.port}`;
    const tried = this.#tried.map(({ description }) => description);
    const problems = plan.keyProblems.map(({ message }) => message);
    const message = told({
      kind: "login-refused",
      who,
      tried,
      offered: [...this.#offered],
      problems,
      text: serverSaid,
    });
    const rsaRefused = !hop.legacyAlgorithms && this.#tried.some(({ rsaSignature }) => rsaSignature !== null);
    return fail(
      "authentication-failed",
      message,
      { host: hop.host, port: hop.port, user: hop.authentication.user, tried, offered: [...this.#offered] },
      rsaRefused ? told({ kind: "check-user-and-legacy-key" }) : undefined,
    ).failure;
  }

  #take(
    methodsLeft: readonly AuthenticationType[] | null,
    previous: AuthenticationAttempt | undefined,
  ): AuthenticationAttempt | undefined {
    const isWorthIt = (attempt: AuthenticationAttempt) =>
      attempt.wireMethod !== "keyboard-interactive" ||
      !this.#passwordRefused ||
      this.#options.answerPrompt !== undefined;
    const wanted = (attempt: AuthenticationAttempt) =>
      isWorthIt(attempt) && (methodsLeft === null || methodsLeft.some((name) => name === attempt.wireMethod));
    let index = this.#untried.findIndex(wanted);
    // After an agent's key ssh2 passes on an old list: a server that wants a second factor would look stuck.
    if (index < 0 && previous?.method !== "keyboard-interactive" && previous?.method.type === "agent") {
      index = this.#untried.findIndex(isWorthIt);
    }
    return index < 0 ? undefined : this.#untried.splice(index, 1)[0];
  }

  async #answer(prompts: readonly Prompt[], finish: KeyboardInteractiveCallback): Promise<void> {
    const { hop, plan, answerPrompt, whileAsking, onFailure } = this.#options;
    const answers: string[] = [];
    for (const { prompt, echo = false } of prompts) {
      const isPassword = !echo && (answerPrompt === undefined || looksLikePassword(prompt));
      if (isPassword && plan.password !== null) {
        answers.push(plan.password.reveal());
      } else if (answerPrompt !== undefined) {
        const answer = await whileAsking(() => answerPrompt({ hop, prompt, echo }));
        if (!answer.ok) return onFailure(answer.failure);
        answers.push(answer.value.reveal());
      } else {
        const words = prompt.trim();
        return onFailure(
          fail("authentication-failed", told({ kind: "prompt-unanswered", host: hop.host, prompt: words }), {
            host: hop.host,
            prompt: words,
          }).failure,
        );
      }
    }
    finish(answers);
  }
}

/** True for the prompts by which PAM and its kin ask for the account's password, in the commonest languages. */
function looksLikePassword(prompt: string): boolean {
  return /pass(word|phrase|wort)|mot de passe|contraseña|senha|пароль|密码|密碼|パスワード|암호/i.test(
    prompt,
  );
}
