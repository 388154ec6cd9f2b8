import type { TLSSocket } from "node:tls";
import type { Job } from "../jobs/job.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Logger } from "../log/log.ts";
import type { Frame } from "../protocol/frames.ts";
import type { AgentSession } from "../session/agent-session.ts";
import { FrameConnection } from "../session/frame-connection.ts";
import type { IntermediateSettings } from "../settings.ts";
import { agentObstacle, identityOf } from "./peer-identity.ts";

export interface AgentListenerOptions {
  readonly jobs: JobStore;
  readonly installation: string;
  readonly settings: IntermediateSettings;
  readonly logger: Logger;
}

/** The job that a peer may speak for, or undefined after its socket was destroyed. */
function admittedJob(
  socket: TLSSocket,
  options: AgentListenerOptions,
): { job: Job; serial: string } | undefined {
  const peer = identityOf(socket);
  const job = peer.jobId === undefined ? undefined : options.jobs.find(peer.jobId);
  const obstacle =
    agentObstacle(peer, options.installation, (serial) => job?.accepts(serial) ?? true) ??
    (job === undefined ? "there is no such job" : undefined);
  if (obstacle === undefined && job !== undefined) return { job, serial: peer.serial };
  options.logger.warn("peer-refused", {
    address: socket.remoteAddress ?? "",
    reason: obstacle ?? "",
    unit: peer.unit ?? "",
    commonName: peer.commonName ?? "",
  });
  socket.destroy();
  return undefined;
}

function logDefect(logger: Logger, error: unknown): void {
  logger.error("defect", { why: error instanceof Error ? (error.stack ?? error.message) : "unknown" });
}

/** A control connection: HELLO first, then its session's frames. */
export function acceptControl(socket: TLSSocket, options: AgentListenerOptions): void {
  const admitted = admittedJob(socket, options);
  if (admitted === undefined) return;
  const { job, serial } = admitted;
  let session: AgentSession | undefined;
  const connection = new FrameConnection(socket, "control-a2i", {
    async onFrame(frame: Frame) {
      if (session !== undefined) return session.onControl(frame);
      clearTimeout(greeting);
      if (frame.type === "HELLO") session = await job.sync.admit(connection, frame, serial);
      else connection.abort("protocol", `${frame.type} arrived before HELLO`);
    },
    onViolation: (reason) => session?.violate(reason),
    onDefect: (error) => logDefect(options.logger, error),
    onClosed(why) {
      clearTimeout(greeting);
      session?.end(why);
    },
  });
  const greeting = setTimeout(
    () => connection.abort("protocol", "no HELLO arrived in time"),
    options.settings.greetingMs,
  );
}

/** A data connection: ATTACH first, then its session's data frames. */
export function acceptData(socket: TLSSocket, options: AgentListenerOptions): void {
  const admitted = admittedJob(socket, options);
  if (admitted === undefined) return;
  const { job } = admitted;
  let session: AgentSession | undefined;
  let stream = 0;
  const connection = new FrameConnection(socket, "data-a2i", {
    onFrame(frame: Frame) {
      if (session !== undefined) return session.onData(frame, stream);
      clearTimeout(greeting);
      if (frame.type !== "ATTACH") return connection.abort("protocol", `${frame.type} arrived before ATTACH`);
      const candidate = job.sync.session;
      if (candidate?.attach(connection, frame) !== true) {
        return connection.abort("not-ready", "there is no such session, or its stream is taken");
      }
      stream = frame.stream;
      session = candidate;
      return undefined;
    },
    onViolation: (reason) => session?.violate(`data connection ${stream}: ${reason}`),
    onDefect: (error) => logDefect(options.logger, error),
    onClosed(why) {
      clearTimeout(greeting);
      session?.end(`data connection ${stream}: ${why}`);
    },
  });
  const greeting = setTimeout(
    () => connection.abort("protocol", "no ATTACH arrived in time"),
    options.settings.greetingMs,
  );
}
