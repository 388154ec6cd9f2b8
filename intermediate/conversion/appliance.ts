/**
 * A session with libguestfs: the overlays' filesystems are mounted by the kernel of its small virtual machine and never
 * by this host's. The session is one guestfish that reads commands from a pipe, so that it ends with this process,
 * however that ends, and its machine with it.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, FailureError, ok, type Failure, type Result } from "../../common/result.ts";
import { detectAccelerator } from "../qemu/accelerator.ts";
import { spawnTool } from "../qemu/run-tool.ts";

export interface ApplianceOptions {
  /** Absolute paths of qcow2 files, in the order in which the machine shall have them. */
  readonly overlays: readonly string[];
  readonly signal: AbortSignal;
}

/** Answer of one command: what it printed, or what it complained of. */
export type ApplianceAnswer =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };

/** Where mounted filesystems are from the point of view of {@link Appliance.shell}. */
export const applianceRoot = "/sysroot";

const keptErrorCharacters = 2_000;

/** Everything that is written here lands in the overlays. Commands run one after another. */
export class Appliance {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;
  readonly #stop: () => void;
  /** Of the marks behind an answer: nothing that a guest holds may look like one. */
  readonly #session = randomBytes(8).toString("hex");
  #number = 0;
  #output = "";
  #errors = "";
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(child: ChildProcess, signal: AbortSignal) {
    this.#child = child;
    this.#signal = signal;
    this.#stop = () => void child.kill("SIGKILL");
    const listen = (stream: Readable | null, take: (text: string) => void): void => {
      stream?.setEncoding("latin1").on("data", (text: string) => {
        take(text);
        this.#wake();
      });
    };
    listen(child.stdout, (text) => (this.#output += text));
    listen(child.stderr, (text) => (this.#errors += text));
    child.stdin?.on("error", () => undefined);
    child.once("close", () => {
      this.#ended = true;
      this.#wake();
    });
    signal.addEventListener("abort", this.#stop, { once: true });
    if (signal.aborted) this.#stop();
  }

  /** Boots the appliance over the overlays. `tool-missing`, `conversion-failed`, `cancelled`. */
  static async start({ overlays, signal }: ApplianceOptions): Promise<Result<Appliance>> {
    const drives = overlays.flatMap((path) => ["--format=qcow2", "-a", resolve(path)]);
    const settings =
      (await detectAccelerator()) === "tcg" ? { LIBGUESTFS_BACKEND_SETTINGS: "force_tcg" } : {};
    const started = await spawnTool("guestfish", drives, ["pipe", "pipe", "pipe"], {
      LIBGUESTFS_BACKEND: "direct",
      ...settings,
    });
    if (!started.ok) return started;
    const appliance = new Appliance(started.value, signal);
    const answer = await appliance.command("run");
    if (answer.ok) return ok(appliance);
    await appliance.close();
    if (signal.aborted) return fail("cancelled", told({ kind: "conversion-stopped" }));
    return fail(
      "conversion-failed",
      told({ kind: "appliance-failed" }),
      { output: answer.error },
      told({ kind: "test-appliance" }),
    );
  }

  /** Runs one guestfish command. Arguments may hold any text but NUL. */
  async command(name: string, ...parameters: readonly string[]): Promise<ApplianceAnswer> {
    const number = ++this.#number;
    const [outputEnd, errorEnd] = ["output", "error"].map(
      (stream) => `sma-${stream}-${this.#session}-${number}-end`,
    ) as [string, string];
    const line = [name, ...parameters.map(quoted)].join(" ");
    this.#child.stdin?.write(`-${line}\n-echo ${outputEnd}\n!echo ${errorEnd} >&2\n`, "latin1");
    while (!(this.#output.includes(outputEnd) && this.#errors.includes(errorEnd))) {
      if (this.#ended) {
        const error = this.#errors.trim().slice(-keptErrorCharacters) || "libguestfs has ended";
        return { ok: false, error: this.#signal.aborted ? "cancelled" : error };
      }
      await new Promise<void>((wake) => (this.#wake = wake));
    }
    const text = this.#output.slice(0, this.#output.indexOf(outputEnd));
    const errors = this.#errors.slice(0, this.#errors.indexOf(errorEnd));
    this.#output = this.#output.slice(this.#output.indexOf(outputEnd) + outputEnd.length + 1);
    this.#errors = this.#errors.slice(this.#errors.indexOf(errorEnd) + errorEnd.length + 1);
    const complaint =
      /^.*libguestfs: error: ([^]*)$/m.exec(errors)?.[1] ?? /^\*stdin\*:\d+: ([^]*)$/m.exec(errors)?.[1];
    return complaint === undefined
      ? { ok: true, text: fromBytes(text) }
      : { ok: false, error: fromBytes(complaint).trim().slice(-keptErrorCharacters) };
  }

  /** As {@link command}; a complaint is thrown as `conversion-failed`, or `cancelled`. */
  async must(name: string, ...parameters: readonly string[]): Promise<string> {
    const answer = await this.command(name, ...parameters);
    if (answer.ok) return answer.text;
    throw new FailureError(this.failureOf(name, answer.error));
  }

  /** Fetches a file of the guest; one that is larger than `mostBytes` is refused, whatever it says it is. */
  async download(path: string, localPath: string, mostBytes: number): Promise<void> {
    const size = Number((await this.must("filesize", path)).trim());
    if (!(size <= mostBytes)) {
      throw new FailureError(
        this.failureOf(`reading ${path}`, `it has ${size} bytes; at most ${mostBytes} are read`),
      );
    }
    await this.must("download", path, localPath);
  }

  failureOf(what: string, output: string): Failure {
    const failed = this.#signal.aborted
      ? fail("cancelled", told({ kind: "conversion-stopped" }))
      : fail("conversion-failed", told({ kind: "guestfs-failed", what, text: output.split("\n")[0] ?? "" }), {
          output,
        });
    return failed.failure;
  }

  /**
   * Runs a bash script in the appliance itself, with the appliance's own programs; the guest's filesystems are below
   * {@link applianceRoot} once they are mounted. Gives what it printed; its exit status must be 0.
   */
  shell(script: string): Promise<string> {
    // libguestfs takes the command apart at quotes and blanks and puts it together without them.
    const encoded = Buffer.from(script, "utf8").toString("base64");
    return this.must("debug", "sh", `echo ${encoded} | base64 -d | bash`);
  }

  /** Ends the session; everything written is in the overlays then. May be called twice. */
  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#stop);
    if (this.#ended) return;
    this.#child.stdin?.end();
    await new Promise<void>((settle) => {
      if (this.#ended) settle();
      else this.#child.once("close", () => settle());
    });
  }
}

/** A word of guestfish in double quotes, in bytes: anything but plain ASCII becomes `\xNN`. */
export function quoted(word: string): string {
  const bytes = Buffer.from(word, "utf8").toString("latin1");
  const escaped = bytes.replaceAll(/[\\"]|[^ -~]/g, (character) =>
    character === "\\" || character === '"'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${escaped}"`;
}

function fromBytes(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}
