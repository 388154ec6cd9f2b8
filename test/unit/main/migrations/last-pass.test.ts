import { expect, it } from "vitest";
import type { SyncStatus } from "../../../../common/api/intermediate.ts";
import { ok, type Result } from "../../../../common/result.ts";
import { makeConsistent } from "../../../../main/migrations/consistency/last-pass.ts";
import { endMoment } from "../../../../main/migrations/consistency/scripts.ts";
import { surveyVolumes } from "../../../../main/migrations/consistency/volume-facts.ts";
import type { StepContext } from "../../../../main/migrations/step.ts";

it("lets go of what an assistant that died held before it asks for volumes: one with our snapshot is not linear", async () => {
  const ran: string[] = [];
  let held = true;
  const facts = (table: string): string =>
    `place 254:0 0 /dev/sda\nmount 253:0 /\ntable 253:0 0 8192 ${table}\nvg|lab|0|4194304|wz--n-\nlv|lab|root|4194304|253|0\n`;
  const session = {
    platform: "linux",
    script(text: string): Promise<Result<{ stdout: string; stderr: string; exitCode: number }>> {
      ran.push(text);
      if (text === endMoment) held = false;
      const stdout =
        text === surveyVolumes ? facts(held ? "snapshot-origin 253:1" : "linear 254:0 2048") : "over\n";
      return Promise.resolve(ok({ stdout, stderr: "", exitCode: 0 }));
    },
  };
  const context = {
    jobId: "job1",
    signal: new AbortController().signal,
    plan: { runs: { consistency: "lvm-snapshot", hooks: { before: [], after: [] } } },
    connections: {
      withSession: (_signal: AbortSignal, act: (on: unknown) => Promise<unknown>) => act(session),
    },
  } as unknown as StepContext;
  const disks = [{ id: 0, path: "/dev/sda", sizeBytes: 4_194_304 }];
  const failed = await makeConsistent(context, { settled: false } as SyncStatus, {
    disks,
    hosts: [],
    agentDirectory: "/run/agent",
    passSeconds: null,
  });
  expect(ran).toEqual([endMoment, surveyVolumes]);
  // The volume is seen as what it is; this group has no room.
  expect(failed).toMatchObject({
    failure: {
      message:
        "no snapshots can be made on the source: volume group lab has only 0\u00a0B free for snapshots",
    },
  });
});
