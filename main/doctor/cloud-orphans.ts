/** What is left over in clouds: by the ledger, and by looking for this installation's tags. */
import type { Orphan } from "../../common/domain/orphan.ts";
import { attempt, unwrap } from "../../common/result.ts";
import type { CloudResource } from "../store/cloud-store.ts";
import {
  regionOf,
  tagKeys,
  thingsTagged,
  type CloudSurroundings,
} from "../targets/alibaba-cloud/cloud-things.ts";
import type { OrphanReport } from "./orphans.ts";

const taggedKinds = ["instance", "image", "snapshot", "disk", "security-group"] as const;
type Place = Pick<CloudResource, "account" | "region" | "network">;

/** Looks and changes nothing. `places`: where jobs and instances are, besides those of the ledger. */
export async function cloudOrphans(
  cloud: CloudSurroundings,
  places: readonly Place[],
  isNeeded: (owner: string) => boolean,
  notLooked: OrphanReport["notLooked"],
  signal: AbortSignal,
): Promise<Orphan[]> {
  const ledger = cloud.store.resources();
  const nameOf = ({ account, region }: Place): string => `${account} in ${region}`;
  const orphans = ledger
    .filter(({ owner }) => !isNeeded(owner))
    .map((resource): Orphan => {
      const job = /^job:(.+)$/.exec(resource.owner)?.[1] ?? null;
      return {
        kind: resource.kind,
        place: nameOf(resource),
        locator: resource.id ?? resource.name,
        job,
        isLedgered: true,
        removedBy: "sma cloud clean",
        why: `made for ${resource.owner.replace(":", " ")}, which is not there any more; it may cost`,
      };
    });
  const all = [...places, ...ledger].map(({ account, region, network }) => ({ account, region, network }));
  const distinct = new Map(all.map((place) => [nameOf(place), place]));
  for (const [place, where] of distinct) {
    const looked = await attempt(async () => {
      const region = unwrap(regionOf(cloud, where));
      const tag = { Key: tagKeys.installation, Value: cloud.installation };
      for (const kind of taggedKinds) {
        for (const { id, tags } of unwrap(await thingsTagged(region, kind, [tag], signal))) {
          const token = tags.get(tagKeys.token);
          const isOurs = ledger.some(
            (each) => each.token === token && (each.id === null || each.kind !== kind || each.id === id),
          );
          if (isOurs) continue;
          const why =
            "it has this installation's tag and is on no ledger; it is for you to judge, and it may cost";
          orphans.push({ kind, place, locator: id, job: null, isLedgered: false, why, removedBy: null });
        }
      }
    });
    if (!looked.ok) notLooked.push({ place, reason: looked.failure.message });
  }
  return orphans;
}
