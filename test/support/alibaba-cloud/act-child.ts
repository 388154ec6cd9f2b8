/** Carries one act out in a process of its own, so that it can be killed: STATE INSTANCE ACT. */
import { setTimeout as delay } from "node:timers/promises";
import { unwrap } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import { openDatabase } from "../../../main/store/database.ts";
import { CloudStore } from "../../../main/store/cloud-store.ts";
import { cloudEntry, createCloudConnections } from "../../../main/targets/alibaba-cloud/connections.ts";
import { carryOut, type CloudAct } from "./cloud-acts.ts";
import { accountName, installation, memoryVault } from "./cloud-bench.ts";

const [stateDirectory = "", instance = "", act = ""] = process.argv.slice(2);
const database = unwrap(openDatabase(stateDirectory));
const vault = memoryVault();
unwrap(await vault.put(cloudEntry(accountName, "secret"), new Secret("correct-horse")));
const store = new CloudStore(database);
const timing = {
  clock: Date.now,
  random: () => 0.5,
  sleep: (_ms: number, signal: AbortSignal) => delay(1, undefined, { signal }).catch(() => undefined),
};
const cloud = { store, timing, installation, connections: createCloudConnections({ store, vault, timing }) };
const carried = await carryOut(act as CloudAct, { stateDirectory, database, cloud, instance });
if (!carried.ok) process.stderr.write(`${JSON.stringify(carried.failure)}\n`);
process.exit(carried.ok ? 0 : 1);
