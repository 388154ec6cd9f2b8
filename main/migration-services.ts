/** Binds the contracts that migrations work against to the adapters that do the work. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SshHop, Source } from "../common/domain/source.ts";
import { fail, ok, type Result } from "../common/result.ts";
import { assess } from "./compatibility/assess.ts";
import { collectLive } from "./inventory/collect-live.ts";
import type { AgentControl, MigrationServices } from "./migrations/services.ts";
import type { Authority } from "./pki/authority.ts";
import { findAgent, launchAgent, placeAgent, removeAgent, stopAgent } from "./remote/agent-placement.ts";
import type { HostKeyDecision, RemoteEnvironment } from "./remote/contract.ts";
import { reaches } from "./remote/reachability.ts";
import { createSshConnector } from "./remote/ssh/connector.ts";
import type { CredentialVault } from "./settings/vault.ts";
import type { SourceStore } from "./store/source-store.ts";
import { createLocalTarget } from "./targets/local/local-target.ts";
import { surveyOf } from "./survey.ts";

export interface MigrationServiceOptions {
  readonly resourcesDirectory: string;
  readonly intermediateCommand: readonly [string, ...string[]];
  readonly decideHostKey: HostKeyDecision;
  readonly authority: Authority;
  readonly vault: CredentialVault;
  readonly sources: SourceStore;
  readonly clock: () => number;
}
