/** Looks at everything that a target in the cloud needs, before anything is made. Changes nothing there. */
import type { CloudCheck } from "../../../common/api/cloud-procedures.ts";
import type { CloudPlace } from "../../../common/domain/cloud.ts";
import type { Remark } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { ok, type Failure, type Result } from "../../../common/result.ts";
import type { CloudSurroundings } from "./cloud-things.ts";
import type { CloudRegion } from "./connections.ts";

type Probe = readonly [action: string, ask: () => Promise<Result<unknown>>];

function check(id: string, verdict: CloudCheck["verdict"], detail: Remark, remedy?: Remark): CloudCheck {
  return {
    id,
    title: titles[id] ?? id,
    verdict,
    detail: told(detail).what,
    remedy: remedy === undefined ? null : told(remedy).what,
    said: { message: detail, remedy },
  };
}
/** What the cloud calls a thing, or says itself. */
const fine = (id: string, detail: string): CloudCheck => check(id, "ok", { kind: "tool-said", text: detail });
const missing = (id: string, detail: Remark, remedy: Remark): CloudCheck =>
  check(id, "missing", detail, remedy);
const wrong = (id: string, failed: Failure): CloudCheck => ({
  id,
  title: titles[id] ?? id,
  verdict: "missing",
  detail: failed.message,
  remedy: failed.remedy,
  failure: failed,
});

const listed = (things: string): Remark => ({
  kind: "choose-from-list",
  command: `sma cloud list ${things}`,
});

/** In English; screens have their own. */
const titles: Readonly<Record<string, string>> = {
  bucket: "OSS bucket",
  vswitch: "vSwitch",
  vpc: "VPC",
  "security-group": "security group",
};

/** Fails where the cloud cannot be asked at all; what is not as it must be is a check with the verdict `missing`. */
export async function checkPlace(
  place: CloudPlace,
  { connections }: CloudSurroundings,
  signal: AbortSignal,
): Promise<Result<CloudCheck[]>> {
  const region = connections.region(place.account, place.region, place.network.type);
  if (!region.ok) return region;
  const { ecs } = region.value;
  const checks: CloudCheck[] = [];

  const who = await ecs.identity(signal);
  if (!who.ok) {
    if (who.failure.code !== "cloud-credentials") return who;
    return ok([wrong("credentials", who.failure)]);
  }
  checks.push(fine("credentials", who.value.Arn));

  const regions = await ecs.regions(signal);
  if (!regions.ok) checks.push(wrong("region", regions.failure));
  else if (regions.value.some(({ RegionId }) => RegionId === place.region))
    checks.push(fine("region", place.region));
  else {
    const names = regions.value.map(({ RegionId }) => RegionId);
    const absent: Remark = { kind: "region-not-there", region: place.region };
    return ok([...checks, missing("region", absent, { kind: "choose-one-of", names })]);
  }
  checks.push(await checkPermissions(place, region.value, signal));
  checks.push(await checkBucket(place, region.value, signal));
  checks.push(...(await checkNetwork(place, region.value, signal)));
  return ok(checks);
}

/** By calls that change nothing: reads, and dry runs of what creates. */
async function checkPermissions(
  place: CloudPlace,
  { ecs, oss }: CloudRegion,
  signal: AbortSignal,
): Promise<CloudCheck> {
  const nothing = "m-smadryrun0";
  const disk = { OSSBucket: place.bucket, OSSObject: "sma/dry-run", Format: "QCOW2" };
  const importing = {
    ImageName: "sma-dry-run",
    DiskDeviceMapping: [disk],
    Architecture: "x86_64",
    OSType: "linux",
  };
  const probes: Probe[] = [
    ["ecs:DescribeImages", () => ecs.images(signal, { ImageId: nothing })],
    ["ecs:DescribeSnapshots", () => ecs.snapshots(signal, { SnapshotIds: '["s-smadryrun0"]' })],
    ["ecs:ImportImage", () => ecs.dryRun("ImportImage", importing, signal)],
    ["ecs:DeleteImage", () => ecs.dryRun("DeleteImage", { ImageId: nothing }, signal)],
    ["oss:GetBucketLocation", () => oss.regionOf(place.bucket, signal)],
    ["oss:ListMultipartUploads", () => oss.uploads(place.bucket, "sma/dry-run", signal)],
    ["oss:GetObject", () => oss.object(place.bucket, "sma/dry-run", signal)],
  ];
  if (place.result.kind !== "image") {
    probes.push(
      ["ecs:DescribeInstances", () => ecs.instances(signal, { InstanceIds: '["i-smadryrun0"]' })],
      ["ecs:DescribeDisks", () => ecs.disks(signal, { DiskIds: '["d-smadryrun0"]' })],
      ["ecs:DescribeSecurityGroups", () => ecs.securityGroups(signal, { SecurityGroupId: "sg-smadryrun0" })],
    );
    const target = place.result.kind === "existing-instance" ? place.result.instanceId : "i-smadryrun0";
    for (const action of ["StartInstance", "StopInstance"] as const)
      probes.push([`ecs:${action}`, () => ecs.dryRun(action, { InstanceId: target }, signal)]);
  }
  const denied: string[] = [];
  const byRole: string[] = [];
  for (const [action, ask] of probes) {
    const asked = await ask();
    if (asked.ok) continue;
    const { code, context } = asked.failure;
    // Only a permission is looked for: that nothing of the name is there is just what was to be expected.
    const isRole = String(context["cloudCode"]).startsWith("NoSetRole");
    if (isRole) byRole.push(action);
    else if (code === "cloud-permission") denied.push(action);
  }
  if (denied.length + byRole.length === 0)
    return check("permissions", "ok", { kind: "actions-tried", count: probes.length });
  return missing("permissions", { kind: "actions-denied", actions: denied, byRole }, { kind: "let-user-do" });
}

async function checkBucket(
  place: CloudPlace,
  { oss }: CloudRegion,
  signal: AbortSignal,
): Promise<CloudCheck> {
  const found = await oss.regionOf(place.bucket, signal);
  if (!found.ok) return wrong("bucket", found.failure);
  const { bucket } = place;
  if (found.value === place.region)
    return check("bucket", "ok", { kind: "bucket-is-in", bucket, region: found.value });
  return missing(
    "bucket",
    { kind: "bucket-elsewhere", bucket, region: found.value, target: place.region },
    { kind: "choose-near-bucket" },
  );
}

async function checkNetwork(
  place: CloudPlace,
  { ecs }: CloudRegion,
  signal: AbortSignal,
): Promise<CloudCheck[]> {
  const checks: CloudCheck[] = [];
  const { network, result } = place;
  const vSwitch = async (vSwitchId: string, vpcId: string | null): Promise<string | null> => {
    const found = await ecs.vSwitches(signal, { vSwitchId });
    const one = found.ok ? found.value.find(({ VSwitchId }) => VSwitchId === vSwitchId) : undefined;
    if (!found.ok) checks.push(wrong("vswitch", found.failure));
    else if (one === undefined)
      checks.push(missing("vswitch", { kind: "nothing-named", name: vSwitchId }, listed("vswitches")));
    else if (vpcId !== null && one.VpcId !== vpcId)
      checks.push(
        missing(
          "vswitch",
          { kind: "vswitch-elsewhere", vSwitch: vSwitchId, vpc: one.VpcId, wanted: vpcId },
          { kind: "choose-of-vpc" },
        ),
      );
    else if (one.AvailableIpAddressCount === 0)
      checks.push(
        missing("vswitch", { kind: "vswitch-full", vSwitch: vSwitchId }, { kind: "choose-other-or-free" }),
      );
    else {
      checks.push(
        check("vswitch", "ok", {
          kind: "vswitch-is-in",
          vSwitch: vSwitchId,
          zone: one.ZoneId,
          vpc: one.VpcId,
        }),
      );
      return one.VpcId;
    }
    return null;
  };
  if (network.type === "vpc") {
    const found = await ecs.vpcs(signal, network.vpcId);
    if (!found.ok) checks.push(wrong("vpc", found.failure));
    else if (found.value.some(({ VpcId }) => VpcId === network.vpcId))
      checks.push(fine("vpc", network.vpcId));
    else checks.push(missing("vpc", { kind: "nothing-named", name: network.vpcId }, listed("vpcs")));
    await vSwitch(network.vSwitchId, network.vpcId);
  }
  if (result.kind === "new-instance") {
    const { vSwitchId, securityGroupId } = result.making;
    const vpc = await vSwitch(vSwitchId, network.type === "vpc" ? network.vpcId : null);
    const groups = await ecs.securityGroups(signal, { SecurityGroupId: securityGroupId });
    const group = groups.ok
      ? groups.value.find((each) => each.SecurityGroupId === securityGroupId)
      : undefined;
    if (!groups.ok) checks.push(wrong("security-group", groups.failure));
    else if (group === undefined || (vpc !== null && group.VpcId !== vpc))
      checks.push(
        missing(
          "security-group",
          { kind: "group-elsewhere", group: securityGroupId },
          { kind: "choose-of-vpc" },
        ),
      );
    else checks.push(fine("security-group", securityGroupId));
  }
  if (result.kind === "existing-instance") {
    const found = await ecs.instance(result.instanceId, signal);
    if (!found.ok) checks.push(wrong("instance", found.failure));
    else if (found.value === null)
      checks.push(
        missing("instance", { kind: "nothing-named", name: result.instanceId }, listed("instances")),
      );
    else {
      const { InstanceName, Status, OperationLocks } = found.value;
      const locks = OperationLocks.LockReason.map(({ LockReason }) => LockReason);
      checks.push(
        locks.length > 0
          ? missing("instance", { kind: "instance-locked", locks }, { kind: "lift-lock" })
          : fine("instance", `${InstanceName} (${result.instanceId}), ${Status}`),
      );
    }
  }
  return checks;
}
