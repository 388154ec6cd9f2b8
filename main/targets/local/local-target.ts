/** The embedded default: a folder on this machine, and an intermediate that this module starts for it. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { IntermediateStart } from "../../../common/api/intermediate.ts";
import { failureSchema } from "../../../common/domain/job.ts";
import type { LocalTarget, Target } from "../../../common/domain/plan.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { installationName, jobCertificateDays, type Authority } from "../../pki/authority.ts";
import type { IntermediateAccess, TargetAdapter } from "../contract.ts";
import { createIntermediateClient } from "../intermediate-client.ts";

export interface LocalTargetOptions {
  readonly authority: Authority;
  /** Program and arguments that run the intermediate, which reads its start document on standard input. */
  readonly intermediateCommand: readonly [string, ...string[]];
}

const readySchema = z.discriminatedUnion("ready", [
  z.object({ ready: z.literal(true), controlPort: z.number(), dataPort: z.number(), pid: z.number() }),
  z.object({ ready: z.literal(false), failure: failureSchema }),
]);

const startTimeoutMs = 30_000;
/** An intermediate that was started for jobs and is left alone, by an assistant that died say, ends after this. */
const idleEndSeconds = 1800;

export function createLocalTarget(options: LocalTargetOptions): TargetAdapter {
  // One start at a time, so that two jobs that begin together share one intermediate.
  let starting: Promise<unknown> = Promise.resolve();

  const connect = async (target: LocalTarget): Promise<IntermediateAccess> => ({
    client: createIntermediateClient({
      host:
        target.listenAddress === "0.0.0.0" || target.listenAddress === "::"
          ? "127.0.0.1"
          : target.listenAddress,
      port: target.controlPort,
      installation: options.authority.installation,
      caPem: options.authority.certificatePem,
      identity: await assistantIdentity(),
      timeoutMs: 20_000,
    }),
    controlPort: target.controlPort,
    dataPort: target.dataPort,
    addresses: target.advertisedAddresses.length > 0 ? target.advertisedAddresses : ownAddresses(target),
  });

  let identity: ReturnType<Authority["issue"]> | null = null;
  const assistantIdentity = () =>
    (identity ??= options.authority.issue({
      role: "assistant",
      commonName: installationName,
      validDays: jobCertificateDays,
    }));

  const ensure = async (target: LocalTarget, signal: AbortSignal): Promise<Result<IntermediateAccess>> => {
    const access = await connect(target);
    const running = await access.client.status();
    if (running.ok) {
      if (running.value.dataDirectory === target.directory) return ok(access);
      return fail(
        "port-in-use",
        `port ${target.controlPort} serves the folder ${running.value.dataDirectory}, not ${target.directory}`,
        { port: target.controlPort, dataDirectory: running.value.dataDirectory },
        "Use that folder, or choose other ports with --control-port and --data-port.",
      );
    }
    if (running.failure.code !== "intermediate-unreachable") return running;
    for (const port of [target.controlPort, target.dataPort]) {
      const free = await portIsFree(target.listenAddress, port);
      if (!free.ok) return free;
    }
    const started = await start(options, target, signal);
    if (!started.ok) return started;
    const answers = await access.client.status();
    return answers.ok ? ok(access) : answers;
  };

  return {
    constraints: { maximumDiskBytes: 64 * 1024 ** 4, maximumDisks: 64 },

    ensureIntermediate(target: Target, signal) {
      const turn = starting.then(() => ensure(target, signal));
      starting = turn.catch(() => undefined);
      return turn;
    },

    async releaseIntermediate(target) {
      const { client } = await connect(target);
      const running = await client.status();
      if (!running.ok || running.value.dataDirectory !== target.directory) return ok();
      return client.shutdown();
    },
  };
}

/** Addresses of this machine that another machine can route to. */
function ownAddresses(target: LocalTarget): string[] {
  if (target.listenAddress !== "0.0.0.0" && target.listenAddress !== "::") return [target.listenAddress];
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((address) => !address.internal && !address.address.startsWith("fe80:"))
    .toSorted((a, b) => (a.family === b.family ? 0 : a.family === "IPv4" ? -1 : 1))
    .map((address) => address.address);
}

/** Asked before the intermediate starts, because a clear answer is wanted rather than a daemon's log. */
function portIsFree(address: string, port: number): Promise<Result<void>> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => {
      const code = "code" in error ? String(error.code) : "";
      if (code === "EADDRINUSE") {
        resolve(fail("port-in-use", `port ${port} is taken by another program`, { port, address }));
      } else if (code === "EACCES") {
        resolve(fail("port-in-use", `this user may not listen on port ${port}`, { port, address }));
      } else {
        resolve(
          fail("input-invalid", `cannot listen on ${address} port ${port}: ${error.message}`, {
            port,
            address,
          }),
        );
      }
    });
    probe.listen({ host: address, port, exclusive: true }, () => probe.close(() => resolve(ok())));
  });
}

async function start(
  options: LocalTargetOptions,
  target: LocalTarget,
  signal: AbortSignal,
): Promise<Result<void>> {
  await mkdir(target.directory, { recursive: true, mode: 0o700 });
  const identity = await options.authority.issue({
    role: "intermediate",
    commonName: installationName,
    validDays: 365,
  });
  const document: IntermediateStart = {
    dataDirectory: target.directory,
    listenAddress: target.listenAddress,
    controlPort: target.controlPort,
    dataPort: target.dataPort,
    installation: options.authority.installation,
    caPem: options.authority.certificatePem,
    certificatePem: identity.certificatePem,
    keyPem: identity.key.reveal(),
    idleEndSeconds,
  };

  const [program, ...args] = options.intermediateCommand;
  // Detached: the job goes on when the assistant ends.
  const child = spawn(program, args, {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // "close" comes after the last output, so a refusal that was printed is read first.
    child.once("close", (code, by) => resolve(`it ended with ${by ?? `exit code ${code}`}`));
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(document));

  const lines = createInterface({ input: child.stdout });
  const firstLine = new Promise<string>((resolve) => lines.once("line", resolve));
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(startTimeoutMs)]);
  const gaveUp = new Promise<null>((resolve) =>
    deadline.addEventListener("abort", () => resolve(null), { once: true }),
  );

  const outcome = await Promise.race([
    firstLine.then((line) => ({ line })),
    exited.then((why) => ({ why })),
    gaveUp,
  ]);
  lines.close();
  child.stdout.destroy();
  child.unref();
  if (outcome === null) {
    child.kill("SIGTERM");
    return signal.aborted
      ? fail("cancelled", "starting the intermediate was cancelled")
      : fail("intermediate-failed", `the intermediate did not start within ${startTimeoutMs / 1000} s`);
  }
  if ("why" in outcome) return fail("intermediate-failed", `the intermediate did not start: ${outcome.why}`);
  const ready = readySchema.safeParse(safeJson(outcome.line));
  if (!ready.success) return fail("intermediate-failed", "the intermediate's first words are not understood");
  return ready.data.ready ? ok() : { ok: false, failure: ready.data.failure };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
