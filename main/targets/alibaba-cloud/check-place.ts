/** Looks at everything that a target in the cloud needs, before anything is made. Changes nothing there. */
import type { CloudCheck } from "../../../common/api/cloud-procedures.ts";
import type { CloudPlace } from "../../../common/domain/cloud.ts";
import { ok, type Failure, type Result } from "../../../common/result.ts";
import type { CloudSurroundings } from "./cloud-things.ts";
import type { CloudRegion } from "./connections.ts";

type Probe = readonly [action: string, ask: () => Promise<Result<unknown>>];

const fine = (id: string, title: string, detail: string): CloudCheck => ({
  id,
  title,
  verdict: "ok",
  detail,
  remedy: null,
});
const wrong = (id: string, title: string, { message, remedy }: Failure): CloudCheck => ({
  id,
  title,
  verdict: "missing",
  detail: message,
  remedy,
});

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
    return ok([wrong("credentials", "credentials", who.failure)]);
  }
  checks.push(fine("credentials", "credentials", who.value.Arn));

  const regions = await ecs.regions(signal);
  if (!regions.ok) checks.push(wrong("region", "region", regions.failure));
  else if (regions.value.some(({ RegionId }) => RegionId === place.region))
    checks.push(fine("region", "region", place.region));
  else {
    const detail = `the account has no region ${place.region}`;
    const names = regions.value.map(({ RegionId }) => RegionId).join(", ");
    return ok([
      ...checks,
      { id: "region", title: "region", verdict: "missing", detail, remedy: `Choose one of: ${names}.` },
    ]);
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
  for (const [action, ask] of probes) {
    const asked = await ask();
    if (asked.ok) continue;
    const { code, context } = asked.failure;
    // Only a permission is looked for: that nothing of the name is there is just what was to be expected.
    const isRole = String(context["cloudCode"]).startsWith("NoSetRole");
    if (isRole) denied.push(`${action} (ECS may not read the bucket: role AliyunECSImageImportDefaultRole)`);
    else if (code === "cloud-permission") denied.push(action);
  }
  if (denied.length === 0)
    return fine("permissions", "permissions", `${probes.length} actions were tried without doing anything`);
  return {
    id: "permissions",
    title: "permissions",
    verdict: "missing",
    detail: `denied: ${denied.join(", ")}`,
    remedy: "Let the RAM user do these actions (docs/CLOUD.md has the whole policy), then try again.",
  };
}

async function checkBucket(
  place: CloudPlace,
  { oss }: CloudRegion,
  signal: AbortSignal,
): Promise<CloudCheck> {
  const found = await oss.regionOf(place.bucket, signal);
  if (!found.ok) return wrong("bucket", "OSS bucket", found.failure);
  if (found.value === place.region)
    return fine("bucket", "OSS bucket", `${place.bucket} is in ${found.value}`);
  return {
    id: "bucket",
    title: "OSS bucket",
    verdict: "missing",
    detail: `${place.bucket} is in ${found.value}, the target in ${place.region}`,
    remedy: "Choose a bucket in the target's region: ECS imports from no other.",
  };
}

async function checkNetwork(
  place: CloudPlace,
  { ecs }: CloudRegion,
  signal: AbortSignal,
): Promise<CloudCheck[]> {
  const checks: CloudCheck[] = [];
  const { network, result } = place;
  const missing = (id: string, title: string, detail: string, remedy: string): CloudCheck => ({
    id,
    title,
    verdict: "missing",
    detail,
    remedy,
  });
  const vSwitch = async (vSwitchId: string, vpcId: string | null): Promise<string | null> => {
    const found = await ecs.vSwitches(signal, { vSwitchId });
    const one = found.ok ? found.value.find(({ VSwitchId }) => VSwitchId === vSwitchId) : undefined;
    if (!found.ok) checks.push(wrong("vswitch", "vSwitch", found.failure));
    else if (one === undefined)
      checks.push(
        missing("vswitch", "vSwitch", `there is no ${vSwitchId}`, "Choose one: sma cloud list vswitches."),
      );
    else if (vpcId !== null && one.VpcId !== vpcId)
      checks.push(
        missing(
          "vswitch",
          "vSwitch",
          `${vSwitchId} is in ${one.VpcId}, not in ${vpcId}`,
          "Choose one of the VPC.",
        ),
      );
    else if (one.AvailableIpAddressCount === 0)
      checks.push(
        missing(
          "vswitch",
          "vSwitch",
          `${vSwitchId} has no free address`,
          "Choose another, or free an address.",
        ),
      );
    else {
      checks.push(fine("vswitch", "vSwitch", `${vSwitchId} in ${one.ZoneId}, ${one.VpcId}`));
      return one.VpcId;
    }
    return null;
  };
  if (network.type === "vpc") {
    const found = await ecs.vpcs(signal, network.vpcId);
    if (!found.ok) checks.push(wrong("vpc", "VPC", found.failure));
    else if (found.value.some(({ VpcId }) => VpcId === network.vpcId))
      checks.push(fine("vpc", "VPC", network.vpcId));
    else
      checks.push(missing("vpc", "VPC", `there is no ${network.vpcId}`, "Choose one: sma cloud list vpcs."));
    await vSwitch(network.vSwitchId, network.vpcId);
  }
  if (result.kind === "new-instance") {
    const { vSwitchId, securityGroupId } = result.making;
    const vpc = await vSwitch(vSwitchId, network.type === "vpc" ? network.vpcId : null);
    const groups = await ecs.securityGroups(signal, { SecurityGroupId: securityGroupId });
    const group = groups.ok
      ? groups.value.find((each) => each.SecurityGroupId === securityGroupId)
      : undefined;
    if (!groups.ok) checks.push(wrong("security-group", "security group", groups.failure));
    else if (group === undefined || (vpc !== null && group.VpcId !== vpc))
      checks.push(
        missing(
          "security-group",
          "security group",
          `${securityGroupId} is not in the vSwitch's VPC`,
          "Choose one of that VPC.",
        ),
      );
    else checks.push(fine("security-group", "security group", securityGroupId));
  }
  if (result.kind === "existing-instance") {
    const found = await ecs.instance(result.instanceId, signal);
    if (!found.ok) checks.push(wrong("instance", "instance", found.failure));
    else if (found.value === null)
      checks.push(
        missing(
          "instance",
          "instance",
          `there is no ${result.instanceId}`,
          "Choose one: sma cloud list instances.",
        ),
      );
    else {
      const { InstanceName, Status, OperationLocks } = found.value;
      const locks = OperationLocks.LockReason.map(({ LockReason }) => LockReason);
      checks.push(
        locks.length > 0
          ? missing(
              "instance",
              "instance",
              `it is locked: ${locks.join(", ")}`,
              "Have the lock lifted first.",
            )
          : fine("instance", "instance", `${InstanceName} (${result.instanceId}), ${Status}`),
      );
    }
  }
  return checks;
}
