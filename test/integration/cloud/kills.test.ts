/** Of the kills of `npm run lab -- cloud-kills` those that once left something behind, or would make it twice. */
import { expect, it } from "vitest";
import type { CloudAct } from "../../support/alibaba-cloud/cloud-acts.ts";
import {
  runCloudKill,
  undisturbed,
  type CloudKill,
  type KillPlace,
} from "../../support/alibaba-cloud/cloud-kills.ts";

type Case = readonly [
  act: CloudAct,
  place: KillPlace,
  request: string,
  moment: CloudKill["moment"],
  later: boolean,
];
const cases: readonly Case[] = [
  ["clear", "there before", "ecs:DeleteImage", "done", false],
  ["drill", "there before", "ecs:DeleteInstance", "answered", false],
  ["drill", "there before", "ecs:CreateInstance", "done", true],
  ["start", "there before", "ecs:ReplaceSystemDisk", "done", false],
  ["start", "there before", "ecs:CreateDisk", "done", true],
  ["deliver", "there before", "ecs:ImportImage", "done", true],
];

it.each(cases)(
  "an engine that dies in %s (instance %s) at %s (%s) leaves nothing twice and nothing over once it goes on; the cloud has forgotten its tokens: %s",
  async (act, place, request, moment, later) => {
    const { writes, world } = await undisturbed(place, act);
    const write = writes.indexOf(request) + 1;
    expect(writes).toContain(request);
    expect(await runCloudKill({ act, place, request, moment, write }, world, later)).toBe("");
  },
);
