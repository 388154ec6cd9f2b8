import { z } from "zod";
import { imageFileSchema } from "../../../common/api/intermediate.ts";
import { ok } from "../../../common/result.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";

/** Makes the images that the admin asked for. */
export const image = defineStep({
  name: "image",
  needs: [],
  output: z.object({ files: z.array(imageFileSchema) }),

  async run(context) {
    const result = await runTask(context, { kind: "image", formats: context.plan.imageFormats });
    return result.ok ? ok({ files: result.value.files }) : result;
  },
});
