/** What the procedures `cloud.*` do. */
import type { z } from "zod";
import type { cloudProcedures } from "../common/api/cloud-procedures.ts";
import type { ProcedureOutput } from "../common/api/procedures.ts";
import { isUnfinished } from "../common/domain/job.ts";
import { fail, ok, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import { addCloudInstance } from "./cloud-instance-registrar.ts";
import type { CloudInstances } from "./instances/cloud-instances.ts";
import type { CredentialVault } from "./settings/vault.ts";
import type { JobStore } from "./store/job-store.ts";
import { knownRegions } from "./targets/alibaba-cloud/api/endpoints.ts";
import { checkPlace } from "./targets/alibaba-cloud/check-place.ts";
import { regionOf, removeThing, type CloudSurroundings } from "./targets/alibaba-cloud/cloud-things.ts";
import { cloudEntry, saveCloudAccount } from "./targets/alibaba-cloud/connections.ts";

type Names = keyof typeof cloudProcedures;
type Handlers = {
  readonly [N in Names]: (
    input: z.output<(typeof cloudProcedures)[N]["input"]>,
    signal: AbortSignal,
  ) => Promise<Result<ProcedureOutput<N>>>;
};

/** Where regions are asked for: any knows them all. */
const anyRegion = "cn-hangzhou";

export function createCloudProcedures(options: {
  readonly surroundings: CloudSurroundings;
  readonly vault: CredentialVault;
  readonly jobs: JobStore;
  readonly instances: CloudInstances;
  /** Owners of the ledger that still need what they have. */
  isNeeded(owner: string): boolean;
}): Handlers {
  const { surroundings, vault, jobs } = options;
  const { store } = surroundings;
  const at = (place: { account: string; region: string; networkType: "internet" | "vpc" }) =>
    regionOf(surroundings, { ...place, network: place.networkType });
  const map = <A, B>(result: Result<A>, change: (value: A) => B): Result<B> =>
    result.ok ? ok(change(result.value)) : result;

  return {
    "cloud.account.list": () => Promise.resolve(ok(store.accounts())),
    "cloud.account.set": (input) => saveCloudAccount(input, store, vault),
    "cloud.account.remove": async ({ account }) => {
      const found = store.account(account);
      if (!found.ok) return found;
      const inJobs = jobs
        .list()
        .filter(
          ({ plan, state }) =>
            plan.target.kind === "alibaba-cloud" &&
            plan.target.cloud.account === account &&
            isUnfinished(state),
        );
      const made = store.resources().filter((each) => each.account === account);
      if (inJobs.length > 0 || made.length > 0) {
        const what =
          inJobs.length > 0
            ? told({ kind: "account-in-jobs", count: inJobs.length, account })
            : told({ kind: "account-in-cloud", count: made.length, account });
        const remedy = told({ kind: "free-account-first" });
        return fail("already-exists", what, { account }, remedy);
      }
      for (const part of ["secret", "token"] as const) {
        const removed = await vault.remove(cloudEntry(account, part));
        if (!removed.ok) return removed;
      }
      store.removeAccount(account);
      return ok(null);
    },
    "cloud.account.test": async ({ account }, signal) => {
      const region = at({ account, region: anyRegion, networkType: "internet" });
      if (!region.ok) return region;
      return map(await region.value.ecs.identity(signal), ({ AccountId, Arn, IdentityType }) => ({
        accountId: AccountId,
        arn: Arn,
        identityType: IdentityType,
      }));
    },
    "cloud.regions": async ({ account }, signal) => {
      const region = at({ account, region: anyRegion, networkType: "internet" });
      if (!region.ok) return region;
      const nameOf = (id: string) => knownRegions.find((known) => known.id === id)?.name;
      return map(await region.value.ecs.regions(signal), (list) =>
        list.map(({ RegionId, LocalName }) => ({ id: RegionId, name: nameOf(RegionId) ?? LocalName })),
      );
    },
    "cloud.zones": async (place, signal) => {
      const region = at(place);
      if (!region.ok) return region;
      return map(await region.value.ecs.zones(signal), (list) =>
        list.map(({ ZoneId, LocalName }) => ({ id: ZoneId, name: LocalName })),
      );
    },
    "cloud.vpcs": async (place, signal) => {
      const region = at(place);
      if (!region.ok) return region;
      return map(await region.value.ecs.vpcs(signal), (list) =>
        list.map(({ VpcId, VpcName, CidrBlock, Status }) => ({
          id: VpcId,
          name: VpcName,
          cidr: CidrBlock,
          isUsable: Status === "Available",
        })),
      );
    },
    "cloud.vswitches": async ({ vpcId, ...place }, signal) => {
      const region = at(place);
      if (!region.ok) return region;
      const about = vpcId === null ? {} : { vpcId };
      return map(await region.value.ecs.vSwitches(signal, about), (list) =>
        list.map((each) => ({
          id: each.VSwitchId,
          name: each.VSwitchName,
          cidr: each.CidrBlock,
          isUsable: each.Status === "Available",
          vpcId: each.VpcId,
          zone: each.ZoneId,
          freeAddresses: each.AvailableIpAddressCount,
        })),
      );
    },
    "cloud.security-groups": async ({ vpcId, ...place }, signal) => {
      const region = at(place);
      if (!region.ok) return region;
      const about = vpcId === null ? {} : { VpcId: vpcId };
      return map(await region.value.ecs.securityGroups(signal, about), (list) =>
        list.map((each) => ({ id: each.SecurityGroupId, name: each.SecurityGroupName, vpcId: each.VpcId })),
      );
    },
    "cloud.instances": async (place, signal) => {
      const region = at(place);
      if (!region.ok) return region;
      return map(await region.value.ecs.instances(signal), (list) =>
        list.map((each) => ({
          id: each.InstanceId,
          name: each.InstanceName,
          status: each.Status,
          zone: each.ZoneId,
          instanceType: each.InstanceType,
          vpcId: each.VpcAttributes.VpcId,
          operatingSystem: each.OSName,
        })),
      );
    },
    "cloud.buckets": async (place, signal) => {
      const region = at(place);
      if (!region.ok) return region;
      return map(await region.value.oss.buckets(signal), (list) =>
        list.filter((bucket) => bucket.region === place.region),
      );
    },
    "cloud.check": (place, signal) => checkPlace(place, surroundings, signal),
    "cloud.instance.add": (wish, signal) => addCloudInstance(wish, options.instances, surroundings, signal),
    "cloud.clean": async (_input, signal) => {
      const removed: string[] = [];
      for (const resource of store.resources().toReversed()) {
        if (options.isNeeded(resource.owner)) continue;
        const done = await removeThing(resource, surroundings, signal);
        if (!done.ok) return done;
        removed.push(`${resource.kind} ${resource.id ?? resource.name}`);
      }
      return ok({ removed });
    },
  };
}
