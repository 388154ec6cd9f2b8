import { randomBytes } from "node:crypto";
import type { DaemonStatus, IntermediateStart } from "../common/api/intermediate.ts";
import { failureSchema } from "../common/domain/job.ts";
import { fail, ok, type Failure, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import { productVersion } from "../common/version.ts";
import { IdleEnd } from "./idle-end.ts";
import { holdDataDirectory } from "./jobs/data-directory.ts";
import { freeBytes } from "./jobs/free-space.ts";
import { JobStore } from "./jobs/job-store.ts";
import type { Logger } from "./log/log.ts";
import { protocolVersion } from "./protocol/frames.ts";
import { adminListener } from "./server/admin-listener.ts";
import type { ProcessorRoom } from "./processor-room.ts";
import { acceptControl, acceptData } from "./server/agent-listener.ts";
import { contextOf, listenTls } from "./server/tls-listener.ts";
import type { IntermediateSettings } from "./settings.ts";
import type { TaskImplementations } from "./tasks/implementations.ts";
import { inlineUnpacker, startUnpackers } from "./unpack/unpacker.ts";
import { AlignedArena } from "./volume/aligned-memory.ts";
import { createThrottle } from "./volume/throttled-sink.ts";

export const intermediateVersion = productVersion;

export interface IntermediateEnvironment {
  readonly settings: IntermediateSettings;
  readonly tasks: TaskImplementations;
  readonly processors: ProcessorRoom;
  /** Made once the data directory is held, because the log lives in it. */
  openLog(path: string): Logger;
  now(): Date;
}

export interface RunningIntermediate {
  readonly controlPort: number;
  readonly dataPort: number;
  /** Ends sessions and tasks, closes everything. What was acknowledged is durable already. May be called twice. */
  stop(): Promise<void>;
  /** Settles when the daemon has stopped, by `stop` or over the admin API. */
  readonly stopped: Promise<void>;
}

/**
 * Starts a daemon: data directory, jobs of an earlier process, two listeners. Fails with `already-exists` (the
 * directory is in use), `port-in-use`, `input-invalid` (certificates, address) or a storage failure; nothing of it is
 * left running then.
 */
export async function startIntermediate(
  start: IntermediateStart,
  environment: IntermediateEnvironment,
): Promise<Result<RunningIntermediate>> {
  const { settings, now } = environment;
  const { caPem, certificatePem, keyPem, installation } = start;
  const own = contextOf(caPem, certificatePem, keyPem);
  if (!own.ok) return own;
  const held = await holdDataDirectory(start.dataDirectory);
  if (!held.ok) return held;
  const logger = environment.openLog(held.value.logPath);
  const startedAt = now();
  let ports = { control: 0, data: 0 };

  const rate = start.writeBytesPerSecond ?? 0;
  const clock = {
    now: () => performance.now(),
    sleep: (ms: number) => new Promise<void>((r) => setTimeout(r, ms)),
  };
  const arena = new AlignedArena(settings.pendingBytesMost);
  const unpacker =
    settings.unpackThreads > 0
      ? startUnpackers(settings.unpackThreads, arena.sharedMemory, logger)
      : inlineUnpacker;
  const jobs = await JobStore.open(held.value.jobsPath, {
    settings,
    arena,
    unpacker,
    processors: environment.processors,
    throttle: rate > 0 ? createThrottle(rate, clock) : undefined,
    tasks: environment.tasks,
    logger,
    dataPort: () => ports.data,
    now,
    randomBytes,
  });
  if (!jobs.ok) {
    await unpacker.close();
    await held.value.release();
    return jobs;
  }

  const agents = { jobs: jobs.value, installation, settings, logger };
  const shared = {
    address: start.listenAddress,
    caPem,
    certificatePem,
    keyPem,
    settings,
    logger,
    contextOfJob: (jobId: string) => jobs.value.find(jobId)?.secureContext,
  };

  /** Failures of this interface as JSON carries them. */
  const plain = (reason: Failure | null): DaemonStatus["conversionUnavailable"] =>
    reason === null ? null : failureSchema.parse(reason);

  const conversionUnavailable = rememberedBriefly(environment.tasks.conversionUnavailable);
  const layoutUnavailable = rememberedBriefly(environment.tasks.layoutUnavailable);
  const daemonStatus = async (): Promise<Result<DaemonStatus>> => {
    const free = await freeBytes(start.dataDirectory);
    if (!free.ok) return free;
    return ok({
      version: intermediateVersion,
      protocolVersion,
      installation,
      pid: process.pid,
      startedAt: startedAt.toISOString(),
      controlPort: ports.control,
      dataPort: ports.data,
      dataDirectory: start.dataDirectory,
      freeBytes: free.value,
      residentBytes: process.memoryUsage.rss(),
      conversionUnavailable: plain(await conversionUnavailable()),
      layoutUnavailable: plain(await layoutUnavailable()),
      jobs: jobs.value.ids,
    });
  };

  let askedSinceLook = false;
  const onAdmin = adminListener({
    services: {
      jobs: jobs.value,
      daemonStatus,
      contextOf: (certificate, key) => contextOf(caPem, certificate, key),
      // The answer to the request must get out before its connection is closed.
      shutDown: () => void setTimeout(() => void running.stop(), 50),
    },
    installation,
    settings,
    logger,
    onRequest: () => void (askedSinceLook = true),
  });

  const control = await listenTls({
    ...shared,
    name: "control",
    port: start.controlPort,
    protocols: ["sma-control/1", "http/1.1"],
    onConnection: (socket) =>
      socket.alpnProtocol === "sma-control/1" ? acceptControl(socket, agents) : onAdmin(socket),
  });
  const data = control.ok
    ? await listenTls({
        ...shared,
        name: "data",
        port: start.dataPort,
        protocols: ["sma-data/1"],
        onConnection: (socket) => {
          if (socket.alpnProtocol === "sma-data/1") acceptData(socket, agents);
          else socket.destroy();
        },
      })
    : control;
  if (!control.ok || !data.ok) {
    if (control.ok) await control.value.close();
    await unpacker.close();
    await held.value.release();
    return data.ok ? fail("internal", told({ kind: "listener-failed" })) : data;
  }
  ports = { control: control.value.port, data: data.value.port };
  logger.info("started", { controlPort: ports.control, dataPort: ports.data, pid: process.pid });

  const idleMs = (start.idleEndSeconds ?? 0) * 1000;
  const idleEnd = new IdleEnd(idleMs, performance.now());
  const look = (): void => {
    const busy = askedSinceLook || jobs.value.isBusy;
    askedSinceLook = false;
    if (!idleEnd.isDue(performance.now(), { busy, awaitsAgent: jobs.value.awaitsAgent })) return;
    logger.info("idle", { idleEndSeconds: idleMs / 1000 });
    void running.stop();
  };
  const idleTimer = idleMs > 0 ? setInterval(look, Math.min(idleMs / 4, 60_000)) : undefined;

  const end = async (): Promise<void> => {
    clearInterval(idleTimer);
    await jobs.value.stop();
    await Promise.all([control.value.close(), data.value.close()]);
    await unpacker.close();
    await held.value.release();
    logger.info("stopped");
  };
  let ending: Promise<void> | undefined;
  let settleStopped: () => void = () => undefined;
  const running: RunningIntermediate = {
    controlPort: ports.control,
    dataPort: ports.data,
    stopped: new Promise((resolve) => {
      settleStopped = resolve;
    }),
    stop() {
      ending ??= end().then(settleStopped);
      return ending;
    },
  };
  return ok(running);
}

/** Asks anew after ten seconds only: hosts look at the daemon many times a second, and programs are seldom installed. */
function rememberedBriefly<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAtMs = 0;
  return () => {
    if (answer === undefined || performance.now() - askedAtMs > 10_000) {
      answer = ask();
      askedAtMs = performance.now();
    }
    return answer;
  };
}
