/** Alibaba Cloud: an intermediate here or on a target host, and a region that its results go to. */
import { cloudLimits } from "../../../common/domain/cloud.ts";
import { intermediateOf, type LocalTarget, type SshHostTarget } from "../../../common/domain/plan.ts";
import type { TargetAdapter } from "../contract.ts";
import type { CloudSurroundings } from "./cloud-things.ts";
import { createDelivery, type InstanceRegistrar } from "./delivery.ts";

export function createAlibabaCloudTarget(options: {
  readonly surroundings: CloudSurroundings;
  readonly register: InstanceRegistrar;
  /** Who brings up the intermediate. */
  targetFor(target: LocalTarget | SshHostTarget): TargetAdapter;
}): TargetAdapter {
  return {
    constraints: {
      maximumDiskBytes: Math.max(cloudLimits.systemDiskBytes, cloudLimits.dataDiskBytes),
      maximumDisks: cloudLimits.disks,
    },
    delivery: createDelivery(options.surroundings, options.register),
    ensureIntermediate(target, signal) {
      const place = intermediateOf(target);
      return options.targetFor(place).ensureIntermediate(place, signal);
    },
    releaseIntermediate(target) {
      const place = intermediateOf(target);
      return options.targetFor(place).releaseIntermediate(place);
    },
  };
}
