import { z } from "zod";
import type { SyncStatus } from "../../../common/api/intermediate.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok } from "../../../common/result.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";
import { superviseSync } from "../sync-supervisor.ts";
import { preflight } from "./preflight.ts";
import { push } from "./push.ts";
import { sync } from "./sync.ts";

/**
 * Proves every byte: the agent's tree hash of the source against that of the replica, read back from its disk. What
 * differs after it had arrived unhashed is copied again once by itself; nothing is known of the disk yet that a person
 * should look into.
 */
export const verify = defineStep({
  name: "verify",
  needs: [preflight, push, sync],
  output: z.object({
    disks: z.array(
      z.object({
        id: z.number(),
        path: z.string(),
        sizeBytes: z.number(),
        /** The pass in which the source was read with this hash. */
        pass: z.number(),
        treeHash: z.string(),
      }),
    ),
  }),

  async run(context, { preflight: { disks }, push: { hosts }, sync: { consistency } }) {
    const access = await context.connections.intermediate(context.signal);
    if (!access.ok) return access;
    const { client } = access.value;
    const before = await client.job(context.jobId);
    if (!before.ok) return before;
    const repair = async () => {
      context.log("warning", { kind: "copying-differing" });
      return superviseSync(context, disks, hosts, { mode: "resume", repairDiffering: true });
    };
    if (before.value.differing.length > 0) {
      const repaired = await repair();
      if (!repaired.ok) return repaired;
    }

    const readBack = async () => {
      const result = await runTask(context, { kind: "verify" });
      if (!result.ok) return result;
      const status = await client.job(context.jobId);
      return status.ok ? ok({ ...result.value, status: status.value }) : status;
    };
    let found = await readBack();
    if (!found.ok) return found;
    // Copying from the living source again would undo a moment at which it was held still: that is for a person to say.
    const mayRepair =
      before.value.differing.length === 0 && ["settled", "passes"].includes(consistency?.method ?? "settled");
    if (!found.value.equal && mayRepair && hadArrivedUnhashed(found.value.status)) {
      const repaired = await repair();
      if (!repaired.ok) return repaired;
      found = await readBack();
      if (!found.ok) return found;
    }
    const { equal, differing, status } = found.value;
    if (!equal) {
      const ranges = differing.map((range) => {
        const path = disks.find((disk) => disk.id === range.diskId)?.path ?? `disk ${range.diskId}`;
        return `${path}: ${range.length} bytes at offset ${range.offset}`;
      });
      return fail("replica-differs", told({ kind: "ranges-differ", count: ranges.length }), { ranges });
    }
    const verified = status.disks.map(({ id, path, sizeBytes, pass, sourceTreeHash, replicaTreeHash }) => ({
      id,
      path,
      sizeBytes,
      pass,
      treeHash: sourceTreeHash === replicaTreeHash ? sourceTreeHash : null,
    }));
    const unproven = verified.filter((disk) => disk.treeHash === null);
    if (unproven.length > 0) {
      return fail("replica-differs", told({ kind: "hashes-differ" }), {
        disks: unproven.map((disk) => disk.path),
      });
    }
    return ok({ disks: verified.map((disk) => ({ ...disk, treeHash: disk.treeHash ?? "" })) });
  },
});

/** After a read-back only chunks that differ are still unchecked: here, all that do. */
function hadArrivedUnhashed({ disks, differing }: SyncStatus): boolean {
  const unchecked = disks.reduce((sum, disk) => sum + disk.uncheckedBytes, 0);
  return differing.reduce((sum, range) => sum + range.length, 0) <= unchecked;
}
