/** Binds the contracts that migrations work against to the adapters that do the work. */
import { setTimeout as delay } from "node:timers/promises";
import { homedir, hostname, uptime } from "node:os";
import { join } from "node:path";
import { withPin } from "../common/domain/source.ts";
import { ok } from "../common/result.ts";
import { collectLive } from "./inventory/collect-live.ts";
import type { MigrationServices } from "./migrations/services.ts";
import type { Authority } from "./pki/authority.ts";
import { createReceiptIssuer } from "./receipts/issue-receipt.ts";
import { createAgentControl } from "./remote/agent-control.ts";
import { createSourceConnector } from "./remote/connect-source.ts";
import type { HostKeyDecision, RemoteEnvironment } from "./remote/contract.ts";
import { reachesPort } from "./remote/reachability.ts";
import { createSshConnector } from "./remote/ssh/connector.ts";
import { createWinrmConnector } from "./remote/winrm/connector.ts";
import type { CredentialVault } from "./settings/vault.ts";
import type { SourceStore } from "./store/source-store.ts";
import { surveyOf } from "./survey.ts";
import { createAlibabaCloudTarget } from "./targets/alibaba-cloud/alibaba-cloud-target.ts";
import type { CloudSurroundings } from "./targets/alibaba-cloud/cloud-things.ts";
import type { InstanceRegistrar } from "./targets/alibaba-cloud/delivery.ts";
import { createLocalTarget } from "./targets/local/local-target.ts";
import { createSshHostTarget } from "./targets/ssh-host/ssh-host-target.ts";

export interface MigrationServiceOptions {
  readonly stateDirectory: string;
  readonly resourcesDirectory: string;
  readonly intermediateCommand: readonly [string, ...string[]];
  readonly decideHostKey: HostKeyDecision;
  readonly authority: Authority;
  readonly vault: CredentialVault;
  readonly sources: SourceStore;
  readonly cloud: CloudSurroundings;
  readonly registerInstance: InstanceRegistrar;
  readonly clock: () => number;
}

export function createMigrationServices(options: MigrationServiceOptions): MigrationServices {
  const connector = createSourceConnector({
    ssh: createSshConnector({
      homeDirectory: homedir(),
      sshAgentSocket: process.env["SSH_AUTH_SOCK"] ?? null,
    }),
    winrm: createWinrmConnector({ workstation: hostname(), now: () => new Date(options.clock()) }),
  });
  const connect: MigrationServices["connect"] = (source, signal) =>
    connector.connect(source, environmentFor(options, source.id), { signal });
  const folders = {
    local: createLocalTarget({ ...options, sinceBoot: () => uptime() * 1000 }),
    "ssh-host": createSshHostTarget({
      authority: options.authority,
      sinceBoot: () => uptime() * 1000,
      async connectHost(hostId, signal) {
        const host = options.sources.find(hostId);
        return host.ok ? connect(host.value, signal) : host;
      },
      addressOf(hostId) {
        const host = options.sources.find(hostId);
        return host.ok && host.value.address.kind === "ssh" ? host.value.address.host.host : null;
      },
    }),
  };
  const targets = {
    ...folders,
    "alibaba-cloud": createAlibabaCloudTarget({
      surroundings: options.cloud,
      register: options.registerInstance,
      targetFor: ({ kind }) => folders[kind],
    }),
  };

  return {
    connect,
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
    targetFor: ({ kind }) => targets[kind],
    lookAtPorts: folders.local.lookAtPorts,
    excludesDirectory: join(options.resourcesDirectory, "excludes"),
    authority: options.authority,
    receipts: createReceiptIssuer(options.authority, join(options.stateDirectory, "receipts")),
    clock: options.clock,
    sinceBoot: () => uptime() * 1000,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).then(undefined, () => undefined),
  };
}

function environmentFor(options: MigrationServiceOptions, sourceId: string): RemoteEnvironment {
  return {
    secret: (entry) => options.vault.get(entry),
    decideHostKey: options.decideHostKey,
    pinHostKey(hop, fingerprint) {
      const source = options.sources.find(sourceId);
      if (source.ok) {
        const address = withPin(source.value.address, hop, fingerprint);
        options.sources.update({ ...source.value, address });
      }
      return Promise.resolve();
    },
  };
}
