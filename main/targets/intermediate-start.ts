/** What every target does to have its intermediate: find the one that runs, or start one and see that it answers. */
import { z } from "zod";
import type { IntermediateStart } from "../../common/api/intermediate.ts";
import { failureSchema } from "../../common/domain/job.ts";
import type { Target } from "../../common/domain/plan.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import {
  installationName,
  jobCertificateDays,
  wholeLifeDays,
  type Authority,
  type Identity,
} from "../pki/authority.ts";
import type { IntermediateAccess, IntermediateClient } from "./contract.ts";
import { createIntermediateClient } from "./intermediate-client.ts";

/** How long an intermediate may take to its first words. */
export const startTimeoutMs = 30_000;
/** An intermediate that was started for jobs and is left alone, by an assistant that died say, ends after this. */
const idleEndSeconds = 1800;

const readySchema = z.discriminatedUnion("ready", [
  z.object({ ready: z.literal(true), controlPort: z.number(), dataPort: z.number(), pid: z.number() }),
  z.object({ ready: z.literal(false), failure: failureSchema }),
]);

/** The assistant shows intermediates a new certificate after this long: what a job was given lasts for nearly all its days. */
const identityMs = 86_400_000;

/** What the intermediate's first line says. */
export function readReady(line: string): Result<void> {
  let said: unknown = null;
  try {
    said = JSON.parse(line);
  } catch {
    // Judged below with everything else that is no answer.
  }
  const ready = readySchema.safeParse(said);
  if (!ready.success) return fail("intermediate-failed", told({ kind: "first-words-odd" }));
  return ready.data.ready ? ok() : { ok: false, failure: ready.data.failure };
}

export interface StarterOptions {
  readonly authority: Authority;
  /** Milliseconds since the machine started: an intermediate goes by its own clock, whatever this one's is set to. */
  readonly sinceBoot: () => number;
}

/** The intermediates of one installation: how they are reached and what they are started with. */
export class IntermediateStarter {
  readonly #authority: Authority;
  readonly #sinceBoot: () => number;
  #identity: { readonly identity: Identity; readonly issuedMs: number } | null = null;

  constructor({ authority, sinceBoot }: StarterOptions) {
    this.#authority = authority;
    this.#sinceBoot = sinceBoot;
  }

  async client(host: string, target: Target): Promise<IntermediateClient> {
    return createIntermediateClient({
      host,
      port: target.controlPort,
      installation: this.#authority.installation,
      caPem: this.#authority.certificatePem,
      identity: await this.#ownIdentity(),
      timeoutMs: 20_000,
    });
  }

  async #ownIdentity(): Promise<Identity> {
    const now = this.#sinceBoot();
    const known = this.#identity;
    if (known !== null && Math.abs(now - known.issuedMs) < identityMs) return known.identity;
    const identity = await this.#authority.issue({
      role: "assistant",
      commonName: installationName,
      validDays: jobCertificateDays,
    });
    this.#identity = { identity, issuedMs: now };
    return identity;
  }

  /** Holds a private key: for the intermediate's standard input and nowhere else. */
  async startDocument(target: Target): Promise<IntermediateStart> {
    const identity = await this.#authority.issue({
      role: "intermediate",
      commonName: installationName,
      // It has no way to get another one while it runs, which may be as long as its jobs are repeated.
      validDays: wholeLifeDays,
    });
    return {
      dataDirectory: target.directory,
      listenAddress: target.listenAddress,
      controlPort: target.controlPort,
      dataPort: target.dataPort,
      installation: this.#authority.installation,
      caPem: this.#authority.certificatePem,
      certificatePem: identity.certificatePem,
      keyPem: identity.key.reveal(),
      idleEndSeconds,
    };
  }
}

/** Gives `access` once its intermediate answers for the target's folder; `start` is called where none runs. */
export async function ensureAnswering(
  access: IntermediateAccess,
  target: Target,
  start: () => Promise<Result<void>>,
): Promise<Result<IntermediateAccess>> {
  const running = await access.client.status();
  if (running.ok) {
    if (running.value.dataDirectory === target.directory) return ok(access);
    return fail(
      "port-in-use",
      told({
        kind: "port-serves-other",
        port: target.controlPort,
        folder: running.value.dataDirectory,
        wanted: target.directory,
      }),
      { port: target.controlPort, dataDirectory: running.value.dataDirectory },
      told({ kind: "use-folder-or-ports" }),
    );
  }
  if (running.failure.code !== "intermediate-unreachable") return running;
  const started = await start();
  if (!started.ok) return started;
  const answers = await access.client.status();
  return answers.ok ? ok(access) : answers;
}

/** Ends the target's intermediate where it is the one that answers. Fine where none does. */
export async function shutDown(client: IntermediateClient, target: Target): Promise<Result<void>> {
  const running = await client.status();
  if (!running.ok || running.value.dataDirectory !== target.directory) return ok();
  return client.shutdown();
}

/** Lets one call after the other through, so that two jobs that begin together share one intermediate. */
export function oneAtATime(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  };
}
