import { randomBytes } from "node:crypto";
import type { Client } from "ssh2";
import type { Elevation, SshHop } from "../../../common/domain/source.ts";
import { ok, type Result } from "../../../common/result.ts";
import type { RemoteConnector, RemoteEnvironment, SourceSession } from "../contract.ts";
import { openWindowsSession } from "../windows/session.ts";
import { ChannelPool } from "./channel-pool.ts";
import type { ElevationPlan } from "./elevation.ts";
import { connectHop, type HopOptions } from "./hop-connection.ts";
import { probeLoginShell } from "./login-probe.ts";
import { SshSession } from "./session.ts";
import { systemTimers, type Timers } from "./timers.ts";
import { findWindows } from "./windows-carrier.ts";

export interface SshConnectorOptions {
  /** What `~` in key file names means. */
  readonly homeDirectory: string;
  /** The running ssh-agent's socket (`SSH_AUTH_SOCK`); null where there is none. */
  readonly sshAgentSocket: string | null;
  readonly timers?: Timers;
  /** How often a silent connection is asked whether it lives; it is lost after four unanswered questions. Default 15,000. */
  readonly keepaliveIntervalMs?: number;
  /** Fresh lower-case hex that is not guessed. */
  readonly newNonce?: () => string;
}

const defaultTimeoutMs = 20_000;

/**
 * Connects to sources over SSH, through jump hosts where they have some. `timeoutMs` (default 20,000) is the limit
 * for reaching each hop and again for its handshake and login; it does not run while the admin decides on a key.
 */
export function createSshConnector(options: SshConnectorOptions): RemoteConnector {
  const timers = options.timers ?? systemTimers;
  const newNonce = options.newNonce ?? (() => randomBytes(12).toString("hex"));

  return {
    async connect(
      source,
      environment,
      { signal = new AbortController().signal, timeoutMs = defaultTimeoutMs } = {},
    ) {
      const { host, jumpHosts, elevation } = source.address;
      const hopOptions: HopOptions = {
        homeDirectory: options.homeDirectory,
        sshAgentSocket: options.sshAgentSocket,
        timers,
        timeoutMs,
        keepaliveIntervalMs: options.keepaliveIntervalMs ?? 15_000,
        signal,
      };
      const clients: Client[] = [];
      const hangUp = () => {
        for (const client of clients.toReversed()) client.end();
      };
      const opened = await openChain([...jumpHosts, host], environment, hopOptions, clients);
      if (!opened.ok) {
        hangUp();
        return opened;
      }
      const description = `${host.authentication.user}@${host.host}:${host.port}`;
      const pool = new ChannelPool(opened.value, description);
      const session = await openSession(pool, opened.value, elevation, environment, {
        description,
        timers,
        newNonce,
        hangUp,
        signal,
        timeoutMs,
      });
      if (!session.ok) hangUp();
      return session;
    },
  };
}

/** Connects hop by hop; every client that was opened is added to `clients`, also on failure. */
async function openChain(
  hops: readonly SshHop[],
  environment: RemoteEnvironment,
  options: HopOptions,
  clients: Client[],
): Promise<Result<Client>> {
  let via: { client: Client; hop: SshHop } | null = null;
  for (const hop of hops) {
    const connected: Result<Client> = await connectHop(hop, via, environment, options);
    if (!connected.ok) return connected;
    // A jump host's later errors show as the loss of the hop behind it.
    connected.value.on("error", () => undefined);
    clients.push(connected.value);
    via = { client: connected.value, hop };
  }
  if (via === null) throw new Error("a source has at least one hop");
  return ok(via.client);
}

interface SessionParts {
  readonly description: string;
  readonly timers: Timers;
  readonly newNonce: () => string;
  readonly hangUp: () => void;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function openSession(
  pool: ChannelPool,
  client: Client,
  elevation: Elevation,
  environment: RemoteEnvironment,
  parts: SessionParts,
): Promise<Result<SourceSession>> {
  const login = await probeLoginShell(pool, parts);
  const mayBeWindows = login.ok ? login.value.isWindows : login.failure.code === "shell-unusable";
  if (mayBeWindows) {
    const windows = await findWindows(pool, parts);
    if (!windows.ok) return windows;
    if (windows.value !== null) return openWindowsSession(windows.value, parts.signal);
  }
  if (!login.ok) return login;
  const plan = await planElevation(elevation, login.value.userId, environment);
  if (!plan.ok) return plan;
  const { description, timers, newNonce, hangUp } = parts;
  const context = { pool, description, loginShell: login.value.kind, timers, newNonce };
  return ok(
    new SshSession({ client, context, elevation: plan.value, isRoot: login.value.userId === 0, hangUp }),
  );
}

async function planElevation(
  elevation: Elevation,
  userId: number,
  environment: RemoteEnvironment,
): Promise<Result<ElevationPlan>> {
  if (userId === 0 || elevation.method === "none") return ok({ method: "none" });
  if (elevation.passwordEntry === null) return ok({ method: "sudo", password: null });
  const password = await environment.secret(elevation.passwordEntry);
  if (!password.ok) return password;
  return ok({ method: elevation.method, password: password.value });
}
