import { told } from "../../../common/domain/report-text/told.ts";
import { fail, type Failure } from "../../../common/result.ts";
import type { Secret } from "../../../common/secret.ts";
import { elevationHeader, elevationReadyText, promptText } from "./shell-framing.ts";

/** How this session becomes root; `none` where it is root already. */
export type ElevationPlan =
  | { readonly method: "none" }
  | { readonly method: "sudo"; readonly password: Secret | null }
  | { readonly method: "su"; readonly password: Secret };

export type ElevationStep =
  | { readonly kind: "wait" }
  | { readonly kind: "send"; readonly bytes: Buffer }
  /** Root's shell waits for its header. */
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What sudo, su and root's profile may print before root's shell is there. */
const maxTalkBytes = 1024 * 1024;

/**
 * The conversation by which one command becomes root. sudo's password is sent only when its prompt with our nonce is
 * seen; su has no prompt of ours, so its password goes first, and root's shell ignores it where su wanted none.
 */
export class ElevationDialogue {
  readonly #plan: Exclude<ElevationPlan, { method: "none" }>;
  readonly #nonce: string;
  readonly #viaTerminal: boolean;
  #stdout = "";
  #stderr = "";
  #promptsAnswered = 0;
  #suPasswordSent = false;

  /** `viaTerminal`: prompts and answers pass through a terminal, whose output is all on standard output. */
  constructor(plan: Exclude<ElevationPlan, { method: "none" }>, nonce: string, viaTerminal: boolean) {
    this.#plan = plan;
    this.#nonce = nonce;
    this.#viaTerminal = viaTerminal;
  }

  /** What to send first. */
  opening(): Buffer {
    const { password } = this.#plan;
    if (this.#plan.method === "sudo") {
      return elevationHeader(this.#nonce, password === null ? "sudo-without-password" : "sudo");
    }
    const header = elevationHeader(this.#nonce, "su");
    // On a terminal su throws away what was typed before its prompt.
    if (this.#viaTerminal) return header;
    this.#suPasswordSent = true;
    return Buffer.concat([header, this.#passwordLine()]);
  }

  onOutput(stream: "stdout" | "stderr", chunk: Buffer): ElevationStep {
    if (stream === "stdout") this.#stdout += chunk.toString("latin1");
    else this.#stderr += chunk.toString("latin1");
    if (this.#stdout.includes(elevationReadyText(this.#nonce))) return { kind: "ready" };

    const { method } = this.#plan;
    if (this.#stdout.length + this.#stderr.length > maxTalkBytes) {
      return { kind: "failed", failure: this.endedFailure(null) };
    }
    if (method === "sudo") {
      const prompts = (this.#stdout + this.#stderr).split(promptText(this.#nonce)).length - 1;
      if (prompts > 1) return { kind: "failed", failure: this.#wrongPassword() };
      if (prompts > this.#promptsAnswered) {
        this.#promptsAnswered = prompts;
        return { kind: "send", bytes: this.#passwordLine() };
      }
    } else if (this.#viaTerminal && !this.#suPasswordSent && /:\s*$/.test(this.#stdout)) {
      this.#suPasswordSent = true;
      return { kind: "send", bytes: this.#passwordLine() };
    }
    return { kind: "wait" };
  }

  /** True where the failure is only that a terminal is wanted. */
  get wantsTerminal(): boolean {
    return /must have a tty|must be (run from )?a (tty|terminal)/i.test(this.#stdout + this.#stderr);
  }

  /** Why the channel ended before root's shell was there. */
  endedFailure(exitCode: number | null): Failure {
    const { method } = this.#plan;
    const said = this.#said();
    const context = { method, exitCode: exitCode ?? -1, output: said };
    if (/not in the sudoers|not allowed/i.test(said)) {
      return fail(
        "sudo-failed",
        told({ kind: "sudo-not-allowed", text: said }),
        context,
        told({ kind: "allow-sudo" }),
      ).failure;
    }
    if (/incorrect password|authentication failure|try again/i.test(said)) {
      return this.#wrongPassword();
    }
    if (exitCode === 127 || /sudo: (command )?not found|su: not found/.test(said)) {
      return fail(
        "sudo-failed",
        told({ kind: "sudo-absent", method }),
        context,
        told({ kind: "be-root-or-install" }),
      ).failure;
    }
    if (/a password is required|no askpass/.test(said)) {
      return fail(
        "sudo-failed",
        told({ kind: "sudo-wants-password" }),
        context,
        told({ kind: "give-sudo-password" }),
      ).failure;
    }
    if (this.wantsTerminal) {
      return fail(
        "sudo-failed",
        told({ kind: "sudo-wants-terminal", method, text: said }),
        context,
        told({ kind: "drop-requiretty" }),
      ).failure;
    }
    return fail(
      "sudo-failed",
      told({
        kind: "elevation-failed",
        method,
        text: said === "" ? `exit status ${exitCode ?? "unknown"}` : said,
      }),
      context,
    ).failure;
  }

  #wrongPassword(): Failure {
    const { method } = this.#plan;
    return fail("sudo-failed", told({ kind: "password-not-accepted", method }), {
      method,
      output: this.#said(),
    }).failure;
  }

  #passwordLine(): Buffer {
    return Buffer.from(`${this.#plan.password?.reveal() ?? ""}\n`, "utf8");
  }

  /** What the far side said, on one line, without our own marks. */
  #said(): string {
    const lines = `${this.#stdout}\n${this.#stderr}`.replaceAll(promptText(this.#nonce), "").split(/[\r\n]+/);
    const text = lines.map((line) => line.trim()).filter((line) => line !== "");
    return Buffer.from(text.join(" | ").slice(-500), "latin1").toString("utf8");
  }
}
