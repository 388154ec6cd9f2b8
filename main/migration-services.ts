/** Binds the contracts that migrations work against to the adapters that do the work. */
import { setTimeout as delay } from "node:timers/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SshHop, Source } from "../common/domain/source.ts";
import { ok } from "../common/result.ts";
import { collectLive } from "./inventory/collect-live.ts";
import type { MigrationServices } from "./migrations/services.ts";
import type { Authority } from "./pki/authority.ts";
import { createReceiptIssuer } from "./receipts/issue-receipt.ts";
import { createAgentControl } from "./remote/agent-placement.ts";
import type { HostKeyDecision, RemoteEnvironment } from "./remote/contract.ts";
import { reachesPort } from "./remote/reachability.ts";
import { createSshConnector } from "./remote/ssh/connector.ts";
import type { CredentialVault } from "./settings/vault.ts";
import type { SourceStore } from "./store/source-store.ts";
import { surveyOf } from "./survey.ts";
import { createLocalTarget } from "./targets/local/local-target.ts";

export interface MigrationServiceOptions {
  readonly stateDirectory: string;
  readonly resourcesDirectory: string;
  readonly intermediateCommand: readonly [string, ...string[]];
  readonly decideHostKey: HostKeyDecision;
  readonly authority: Authority;
  readonly vault: CredentialVault;
  readonly sources: SourceStore;
  readonly clock: () => number;
}

export function createMigrationServices(options: MigrationServiceOptions): MigrationServices {
  const connector = createSshConnector({
    homeDirectory: homedir(),
    sshAgentSocket: process.env["SSH_AUTH_SOCK"] ?? null,
  });
  const localTarget = createLocalTarget(options);

  return {
    connect: (source, signal) => connector.connect(source, environmentFor(options, source.id), { signal }),
    agents: createAgentControl({ agentsDirectory: join(options.resourcesDirectory, "agents") }),
    async survey(session, source, signal) {
      const collected = await collectLive(session, {
        collectorsDirectory: join(options.resourcesDirectory, "collectors"),
        clock: options.clock,
        signal,
      });
      return collected.ok ? ok(surveyOf(source.name, collected.value.facts)) : collected;
    },
    reaches: reachesPort,
    targetFor: () => localTarget,
    authority: options.authority,
    receipts: createReceiptIssuer(options.authority, join(options.stateDirectory, "receipts")),
    clock: options.clock,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).then(undefined, () => undefined),
  };
}

function environmentFor(options: MigrationServiceOptions, sourceId: string): RemoteEnvironment {
  return {
    secret: (entry) => options.vault.get(entry),
    decideHostKey: options.decideHostKey,
    pinHostKey(hop, fingerprint) {
      const source = options.sources.find(sourceId);
      if (source.ok) options.sources.update(withHostKey(source.value, hop, fingerprint));
      return Promise.resolve();
    },
  };
}

/** The source with `fingerprint` pinned for the hop of that host and port. */
function withHostKey(source: Source, hop: SshHop, fingerprint: string): Source {
  const pin = (known: SshHop): SshHop =>
    known.host === hop.host && known.port === hop.port && known.hostKey === null
      ? { ...known, hostKey: fingerprint }
      : known;
  const { address } = source;
  return {
    ...source,
    address: { ...address, host: pin(address.host), jumpHosts: address.jumpHosts.map(pin) },
  };
}
