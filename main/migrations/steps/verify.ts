import { z } from "zod";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok } from "../../../common/result.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";
import { superviseSync } from "../sync-supervisor.ts";
import { preflight } from "./preflight.ts";
import { push } from "./push.ts";

/** Proves every byte: the agent's tree hash of the source against that of the replica, read back from its disk. */
export const verify = defineStep({
  name: "verify",
  needs: [preflight, push],
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

  async run(context, { preflight: { disks }, push: { hosts } }) {
    const access = await context.connections.intermediate(context.signal);
    if (!access.ok) return access;
    const before = await access.value.client.job(context.jobId);
    if (!before.ok) return before;
    if (before.value.differing.length > 0) {
      context.log("warning", { kind: "copying-differing" });
      const repaired = await superviseSync(context, disks, hosts, { mode: "resume", repairDiffering: true });
      if (!repaired.ok) return repaired;
    }

    const result = await runTask(context, { kind: "verify" });
    if (!result.ok) return result;
    const status = await access.value.client.job(context.jobId);
    if (!status.ok) return status;
    if (!result.value.equal) {
      const ranges = result.value.differing.map((range) => {
        const path = disks.find((disk) => disk.id === range.diskId)?.path ?? `disk ${range.diskId}`;
        return `${path}: ${range.length} bytes at offset ${range.offset}`;
      });
      return fail("replica-differs", told({ kind: "ranges-differ", count: ranges.length }), { ranges });
    }
    const verified = status.value.disks.map(
      ({ id, path, sizeBytes, pass, sourceTreeHash, replicaTreeHash }) => ({
        id,
        path,
        sizeBytes,
        pass,
        treeHash: sourceTreeHash === replicaTreeHash ? sourceTreeHash : null,
      }),
    );
    const unproven = verified.filter((disk) => disk.treeHash === null);
    if (unproven.length > 0) {
      return fail("replica-differs", told({ kind: "hashes-differ" }), {
        disks: unproven.map((disk) => disk.path),
      });
    }
    return ok({ disks: verified.map((disk) => ({ ...disk, treeHash: disk.treeHash ?? "" })) });
  },
});
