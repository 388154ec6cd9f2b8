import { z } from "zod";
import { imageFileSchema } from "../../../common/domain/image.ts";
import { ok } from "../../../common/result.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";
import { convert } from "./convert.ts";

/** Makes the images that the admin asked for. */
export const image = defineStep({
  name: "image",
  needs: [convert],
  output: z.object({
    files: z.array(imageFileSchema),
    /** Images of earlier runs that went because only so many are kept. */
    removed: z.array(z.string()).default([]),
  }),

  async run(context, { convert: { enabled: converted } }) {
    const { imageFormats, runs } = context.plan;
    const { number } = context.run;
    const result = await runTask(context, {
      kind: "image",
      formats: imageFormats,
      converted,
      // A job with one run has its images in one folder; those of several must not overwrite each other.
      ...(number > 1 || runs.incremental !== null
        ? { run: number, keepRuns: runs.incremental?.keep ?? null }
        : {}),
    });
    if (!result.ok) return result;
    const { files, removed } = result.value;
    if (removed.length > 0)
      context.log("info", { kind: "old-images-removed", count: removed.length }, { removed });
    return ok({ files, removed });
  },
});
