/** Instances in the cloud as jobs and admins name them. */
import type { CloudMaking, CloudPlace } from "../common/domain/cloud.ts";
import { instanceSpecSchema, type InstanceSpec, type InstanceView } from "../common/domain/instance.ts";
import { fail, ok, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import { instanceOwner } from "./instances/cloud-images.ts";
import type { CloudInstances } from "./instances/cloud-instances.ts";
import type { CutoverStore } from "./store/cutover-store.ts";
import type { JobStore } from "./store/job-store.ts";
import { regionOf, type CloudSurroundings } from "./targets/alibaba-cloud/cloud-things.ts";
import { jobOwner, type InstanceRegistrar } from "./targets/alibaba-cloud/delivery.ts";

export interface InstanceWish {
  readonly name: string;
  readonly place: Omit<CloudPlace, "result">;
  readonly firmware: "bios" | "uefi";
  readonly from:
    | { readonly kind: "existing"; readonly instanceId: string }
    | { readonly kind: "new"; readonly making: CloudMaking };
}

/** Puts an instance among the instances; nothing is made in the cloud by it, and nothing changed. */
export async function addCloudInstance(
  { name, place, firmware, from }: InstanceWish,
  instances: CloudInstances,
  cloud: CloudSurroundings,
  signal: AbortSignal,
): Promise<Result<InstanceView>> {
  const specOf = (making: CloudMaking | null): InstanceSpec =>
    instanceSpecSchema.parse({ name, driver: "alibaba-cloud", firmware, cloud: { place, making } });
  if (from.kind === "new") return instances.provision(specOf(from.making), [], signal);
  const region = regionOf(cloud, { ...place, network: place.network.type });
  if (!region.ok) return region;
  const found = await region.value.ecs.instance(from.instanceId, signal);
  if (!found.ok) return found;
  if (found.value === null) {
    const why = told({ kind: "no-cloud-instance", id: from.instanceId, region: place.region });
    return fail("not-found", why, { instanceId: from.instanceId }, told({ kind: "list-cloud-instances" }));
  }
  const { InstanceType, VpcAttributes, SecurityGroupIds } = found.value;
  // Drills are made as it is.
  const making: CloudMaking = {
    instanceType: InstanceType,
    vSwitchId: VpcAttributes.VSwitchId,
    diskCategory: "cloud_essd",
    securityGroupId: SecurityGroupIds.SecurityGroupId[0] ?? "",
  };
  return instances.adopt(specOf(making), from.instanceId, signal);
}

export function createInstanceRegistrar(
  instances: CloudInstances,
  cloud: CloudSurroundings,
): InstanceRegistrar {
  return async ({ cloud: { result, ...place } }, firmware, signal) => {
    if (result.kind === "image") return ok(null);
    const from =
      result.kind === "new-instance"
        ? ({ kind: "new", making: result.making } as const)
        : ({ kind: "existing", instanceId: result.instanceId } as const);
    const added = await addCloudInstance(
      { name: result.name, place, firmware, from },
      instances,
      cloud,
      signal,
    );
    return added.ok ? ok(result.name) : added;
  };
}

/** True where the job or instance that a ledger entry belongs to is still there, or is being made. */
export function isOwnerNeeded(owner: string, jobs: JobStore, cutovers: CutoverStore): boolean {
  if (cutovers.instances().some(({ spec }) => instanceOwner(spec.name) === owner)) return true;
  return jobs.list().some(({ id }) => {
    const { state } = cutovers.cutover(id);
    return jobOwner(id) === owner || (state.name === "testing" && instanceOwner(state.instance) === owner);
  });
}
