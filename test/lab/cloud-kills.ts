/** `npm run lab -- cloud-kills`: the engine is killed at every write to a cloud; what comes of it, by act. */
import {
  cloudKills,
  describeCloudKill,
  runCloudKill,
  type CloudKill,
} from "../support/alibaba-cloud/cloud-kills.ts";
import type { LabContext } from "./prepare-image.ts";

interface Tally {
  readonly writes: Set<number>;
  kills: number;
  well: number;
}

/** Those whose descriptions contain one of `parts`, or all; true where every one ended as it must. */
export async function runCloudKills(
  parts: readonly string[],
  { report, signal }: LabContext,
): Promise<boolean> {
  const tallies = new Map<string, Tally>();
  const wanted = (await cloudKills()).filter(
    ({ kill }) => parts.length === 0 || parts.some((part) => describeCloudKill(kill).includes(part)),
  );
  report(`${wanted.length} kills, each gone on with at once and after the cloud has forgotten its tokens`);
  for (const { kill, world } of wanted) {
    if (signal.aborted) return false;
    const tally = tallyOf(tallies, kill);
    for (const later of [false, true]) {
      const wrong = await runCloudKill(kill, world, later);
      tally.kills += 1;
      if (wrong === "") tally.well += 1;
      else report(`${describeCloudKill(kill)}${later ? ", a day later" : ""}: ${wrong}`);
    }
  }
  const rows = [...tallies].map(
    ([name, { writes, kills, well }]) => `| ${name} | ${writes.size} | ${kills} | ${well} |`,
  );
  process.stdout.write(
    [
      "| act | writes to the cloud | kills | ended as without a kill |",
      "|---|---|---|---|",
      ...rows,
      "",
    ].join("\n"),
  );
  return [...tallies.values()].every(({ kills, well }) => kills === well);
}

function tallyOf(tallies: Map<string, Tally>, { act, place, write }: CloudKill): Tally {
  const name = act === "deliver" || act === "clear" ? act : `${act}, instance ${place}`;
  const tally = tallies.get(name) ?? { writes: new Set<number>(), kills: 0, well: 0 };
  tally.writes.add(write);
  tallies.set(name, tally);
  return tally;
}
