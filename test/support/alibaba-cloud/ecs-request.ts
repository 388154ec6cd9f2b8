/** What handlers of one request share: its parameters, and things by the ids in them. */
import type { Parameters, StandInImage, StandInInstance } from "./ecs-resources.ts";
import type { EcsWorld } from "./ecs-world.ts";
import { Refusal } from "./refusal.ts";

export type EcsRequest = ReturnType<typeof requestOn>;

export function requestOn(world: EcsWorld, action: string, parameters: Parameters) {
  const value = (name: string): string => parameters[name] ?? "";
  const need = (...names: string[]): void => {
    for (const each of names)
      if (value(each) === "")
        throw new Refusal(400, `Missing${each}`, `The parameter ${each} is mandatory for this action`);
  };
  const dry = (): void => {
    if (value("DryRun") === "true")
      throw new Refusal(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.");
  };
  const instance = (): StandInInstance => {
    need("InstanceId");
    const found = world.instances.get(value("InstanceId"));
    if (found === undefined)
      throw new Refusal(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.");
    return found;
  };
  const mustBe = (one: StandInInstance, ...states: string[]): void => {
    if (!states.includes(one.status))
      throw new Refusal(
        403,
        "IncorrectInstanceStatus",
        `The current status ${one.status} does not support this operation.`,
      );
  };
  const imageFor = (): StandInImage => {
    need("ImageId");
    const found = world.images.get(value("ImageId"));
    if (found === undefined)
      throw new Refusal(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.");
    if (found.looks > 0 || found.failed)
      throw new Refusal(403, "IncorrectImageStatus", "The image is not available.");
    return found;
  };
  const contentOf = (snapshotId: string): Buffer => {
    const found = world.snapshots.get(snapshotId);
    if (found === undefined)
      throw new Refusal(404, "InvalidSnapshotId.NotFound", "The specified SnapshotId does not exist.");
    if (found.looks > 0)
      throw new Refusal(403, "IncorrectSnapshotStatus", "The snapshot is not accomplished.");
    return Buffer.from(found.content);
  };
  return { action, parameters, value, need, dry, instance, mustBe, imageFor, contentOf };
}
