/** Binds targets in a cloud to state, vault and clock. */
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { CredentialVault } from "./settings/vault.ts";
import { CloudStore } from "./store/cloud-store.ts";
import type { CloudSurroundings } from "./targets/alibaba-cloud/cloud-things.ts";
import { createCloudConnections } from "./targets/alibaba-cloud/connections.ts";

export function createCloudSurroundings(
  database: DatabaseSync,
  vault: CredentialVault,
  installation: string,
  clock: () => number,
): CloudSurroundings {
  const store = new CloudStore(database);
  const timing = {
    clock,
    random: Math.random,
    sleep: (ms: number, signal: AbortSignal) =>
      delay(ms, undefined, { signal }).then(undefined, () => undefined),
  };
  return { store, installation, timing, connections: createCloudConnections({ store, vault, timing }) };
}
