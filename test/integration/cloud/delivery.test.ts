/** A job's images on their way to an image in the cloud: interrupted, refused, and cleared away. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageFile } from "../../../common/domain/image.ts";
import { targetSchema, type AlibabaCloudTarget } from "../../../common/domain/plan.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { ok, unwrap } from "../../../common/result.ts";
import { createDelivery } from "../../../main/targets/alibaba-cloud/delivery.ts";
import { partsOf } from "../../../main/targets/alibaba-cloud/upload-image.ts";
import type { DeliveryOrder } from "../../../main/targets/contract.ts";
import {
  accountName,
  bucket,
  openCloudBench,
  region,
  sendHere,
  type CloudBench,
} from "../../support/alibaba-cloud/cloud-bench.ts";

const mebibyte = 1024 ** 2;
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
const facts: DeliveryOrder["facts"] = {
  architecture: "x86_64",
  platform: "linux",
  operatingSystem: "Debian GNU/Linux 12 (bookworm)",
  bootMode: "uefi",
  licenceType: "auto",
};
const never = new AbortController().signal;

let folder = "";
let bench: CloudBench;
// Three parts, the last of them short.
const content = randomBytes(33 * mebibyte);
let files: ImageFile[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sma-delivery-"));
  bench = await openCloudBench();
  files = [imageFile(0, content), imageFile(1, randomBytes(mebibyte))];
});
afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

function imageFile(diskId: number, bytes: Buffer): ImageFile {
  const path = join(folder, `disk-${diskId}.raw`);
  writeFileSync(path, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { diskId, format: "raw", path, fileBytes: bytes.length, virtualBytes: bytes.length, sha256 };
}

const delivery = () => createDelivery(bench.surroundings, () => Promise.resolve(ok(null)));
const order = (more: Partial<DeliveryOrder> = {}): DeliveryOrder => ({
  target,
  jobId: "job000000001",
  run: 1,
  keepRuns: null,
  sourceName: "web server 1",
  files,
  facts,
  send: sendHere,
  signal: never,
  onProgress: () => undefined,
  ...more,
});
const objects = () => bench.standIn.oss.buckets.get(bucket)?.objects ?? new Map<string, unknown>();
const uploads = () => bench.standIn.oss.buckets.get(bucket)?.uploads ?? new Map<string, unknown>();
const count = (action: string) => bench.standIn.seen.filter((each) => each === action).length;
const refuse = (
  action: string,
  code: string,
  more: { times?: number; after?: number; status?: number } = {},
) =>
  bench.standIn.faults.push({
    action,
    times: more.times ?? 1,
    after: more.after ?? 0,
    reply: { kind: "refuse", status: more.status ?? 403, code },
  });

describe("a delivery", () => {
  it("makes an image that holds the disks byte for byte, told what the source was, and leaves no files", async () => {
    const seen: string[] = [];
    const made = unwrap(
      await delivery().deliver(order({ onProgress: (doing) => seen.push(told(doing).what) })),
    );
    const image = bench.standIn.ecs.images.get(made.imageId);
    expect(image?.request).toMatchObject({
      Architecture: "x86_64",
      OSType: "linux",
      Platform: "Debian",
      BootMode: "UEFI",
      LicenseType: "Auto",
      "DiskDeviceMapping.2.Format": "RAW",
    });
    expect(image?.name).toBe("sma-web-server-1-job000000001-r1");
    expect(image?.tags).toMatchObject({
      "sma-installation": "installation-1",
      "sma-owner": "job:job000000001",
    });
    const [disk] = image?.snapshots ?? [];
    expect(bench.standIn.ecs.snapshots.get(disk ?? "")?.content.equals(content)).toBe(true);
    expect(objects().size).toBe(0);
    expect(new Set(seen)).toEqual(new Set(["uploading disk 0", "uploading disk 1", "importing the image"]));
    expect(bench.store.resources().map(({ kind }) => kind)).toEqual(["image"]);
  });

  it("is done once, however often it is asked for", async () => {
    const first = unwrap(await delivery().deliver(order()));
    expect(unwrap(await delivery().deliver(order()))).toEqual(first);
    expect(count("ecs:ImportImage")).toBe(1);
    expect(bench.standIn.ecs.images.size).toBe(1);
  });

  it("uploads again what somebody removed in the console", async () => {
    const first = unwrap(await delivery().deliver(order()));
    bench.standIn.ecs.images.clear();
    const again = unwrap(await delivery().deliver(order()));
    expect(again.imageId).not.toBe(first.imageId);
    const [disk] = bench.standIn.ecs.images.get(again.imageId)?.snapshots ?? [];
    expect(bench.standIn.ecs.snapshots.get(disk ?? "")?.content.equals(content)).toBe(true);
    expect(objects().size).toBe(0);
    expect(bench.store.resources().map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      `image ${again.imageId}`,
    ]);
  });

  it("goes on with the parts that arrived after it was cut off in the middle", async () => {
    refuse("oss:UploadPart", "AccessDenied", { after: 2, times: 99 });
    expect(await delivery().deliver(order())).toMatchObject({
      ok: false,
      failure: { code: "cloud-permission" },
    });
    bench.standIn.faults.length = 0;
    const before = count("oss:UploadPart");
    bench.standIn.oss.pageSize = 1;
    unwrap(await delivery().deliver(order()));
    const all = partsOf(content.length).length + 1;
    expect(count("oss:UploadPart") - before).toBeLessThan(all);
    expect(count("oss:InitiateMultipartUpload")).toBe(2);
  });

  it.each([
    "oss:HeadObject",
    "oss:ListMultipartUploads",
    "oss:InitiateMultipartUpload",
    "oss:UploadPart",
    "oss:ListParts",
    "oss:CompleteMultipartUpload",
    "ecs:ImportImage",
    "ecs:DescribeTaskAttribute",
    "ecs:DescribeImages",
    "oss:DeleteObject",
  ])(
    "that ended at %s, its act done and its reply lost, goes on to one image and nothing else",
    async (action) => {
      files = [imageFile(0, content.subarray(0, mebibyte))];
      const stop = new AbortController();
      // Stopped at once, as by a kill: what was asked for was carried out, and nobody wrote the answer down.
      bench.standIn.faults.push({ action, times: 99, reply: { kind: "lose-reply" } });
      const watch = setInterval(() => count(action) > 0 && stop.abort(), 1);
      const cut = await delivery().deliver(order({ signal: stop.signal }));
      clearInterval(watch);
      expect(cut.ok).toBe(false);
      bench.standIn.faults.length = 0;
      const made = unwrap(await delivery().deliver(order()));
      expect([...bench.standIn.ecs.images.keys()]).toEqual([made.imageId]);
      expect(objects().size).toBe(0);
      expect(uploads().size).toBe(0);
    },
  );

  it("says which quota is used up, and goes on when there is room", async () => {
    bench.standIn.ecs.imageQuota = 0;
    expect(await delivery().deliver(order())).toMatchObject({ ok: false, failure: { code: "cloud-quota" } });
    bench.standIn.ecs.imageQuota = 9;
    const parts = count("oss:UploadPart");
    unwrap(await delivery().deliver(order()));
    expect(count("oss:UploadPart")).toBe(parts);
  });

  it("takes an import that failed away, and the next one begins anew", async () => {
    bench.standIn.ecs.failNextImport = true;
    expect(await delivery().deliver(order())).toMatchObject({ ok: false, failure: { code: "image-failed" } });
    expect(bench.standIn.ecs.images.size).toBe(0);
    unwrap(await delivery().deliver(order()));
    expect(bench.standIn.ecs.images.size).toBe(1);
  });

  it("keeps the images of the runs that are kept", async () => {
    files = files.slice(1).map((file) => ({ ...file, diskId: 0 }));
    for (const run of [1, 2, 3]) unwrap(await delivery().deliver(order({ run, keepRuns: 2 })));
    const names = [...bench.standIn.ecs.images.values()].map(({ name }) => name);
    expect(names.map((name) => name.slice(-2))).toEqual(["r2", "r3"]);
    expect(bench.standIn.ecs.snapshots.size).toBe(2);
  });
});

describe("clearing", () => {
  it("removes exactly what the ledger has, and no look-alike", async () => {
    const made = unwrap(await delivery().deliver(order()));
    const ours = bench.standIn.ecs.images.get(made.imageId);
    if (ours === undefined) throw new Error("no image");
    // Of the same name but for the id; with some of the tags; with all of them but the token.
    const { ecs, oss } = bench.standIn;
    const like = (id: string, tags: Record<string, string>) =>
      ecs.images.set(id, { ...ours, id, name: id, tags });
    like("m-untagged", {});
    like("m-installation", { "sma-installation": "installation-1", "sma-owner": "job:job000000001" });
    like("m-other", { ...ours.tags, "sma-token": "0".repeat(32) });
    like("m-copied", { ...ours.tags });
    const object = { content: Buffer.from("somebody's"), meta: {} };
    oss.buckets.get(bucket)?.objects.set("sma/job000000001/run-1-disk-0", object);
    unwrap(await delivery().clear(target, "job000000001", false, never));
    expect(ecs.images.has(made.imageId)).toBe(true);
    unwrap(await delivery().clear(target, "job000000001", true, never));
    expect([...ecs.images.keys()].toSorted()).toEqual([
      "m-copied",
      "m-installation",
      "m-other",
      "m-untagged",
    ]);
    expect(objects().size).toBe(1);
    expect(bench.store.resources()).toEqual([]);
  });

  it("ends an upload that was cut off", async () => {
    refuse("oss:UploadPart", "AccessDenied", { after: 1, times: 99 });
    expect((await delivery().deliver(order())).ok).toBe(false);
    expect(uploads().size).toBe(1);
    unwrap(await delivery().clear(target, "job000000001", false, never));
    expect(uploads().size).toBe(0);
  });
});

describe("the check before anything travels", () => {
  const check = (more: { disks?: { path: string; sizeBytes: number }[]; cloud?: object } = {}) =>
    delivery().check(
      { ...target, cloud: { ...target.cloud, ...more.cloud } },
      { disks: more.disks ?? [{ path: "/dev/vda", sizeBytes: 1024 ** 3 }], formats: ["qcow2"] },
      never,
    );

  it("makes nothing", async () => {
    const making = {
      instanceType: "ecs.g7.large",
      vSwitchId: "vsw-test1",
      securityGroupId: "sg-test1",
      diskCategory: "cloud_essd",
    };
    unwrap(await check({ cloud: { result: { kind: "new-instance", name: "web", making } } }));
    const { ecs } = bench.standIn;
    expect([ecs.images.size, ecs.instances.size, ecs.disks.size, objects().size, uploads().size]).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });

  it.each([
    ["a disk that is too large", { disks: [{ path: "/dev/vda", sizeBytes: 3000 * 1024 ** 3 }] }, "/dev/vda"],
    ["a bucket that is not there", { cloud: { bucket: "nobodys-bucket" } }, "bucket"],
    ["a region that is none", { cloud: { region: "cn-nowhere" } }, "region"],
    [
      "a VPC that is none",
      { cloud: { network: { type: "vpc", vpcId: "vpc-none", vSwitchId: "vsw-test1" } } },
      "vpc-none",
    ],
    [
      "an instance that is none",
      { cloud: { result: { kind: "existing-instance", name: "web", instanceId: "i-none" } } },
      "i-none",
    ],
  ])("names %s", async (_what, more, word) => {
    const checked = await check(more);
    expect(checked.ok ? "" : JSON.stringify(checked.failure)).toContain(word);
  });

  it("lists every permission that is missing, and the role of ECS", async () => {
    bench.standIn.keys.get("LTAItest")?.denied.add("ecs:DeleteImage").add("oss:ListMultipartUploads");
    bench.standIn.ecs.hasImportRole = false;
    const checked = await check();
    expect(checked).toMatchObject({ ok: false, failure: { code: "cloud-permission" } });
    const text = checked.ok ? "" : checked.failure.message;
    for (const word of ["ecs:DeleteImage", "oss:ListMultipartUploads", "AliyunECSImageImportDefaultRole"])
      expect(text).toContain(word);
  });
});
