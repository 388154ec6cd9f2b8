import { inEnglish } from "../in-english.ts";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { cloudAccountSchema, type CloudAccount } from "../../../common/domain/cloud.ts";
import { fail, ok, unwrap } from "../../../common/result.ts";
import type { Secret } from "../../../common/secret.ts";
import type { CredentialVault } from "../../../main/settings/vault.ts";
import { CloudStore } from "../../../main/store/cloud-store.ts";
import {
  createCloudConnections,
  saveCloudAccount,
  type CloudConnections,
} from "../../../main/targets/alibaba-cloud/connections.ts";
import type { CloudSurroundings } from "../../../main/targets/alibaba-cloud/cloud-things.ts";
import { sendParts } from "../../../intermediate/upload/send-parts.ts";
import type { DeliveryOrder } from "../../../main/targets/contract.ts";
import { CloudStandIn } from "./stand-in.ts";

export const accountName = "test";
export const region = "cn-hangzhou";
export const bucket = "sma-images";
export const installation = "installation-1";

export function memoryVault(): CredentialVault {
  const entries = new Map<string, Secret>();
  return {
    get(entry) {
      const secret = entries.get(entry);
      return Promise.resolve(
        secret === undefined ? fail("not-found", inEnglish(`no entry ${entry}`)) : ok(secret),
      );
    },
    put(entry, secret) {
      entries.set(entry, secret);
      return Promise.resolve(ok());
    },
    entries: () => Promise.resolve(ok([...entries.keys()])),
    remove(entry) {
      entries.delete(entry);
      return Promise.resolve(ok());
    },
  };
}

export function accountAt(standIn: CloudStandIn): CloudAccount {
  const { endpoint, authorityPem } = standIn;
  return cloudAccountSchema.parse({
    name: accountName,
    accessKeyId: "LTAItest",
    hasToken: false,
    tokenExpiresAt: null,
    authorityPem,
    endpoints: { ecs: endpoint, vpc: endpoint, sts: endpoint, oss: endpoint },
  });
}

export interface CloudBench {
  readonly standIn: CloudStandIn;
  readonly store: CloudStore;
  readonly vault: CredentialVault;
  readonly connections: CloudConnections;
  readonly surroundings: CloudSurroundings;
  /** Pauses that were asked for, in milliseconds; they are not waited for. */
  readonly pauses: number[];
  close(): Promise<void>;
}

/** An account at the stand-in, and a bucket there. */
export async function openCloudBench(database = new DatabaseSync(":memory:")): Promise<CloudBench> {
  const standIn = await CloudStandIn.open();
  standIn.oss.addBucket(bucket, region);
  const store = new CloudStore(database);
  const vault = memoryVault();
  const pauses: number[] = [];
  const timing = {
    clock: Date.now,
    random: () => 0.5,
    async sleep(ms: number, signal: AbortSignal) {
      pauses.push(ms);
      await delay(1, undefined, { signal }).catch(() => undefined);
    },
  };
  unwrap(await saveCloudAccount({ ...accountAt(standIn), accessKeySecret: "correct-horse" }, store, vault));
  const connections = createCloudConnections({ store, vault, timing });
  const surroundings = { store, connections, timing, installation };
  return { standIn, store, vault, connections, surroundings, pauses, close: () => standIn.close() };
}

/** As the intermediate sends, without one. */
export const sendHere: DeliveryOrder["send"] = (order, signal, onProgress) =>
  sendParts({ ...order, signal, onProgress });
