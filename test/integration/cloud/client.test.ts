/** Our client against the stand-in: what is refused, lost, slow or nonsense. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unwrap, type Result } from "../../../common/result.ts";
import { saveCloudAccount } from "../../../main/targets/alibaba-cloud/connections.ts";
import {
  accountAt,
  accountName,
  bucket,
  openCloudBench,
  region,
  type CloudBench,
} from "../../support/alibaba-cloud/cloud-bench.ts";

let bench: CloudBench;
beforeEach(async () => {
  bench = await openCloudBench();
});
afterEach(() => bench.close());

const { signal } = new AbortController();
const here = () => unwrap(bench.connections.region(accountName, region, "internet"));
const failureOf = (result: Result<unknown>) => (result.ok ? null : result.failure);
const refuse = (action: string, code: string, status = 400, times = 1) =>
  bench.standIn.faults.push({ action, times, reply: { kind: "refuse", status, code } });

describe("signing in", () => {
  it("is told who it is", async () => {
    expect(unwrap(await here().ecs.identity(signal)).Arn).toBe("acs:ram::1234567890123456:user/migrator");
  });

  it("goes by temporary credentials, and says so when they have ended", async () => {
    bench.standIn.keys.set("STS.temporary", {
      secret: "s",
      token: "the token",
      expired: false,
      denied: new Set(),
    });
    const account = { ...accountAt(bench.standIn), accessKeyId: "STS.temporary" };
    unwrap(
      await saveCloudAccount(
        { ...account, accessKeySecret: "s", securityToken: "the token" },
        bench.store,
        bench.vault,
      ),
    );
    unwrap(await here().ecs.identity(signal));
    unwrap(await here().oss.regionOf(bucket, signal));
    const key = bench.standIn.keys.get("STS.temporary");
    if (key !== undefined) key.expired = true;
    const failure = failureOf(await here().ecs.identity(signal));
    expect(failure).toMatchObject({
      code: "cloud-credentials",
      context: { cloudCode: "InvalidSecurityToken.Expired" },
    });
    expect(failure?.remedy).toContain("temporary credentials");
    const past = { ...account, tokenExpiresAt: "2020-01-01T00:00:00.000Z" };
    unwrap(await saveCloudAccount(past, bench.store, bench.vault));
    const seen = bench.standIn.seen.length;
    expect(failureOf(await here().ecs.identity(signal))?.code).toBe("cloud-credentials");
    expect(bench.standIn.seen.length).toBe(seen);
  });

  it("tells a wrong secret from an unknown key, and shows neither", async () => {
    unwrap(
      await saveCloudAccount(
        { ...accountAt(bench.standIn), accessKeySecret: "wrong" },
        bench.store,
        bench.vault,
      ),
    );
    expect(failureOf(await here().ecs.identity(signal))?.message).toContain("secret is another one");
    expect(failureOf(await here().oss.regionOf(bucket, signal))?.code).toBe("cloud-credentials");
    const unknown = { ...accountAt(bench.standIn), accessKeyId: "LTAInobody" };
    unwrap(await saveCloudAccount(unknown, bench.store, bench.vault));
    const failure = failureOf(await here().ecs.identity(signal));
    expect(failure?.message).toContain("does not know this AccessKey ID");
    expect(JSON.stringify(failure)).not.toContain("wrong");
  });

  it("wants the secret again before the key is used against another host", async () => {
    const account = accountAt(bench.standIn);
    const moved = { ...account, endpoints: { ...account.endpoints, ecs: "ecs.example.org" } };
    const refusal = { ok: false, failure: { code: "input-invalid" } };
    expect(await saveCloudAccount(moved, bench.store, bench.vault)).toMatchObject(refusal);
    expect(unwrap(bench.store.account(accountName))).toEqual(account);
  });

  it("follows the cloud's clock where this machine's is wrong", async () => {
    bench.standIn.clockAheadMs = 3_600_000;
    unwrap(await here().ecs.identity(signal));
    unwrap(await here().oss.regionOf(bucket, signal));
  });
});

describe("a request that does not succeed at once", () => {
  it("waits longer each time the cloud is throttled, and goes on", async () => {
    refuse("ecs:DescribeZones", "Throttling.User", 400, 3);
    unwrap(await here().ecs.zones(signal));
    expect(bench.pauses).toEqual([375, 750, 1500]);
  });

  it("gives up in the end with a failure that may be repeated", async () => {
    refuse("ecs:DescribeZones", "Throttling", 400, 99);
    expect(failureOf(await here().ecs.zones(signal))).toMatchObject({
      code: "cloud-throttled",
      retryable: true,
    });
  });

  it("creates one thing where the reply to its creation is lost", async () => {
    const parameters = { VpcId: "vpc-test1", SecurityGroupName: "one", ClientToken: "token-1" };
    bench.standIn.faults.push({ action: "ecs:CreateSecurityGroup", times: 1, reply: { kind: "lose-reply" } });
    const before = bench.standIn.ecs.groups.size;
    unwrap(await here().ecs.create("CreateSecurityGroup", "SecurityGroupId", parameters, signal));
    expect(bench.standIn.ecs.groups.size).toBe(before + 1);
  });

  it("names the missing permission, the action and the request", async () => {
    bench.standIn.keys.get("LTAItest")?.denied.add("ecs:DescribeInstances");
    const failure = failureOf(await here().ecs.instances(signal));
    expect(failure).toMatchObject({ code: "cloud-permission", context: { action: "ecs:DescribeInstances" } });
    expect(failure?.context["requestId"]).toMatch(/^[0-9A-F]{16}$/);
  });

  it.each([
    ["QuotaExceed.Image", "cloud-quota"],
    ["InvalidAccountStatus.NotEnoughBalance", "cloud-account"],
    ["Forbidden.SubUser", "cloud-permission"],
    ["InvalidImageName.Duplicated", "already-exists"],
    ["OperationDenied.NoStock", "target-refused"],
    ["NoSetRoletoECSServiceAcount", "cloud-permission"],
    ["SomethingNew.NobodyKnows", "target-refused"],
  ])("%s becomes %s", async (code, expected) => {
    refuse("ecs:DescribeZones", code, 403);
    const failure = failureOf(await here().ecs.zones(signal));
    expect(failure).toMatchObject({ code: expected, context: { cloudCode: code } });
  });
});

describe("replies", () => {
  it.each([
    ["no JSON", "<html>proxy</html>", "the whole"],
    ["a list that is none", '{"Zones":{"Zone":"all"}}', "Zones.Zone"],
    ["a field of another type", '{"Zones":{"Zone":[{"ZoneId":7}]}}', "Zones.Zone.0.ZoneId"],
  ])("that are %s fail and name the field", async (_what, body, field) => {
    bench.standIn.faults.push({
      action: "ecs:DescribeZones",
      times: 1,
      reply: { kind: "say", status: 200, body },
    });
    const failure = failureOf(await here().ecs.zones(signal));
    expect(failure?.code).toBe("cloud-reply-invalid");
    expect(failure?.message).toContain(field);
  });

  it("of OSS that are no XML of its kind fail as well", async () => {
    const say = { kind: "say", status: 200, body: "<html/>" } as const;
    bench.standIn.faults.push({ action: "*", times: 3, reply: say });
    expect(failureOf(await here().oss.regionOf(bucket, signal))?.code).toBe("cloud-reply-invalid");
    expect(failureOf(await here().oss.buckets(signal))?.code).toBe("cloud-reply-invalid");
    expect(failureOf(await here().oss.uploads(bucket, "key", signal))?.code).toBe("cloud-reply-invalid");
  });

  it("in pages are read to their end", async () => {
    for (let index = 0; index < 120; index += 1)
      bench.standIn.ecs.addInstance(`server-${index}`, Buffer.alloc(0));
    expect(unwrap(await here().ecs.instances(signal)).length).toBe(120);
  });

  it("that never end are no endless loop", async () => {
    const body =
      '{"TotalCount":100000000,"Instances":{"Instance":[{"InstanceId":"i-1","Status":"Running"}]}}';
    bench.standIn.faults.push({
      action: "ecs:DescribeInstances",
      times: 999,
      reply: { kind: "say", status: 200, body },
    });
    expect(failureOf(await here().ecs.instances(signal))?.code).toBe("cloud-reply-invalid");
  });
});
