/** The embedded default: a folder on this machine, and an intermediate that this module starts for it. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import type { IntermediateStart } from "../../../common/api/intermediate.ts";
import type { LocalTarget } from "../../../common/domain/plan.ts";
import type { PortFinding, PortFindings, PortState } from "../../../common/domain/port-finding.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { assertNever, fail, ok, type Result } from "../../../common/result.ts";
import type { IntermediateAccess, TargetAdapter } from "../contract.ts";
import { lookAtPort, proposePort } from "./listening-port.ts";
import {
  ensureAnswering,
  IntermediateStarter,
  oneAtATime,
  readReady,
  shutDown,
  startTimeoutMs,
  type StarterOptions,
} from "../intermediate-start.ts";

export interface LocalTargetOptions extends StarterOptions {
  /** Program and arguments that run the intermediate, which reads its start document on standard input. */
  readonly intermediateCommand: readonly [string, ...string[]];
}

export interface LocalTargetAdapter extends TargetAdapter {
  /** Whether the target's intermediate could listen now. */
  lookAtPorts(target: LocalTarget): Promise<PortFindings>;
}

export function createLocalTarget(options: LocalTargetOptions): LocalTargetAdapter {
  const starter = new IntermediateStarter(options);
  const inTurn = oneAtATime();

  const connect = async (target: LocalTarget): Promise<IntermediateAccess> => ({
    client: await starter.client(
      target.listenAddress === "0.0.0.0" || target.listenAddress === "::"
        ? "127.0.0.1"
        : target.listenAddress,
      target,
    ),
    controlPort: target.controlPort,
    dataPort: target.dataPort,
    addresses: target.advertisedAddresses.length > 0 ? target.advertisedAddresses : ownAddresses(target),
  });

  const start = async (target: LocalTarget, signal: AbortSignal): Promise<Result<void>> => {
    for (const port of [target.controlPort, target.dataPort]) {
      const free = await portIsFree(target.listenAddress, port);
      if (!free.ok) return free;
    }
    return startHere(options, target.directory, await starter.startDocument(target), signal);
  };

  return {
    constraints: { maximumDiskBytes: 64 * 1024 ** 4, maximumDisks: 64 },
    delivery: null,

    ensureIntermediate(target, signal) {
      if (target.kind !== "local") throw new TypeError("not a local target");
      return inTurn(async () => ensureAnswering(await connect(target), target, () => start(target, signal)));
    },

    async releaseIntermediate(target) {
      if (target.kind !== "local") throw new TypeError("not a local target");
      return shutDown((await connect(target)).client, target);
    },

    async lookAtPorts(target) {
      const { listenAddress, controlPort, dataPort } = target;
      const running = await (await connect(target)).client.status();
      const isOurs = running.ok && running.value.dataDirectory === target.directory;
      const look = async (port: number, taken: readonly number[]): Promise<PortFinding> => {
        const state: PortState =
          isOurs && [running.value.controlPort, running.value.dataPort].includes(port)
            ? "ours"
            : await lookAtPort(listenAddress, port);
        const mayHelp = state === "taken" || state === "not-allowed";
        return { port, state, proposal: mayHelp ? await proposePort(listenAddress, port, taken) : null };
      };
      const control = await look(controlPort, [dataPort]);
      return { control, data: await look(dataPort, [controlPort, control.proposal ?? controlPort]) };
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
async function portIsFree(address: string, port: number): Promise<Result<void>> {
  const state = await lookAtPort(address, port);
  switch (state) {
    case "free":
      return ok();
    case "taken":
      return fail("port-in-use", told({ kind: "port-held", port }), { port, address });
    case "not-allowed":
      return fail("port-in-use", told({ kind: "port-forbidden", port }), { port, address });
    case "no-such-address":
      return fail("input-invalid", told({ kind: "address-not-here", address }), { port, address });
    default:
      return assertNever(state);
  }
}

async function startHere(
  options: LocalTargetOptions,
  directory: string,
  document: IntermediateStart,
  signal: AbortSignal,
): Promise<Result<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
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
      ? fail("cancelled", told({ kind: "intermediate-start-stopped" }))
      : fail(
          "intermediate-failed",
          told({ kind: "intermediate-start-slow", seconds: startTimeoutMs / 1000 }),
        );
  }
  if ("why" in outcome)
    return fail("intermediate-failed", told({ kind: "intermediate-not-started", text: outcome.why }));
  return readReady(outcome.line);
}
