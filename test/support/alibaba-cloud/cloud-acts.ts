/** What an engine does to a cloud, as single acts that may be cut off and repeated, over a state folder. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { targetSchema, type AlibabaCloudTarget } from "../../../common/domain/plan.ts";
import { ok, type Result } from "../../../common/result.ts";
import { createCutoverServices, type CutoverServices } from "../../../main/cutover-services.ts";
import type { CloudSurroundings } from "../../../main/targets/alibaba-cloud/cloud-things.ts";
import { createDelivery } from "../../../main/targets/alibaba-cloud/delivery.ts";
import { jobId } from "../cutover/prepared-job.ts";
import { accountName, bucket, region, sendHere } from "./cloud-bench.ts";

export const cloudActs = ["deliver", "clear", "drill", "start", "rollback", "finalise", "remove"] as const;
export type CloudAct = (typeof cloudActs)[number];

/** In the folder of the state: the job's two disks. */
export const diskNames = ["new", "data"] as const;

const target = targetSchema.parse({
  kind: "alibaba-cloud",
  directory: "/target",
  listenAddress: "0.0.0.0",
  controlPort: 8080,
  dataPort: 8703,
  advertisedAddresses: [],
  host: null,
  cloud: { account: accountName, region, bucket },
}) as AlibabaCloudTarget;

export interface ActPlace {
  readonly stateDirectory: string;
  readonly database: DatabaseSync;
  readonly cloud: CloudSurroundings;
  /** The instance that is cut over to. */
  readonly instance: string;
}

export function servicesAt({ database, stateDirectory, cloud }: ActPlace): CutoverServices {
  const listener = { onNote: () => undefined };
  return createCutoverServices({ database, stateDirectory, cloud, clock: Date.now, listener });
}

export function carryOut(act: CloudAct, place: ActPlace): Promise<Result<unknown>> {
  const { stateDirectory, cloud, instance } = place;
  const { runner, target: instances } = servicesAt(place);
  const never = new AbortController().signal;
  const paths = diskNames.map((name) => join(stateDirectory, `${name}.raw`));
  const images = paths.map((path, diskId) => {
    const sizeBytes = statSync(path).size;
    return { diskId, path, format: "raw" as const, sizeBytes };
  });
  const order = {
    jobId,
    instance,
    timeoutSeconds: 600,
    graceSeconds: 0,
    signal: never,
    system: { images, firmware: "bios" as const, copiedAt: new Date(0).toISOString() },
  };
  switch (act) {
    case "deliver":
      return createDelivery(cloud, () => Promise.resolve(ok(null))).deliver({
        target,
        jobId,
        run: 1,
        keepRuns: null,
        sourceName: "web",
        files: images.map(({ diskId, path, sizeBytes }) => ({
          ...{ diskId, path, format: "raw" as const },
          ...{ fileBytes: sizeBytes, virtualBytes: sizeBytes },
          sha256: String(readFileSync(path).length).padStart(64, String(diskId)),
        })),
        facts: {
          architecture: "x86_64",
          platform: "linux",
          operatingSystem: null,
          bootMode: "bios",
          licenceType: "auto",
        },
        send: sendHere,
        signal: never,
        onProgress: () => undefined,
      });
    case "clear":
      return createDelivery(cloud, () => Promise.resolve(ok(null))).clear(target, jobId, true, never);
    case "drill":
      return runner.drill(order);
    case "start":
      return runner.start({ ...order, withoutDrill: true, isOlder: false });
    case "rollback":
      return runner.rollBack(jobId);
    case "finalise":
      return runner.finalise(jobId);
    case "remove":
      return instances.remove(instance);
  }
}
