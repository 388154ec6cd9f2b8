/** A whole migration from the command line into the cloud: agent, intermediate and engine are real, the cloud a stand-in. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SignedReceipt } from "../../common/domain/receipt.ts";
import { bucket, region } from "../support/alibaba-cloud/cloud-bench.ts";
import { CloudStandIn } from "../support/alibaba-cloud/stand-in.ts";
import { onlyJob } from "../support/job-views.ts";
import { startLocalSource, type LocalSource, type TestAssistant } from "../support/local-source.ts";
import { writeMixedDisk } from "../support/mixed-disk.ts";

let source: LocalSource;
let assistant: TestAssistant;
let standIn: CloudStandIn;
let disk = "";
beforeAll(async () => {
  standIn = await CloudStandIn.open();
  standIn.oss.addBucket(bucket, region);
  source = await startLocalSource();
  assistant = await source.newAssistant();
  disk = join(source.directory, "disk.img");
  writeMixedDisk(disk, 8 * 1024 * 1024, "cloud");
});
afterAll(async () => {
  await source?.stop();
  await standIn?.close();
});

it("ends in an image with the source's disk in it, named by the receipt, and cancelling removes it again", async () => {
  const file = (name: string, content: string): string => {
    const path = join(source.directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const endpoints = ["ecs", "vpc", "sts", "oss"].flatMap((each) => [`--${each}-endpoint`, standIn.endpoint]);
  const secret = file("secret", "correct-horse\n");
  const set = await assistant.run([
    ...["cloud", "set", "main", "--access-key-id", "LTAItest", "--access-key-secret-file", secret],
    ...[...endpoints, "--authority", file("authority.pem", standIn.authorityPem)],
  ]);
  expect(set.exitCode, set.stderr).toBe(0);
  const place = ["--target", "alibaba-cloud", "--account", "main", "--region", region, "--bucket", bucket];
  const ran = await assistant.run(assistant.migrateArguments(disk, place));
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stderr).toContain("at the account's cost");
  const [image] = standIn.ecs.images.values();
  const content = standIn.ecs.snapshots.get(image?.snapshots[0] ?? "")?.content ?? Buffer.alloc(0);
  const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
  expect(hash(content)).toBe(hash(readFileSync(disk)));
  expect(standIn.oss.buckets.get(bucket)?.objects.size).toBe(0);
  const job = await onlyJob(assistant);
  const { path } = job.outputs["receipt"] as { path: string };
  const { receipt } = JSON.parse(readFileSync(path, "utf8")) as SignedReceipt;
  expect(receipt.delivered).toMatchObject({ imageId: image?.id, region, account: "main" });
  expect(readFileSync(path, "utf8")).not.toContain("correct-horse");
  const cancelled = await assistant.run(["job", "cancel", job.id, "--yes"]);
  expect(cancelled.exitCode, cancelled.stderr).toBe(0);
  expect(standIn.ecs.images.size).toBe(0);
  expect(standIn.ecs.snapshots.size).toBe(0);
});
