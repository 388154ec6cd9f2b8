import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { told } from "../../../common/domain/report-text/told.ts";
import type { SshHop } from "../../../common/domain/source.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import type { RemoteEnvironment } from "../contract.ts";
import { allowedFamilies, familyOfKeyType, type HostKeyFamily } from "./algorithms.ts";
import { planAuthentication } from "./authentication-plan.ts";
import { handshake, type HandshakeOutcome } from "./handshake.ts";
import { dial } from "./dial.ts";
import type { Timers } from "./timers.ts";

export interface HopOptions {
  readonly homeDirectory: string;
  readonly sshAgentSocket: string | null;
  readonly timers: Timers;
  /** Each for reaching the host and for the handshake with login. */
  readonly timeoutMs: number;
  readonly keepaliveIntervalMs: number;
  readonly signal: AbortSignal;
}

/**
 * Connects to one hop, directly or through the client of the hop before it, and logs in. A pinned key decides before
 * anything about the user is sent; a server with several host keys is asked for the pinned one.
 */
export async function connectHop(
  hop: SshHop,
  via: { readonly client: Client; readonly hop: SshHop } | null,
  environment: RemoteEnvironment,
  options: HopOptions,
): Promise<Result<Client>> {
  const plan = await planAuthentication(hop, environment, options);
  if (!plan.ok) return plan;

  const tryOnce = async (
    families: readonly HostKeyFamily[],
    expectedFingerprint: string | null,
  ): Promise<HandshakeOutcome> => {
    const { timers, timeoutMs, signal } = options;
    const transport: Result<Duplex> =
      via === null
        ? await dial(hop.host, hop.port, { timers, timeoutMs, signal })
        : await dialThrough(via.client, via.hop, hop, options);
    if (!transport.ok) return { kind: "failed", failure: transport.failure };
    const { value } = plan;
    return handshake({
      ...options,
      hop,
      transport: transport.value,
      families,
      expectedFingerprint,
      environment,
      plan: value,
    });
  };

  const allowed = allowedFamilies(hop.legacyAlgorithms);
  let outcome = await tryOnce(allowed, hop.hostKey);
  if (outcome.kind === "lost-while-deciding") outcome = await tryOnce(allowed, outcome.accepted);
  if (outcome.kind === "other-key" && hop.hostKey !== null) {
    outcome = await findPinnedKey(hop.hostKey, outcome, allowed, tryOnce);
  }
  switch (outcome.kind) {
    case "ready":
      return ok(outcome.client);
    case "failed":
      return { ok: false, failure: outcome.failure };
    case "other-key":
      return keyChanged(hop, outcome.seen.fingerprint, outcome.seen.keyType);
    case "lost-while-deciding":
      return fail(
        "connection-lost",
        told({ kind: "hung-up-at-host-key", where: `${hop.host}:${hop.port}` }),
        { host: hop.host },
      );
    case "no-such-key":
      return fail(
        "algorithm-mismatch",
        told({ kind: "no-host-key-allowed", where: `${hop.host}:${hop.port}` }),
        { host: hop.host, port: hop.port, missing: "host key type" },
        hop.legacyAlgorithms ? told({ kind: "update-ssh-server" }) : undefined,
      );
  }
}

/** The server may have the pinned key beside the one that it showed: asks for each other kind in turn. */
async function findPinnedKey(
  pinned: string,
  first: Extract<HandshakeOutcome, { kind: "other-key" }>,
  allowed: readonly HostKeyFamily[],
  tryOnce: (families: readonly HostKeyFamily[], expected: string) => Promise<HandshakeOutcome>,
): Promise<HandshakeOutcome> {
  const shown = familyOfKeyType(first.seen.keyType);
  for (const family of allowed) {
    if (family === shown) continue;
    const outcome = await tryOnce([family], pinned);
    if (outcome.kind !== "other-key" && outcome.kind !== "no-such-key") return outcome;
  }
  return first;
}

function keyChanged(hop: SshHop, shown: string, keyType: string): Result<never> {
  return fail(
    "host-key-changed",
    told({
      kind: "host-key-other",
      host: hop.host,
      port: hop.port,
      pinned: hop.hostKey ?? "nothing",
      keyType,
      shown,
    }),
    { host: hop.host, port: hop.port, pinned: hop.hostKey ?? "", shown, keyType },
  );
}

/** Opens a connection from a jump host to the next hop. */
function dialThrough(
  client: Client,
  jump: SshHop,
  hop: SshHop,
  options: HopOptions,
): Promise<Result<Duplex>> {
  return new Promise((resolve) => {
    const context = { host: hop.host, port: hop.port, via: `${jump.host}:${jump.port}` };
    const where = `${hop.host}:${hop.port} through the jump host ${jump.host}:${jump.port}`;
    let isSettled = false;
    const settle = (result: Result<Duplex>) => {
      if (isSettled) {
        if (result.ok) result.value.destroy();
        return;
      }
      isSettled = true;
      cancelTimer();
      options.signal.removeEventListener("abort", onAbort);
      client.off("close", onClose);
      resolve(result);
    };
    const onAbort = () => settle(fail("cancelled", told({ kind: "connecting-stopped", where }), context));
    const onClose = () =>
      settle(fail("connection-lost", told({ kind: "jump-host-hung-up", where }), context));
    const cancelTimer = options.timers.after(options.timeoutMs, () =>
      settle(
        fail(
          "host-unreachable",
          told({ kind: "no-answer-through", where, seconds: Math.round(options.timeoutMs / 1000) }),
          context,
        ),
      ),
    );
    options.signal.addEventListener("abort", onAbort, { once: true });
    client.once("close", onClose);
    client.forwardOut("127.0.0.1", 0, hop.host, hop.port, (error, stream) => {
      if (error === undefined || error === null) return settle(ok(stream));
      settle(describeForwardError(error, where, context));
    });
  });
}

/** Channel open failures carry a reason code (RFC 4254, 5.1): 1 is prohibited, 2 is that the host cannot be reached. */
function describeForwardError(
  error: Error & { reason?: unknown },
  where: string,
  context: Record<string, string | number>,
): Result<never> {
  const said = error.message.replace(/^\(SSH\) Channel open failure: /, "");
  if (error.reason === 1) {
    return fail(
      "host-unreachable",
      told({ kind: "jump-host-forbids", where, text: said }),
      { ...context, cause: "forwarding prohibited" },
      told({ kind: "allow-forwarding-on-jump-host" }),
    );
  }
  return fail("host-unreachable", told({ kind: "not-reached", address: where, text: said }), {
    ...context,
    cause: said,
  });
}
