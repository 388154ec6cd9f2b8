import { z } from "zod";
import { conversionChangeSchema, guestSummarySchema } from "../../../common/domain/conversion.ts";
import { layoutOutcomeSchema, type LayoutOutcome } from "../../../common/domain/layout-outcome.ts";
import { noteSchema } from "../../../common/domain/remark.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { runTask } from "../intermediate-task.ts";
import { excludesFor, movedDevices, type SettledLayout } from "../file-layout.ts";
import { defineStep, type StepContext } from "../step.ts";
import { preflight } from "./preflight.ts";

/** Makes the system in the replica fit for the target, in an overlay: the replica itself is never written. */
export const convert = defineStep({
  name: "convert",
  needs: [preflight],
  output: z.object({
    /** False where the admin switched it off: boot check and images then use the bare replica. */
    enabled: z.boolean(),
    guest: guestSummarySchema.nullable(),
    changes: z.array(conversionChangeSchema),
    notes: z.array(noteSchema),
    seconds: z.number(),
    /** Of file replication: what was brought into the new layout. */
    layout: layoutOutcomeSchema.nullable().default(null),
  }),

  async run(context, { preflight: { firmware, files } }) {
    const { conversion } = context.plan;
    const laidOut = files === null ? ok(null) : await layOut(context, files);
    if (!laidOut.ok) return laidOut;
    const layout = laidOut.value;
    if (!conversion.enabled) {
      context.log("warning", { kind: "conversion-off" });
      if (layout !== null) context.log("warning", { kind: "old-layout-names" });
      return ok({ enabled: false, guest: null, changes: [], notes: [], seconds: 0, layout });
    }
    const moved = files === null ? {} : { moved: movedDevices(files) };
    const result = await runTask(context, { kind: "convert", firmware, conversion, ...moved });
    if (!result.ok) return result;
    const { outcome } = result.value;
    for (const { step, what, said } of outcome.changes)
      context.log("info", { kind: "converted", step, what, said });
    for (const { what, said } of outcome.notes)
      context.log("warning", { kind: "conversion-note", text: what, said });
    return ok({ enabled: true, ...outcome, layout });
  },
});

/** Has the replicas' files brought into the new disks; entries that are not equal there are a failure. */
async function layOut(context: StepContext, files: SettledLayout): Promise<Result<LayoutOutcome>> {
  const { services, plan } = context;
  const lists = await excludesFor(files, plan.files, services.excludesDirectory);
  const excludes = lists.map(({ mountPoint, text }) => ({ mountPoint, text }));
  const { layout, basis } = files;
  const result = await runTask(context, { kind: "layout", layout, volumes: basis.volumes, excludes });
  if (!result.ok) return result;
  const { outcome } = result.value;
  for (const { mountPoint, entries, bytes, excluded } of outcome.volumes) {
    const left = excluded
      .filter((each) => each.bytes > 0)
      .map((each) => `${each.pattern}: ${each.bytes} bytes in ${each.entries} entries`);
    context.log(
      "info",
      { kind: "laid-out", mountPoint, entries, bytes },
      {
        leftOut: left.slice(0, 50),
      },
    );
  }
  const { differing } = outcome;
  if (differing.length === 0) return ok(outcome);
  const [first] = differing;
  return fail(
    "replica-differs",
    told({ kind: "entries-differ", count: differing.length, path: `${first?.path}`, text: `${first?.what}` }),
    { entries: differing.slice(0, 100).map(({ path, what }) => `${path} ${what}`) },
  );
}
