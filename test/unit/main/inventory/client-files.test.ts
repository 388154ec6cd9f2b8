import { describe, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { readClientConfig } from "../../../../main/inventory/client-config.ts";
import { clientErrorsIn } from "../../../../main/inventory/client-errors.ts";
import { defaultEstimateOptions } from "../../../../main/compatibility/estimate.ts";
import { assessBytes } from "../../../../main/reports/assess-bytes.ts";
import { targetLimits } from "../../../../main/compatibility/target-limits.ts";

const settings = {
  access_id: "id-of-a-key",
  secret_key: "the-key-itself",
  region_id: "eu-central-1",
  image_name: "shop",
  system_disk_size: 60,
  platform: "Debian",
  data_disks: [
    { data_disk_index: 1, data_disk_size: 100, src_path: "/srv" },
    { data_disk_index: 2, data_disk_size: -1, src_path: "/var/lib/db" },
  ],
  bandwidth_limit: 0,
};

describe("settings of a migration client", () => {
  it("are read without the keys", () => {
    const config = unwrap(readClientConfig(JSON.stringify(settings), "user_config.json"));
    expect(config).toEqual({
      region: "eu-central-1",
      imageName: "shop",
      systemDiskBytes: 60 * 1024 ** 3,
      platform: "Debian",
      architecture: null,
      bandwidthLimit: null,
      dataDisks: [
        { index: 1, sizeBytes: 100 * 1024 ** 3, sourcePath: "/srv" },
        { index: 2, sizeBytes: null, sourcePath: "/var/lib/db" },
      ],
      holdsKeys: true,
    });
  });

  it.each([
    ["{", ""],
    [JSON.stringify({ ...settings, region_id: 3 }), "region_id"],
    [`{"secret_key": "a", ${JSON.stringify(settings).slice(1)}`, "secret_key"],
    [JSON.stringify({ ...settings, secret_key: { leaked: "the-key-itself" } }), "secret_key"],
    [JSON.stringify({ ...settings, data_disks: [{ data_disk_index: 0 }] }), "data_disks.0.data_disk_index"],
  ])("name the field that is wrong, and no value", (text, field) => {
    const read = readClientConfig(text, "c.json");
    expect(read).toMatchObject({ ok: false, failure: { code: "input-invalid", context: { field } } });
    expect(JSON.stringify(read)).not.toContain("the-key-itself");
  });
});

it("settings that are no JSON are told by their line, without what stands there", () => {
  const read = readClientConfig('{\n  "secret_key": "the-key-itself",\n}', "c.json");
  expect(read).toMatchObject({ ok: false, failure: { context: { line: 3 } } });
  expect(JSON.stringify(read)).not.toContain("the-key-itself");
});

describe("a migration client's log", () => {
  it("names its errors with advice, each once, first come first", () => {
    const log = "start\n[ERR] Check Virtio Failed\n[ERR] do grub failed\n[ERR] Do Grub Failed again\n";
    expect(clientErrorsIn(log).map(({ id, line }) => [id, line])).toEqual([
      ["virtio", 2],
      ["grub", 3],
    ]);
    expect(clientErrorsIn(log).every(({ advice }) => advice.length > 20)).toBe(true);
    expect(clientErrorsIn("nothing went wrong\n")).toEqual([]);
  });
});

describe("the errors that the product's own pages name", () => {
  it.each([
    ["Forbidden.Unauthorized", "unauthorized"],
    ["Forbidden.RAM", "ram-permission"],
    ["Forbidden.Subuser", "sub-user"],
    ["Your Account Haven’t Authorized For SMC RAM Role", "ram-role"],
    ["IllegalTimestamp", "clock"],
    ["UnKnownError", "platform"],
    ['rsync: send_files failed to open "/x": Permission denied (13)', "unreadable-files"],
    ["NotEnoughBalance", "balance"],
    ["InvalidAccountStatus.SnapshotServiceUnavailable", "snapshot-service"],
    ["Create transition vpc failed. (QuotaExceeded.Vpc: VPC quota exceeded.)", "vpc-quota"],
    ["InvalidAccessKeyId.NotFound", "access-key"],
    ["Connect to Server Failed", "connect"],
    ["Do Rsync Disk 1 Failed", "transfer"],
    ["Do Rsync Disk x Failed", "transfer"],
    ["rsync not found", "rsync"],
    ["OperationDenied.NoStock: sold out", "no-stock"],
    ["OperationDenied", "unreadable-files"],
    ["VssSnapshotul::VssSnapshotul GetSnapshotul Failed: 0x80042308", "shadow-copy"],
    ["return: 7680", "transfer"],
  ])("%s", (line, id) => {
    expect(clientErrorsIn(`2019-12-01 08:00:00 [Error] ${line}\n`).map((error) => error.id)).toEqual([id]);
  });
});

describe("a migration client's file among the inputs of an assessment", () => {
  const failureOf = (text: string) => {
    const { assessed } = assessBytes({
      id: "a",
      input: "a.txt",
      bytes: new TextEncoder().encode(text),
      choices: { target: targetLimits.local, estimate: defaultEstimateOptions },
    });
    if (assessed.kind !== "failed") throw new Error("was assessed");
    return assessed.failure;
  };

  it("is called what it is where it is an answer of the service in JSON", () => {
    const failure = failureOf(
      '{"SourceServers": [{"StatusInfo": {"error_code": "S1", "error_msg": "Rsync not found. Please install rsync."}}]}',
    );
    expect(failure.message).toMatch(/rsync is missing on the source/);
  });

  it("is called what it is", () => {
    const log = failureOf("2024-05-01 10:00:00 step\n2024-05-01 10:00:01 return:3072\n");
    expect(log).toMatchObject({ code: "bundle-invalid", context: { line: 2 } });
    expect(log.message).toContain("8703");
    const config = failureOf(JSON.stringify(settings));
    expect(config.message).toMatch(/settings.*keys/);
    expect(JSON.stringify(config)).not.toContain("the-key-itself");
    expect(failureOf("hello\n").message).toContain("no output of a tool");
  });
});
