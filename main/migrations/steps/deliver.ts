import { z } from "zod";
import { deliveredImageSchema } from "../../../common/domain/cloud.ts";
import { noted, told } from "../../../common/domain/report-text/told.ts";
import { fail, ok } from "../../../common/result.ts";
import type { DeliveryOrder } from "../../targets/contract.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep } from "../step.ts";
import { convert } from "./convert.ts";
import { image } from "./image.ts";
import { imageFactsOf, preflight } from "./preflight.ts";

/** Brings the proved images to where the target keeps its results; nothing where they are there already. */
export const deliver = defineStep({
  name: "deliver",
  needs: [preflight, convert, image],
  output: z.object({ delivered: deliveredImageSchema.nullable() }),

  async run(context, inputs) {
    const { plan, services, jobId, run, signal } = context;
    const { delivery } = services.targetFor(plan.target);
    if (delivery === null) return ok({ delivered: null });
    context.planResource("delivery", jobId);
    const send: DeliveryOrder["send"] = async (order, _signal, onProgress) => {
      const report: typeof context.report = ({ done }) => onProgress(done);
      const sent = await runTask(
        { ...context, report },
        { kind: "upload", ...order, parts: [...order.parts] },
      );
      return sent.ok ? ok(sent.value.parts) : sent;
    };
    const delivered = await delivery.deliver({
      target: plan.target,
      jobId,
      run: run.number,
      send,
      signal,
      sourceName: context.source.name,
      keepRuns: plan.runs.incremental?.keep ?? null,
      files: inputs.image.files,
      facts: imageFactsOf(inputs.preflight, inputs.convert.enabled, plan),
      onProgress: (doing, done, total, unit) => context.report({ ...noted(doing), done, total, unit }),
    });
    if (!delivered.ok && signal.aborted) return fail("cancelled", told({ kind: "delivery-stopped" }));
    if (!delivered.ok) return delivered;
    const { imageId, imageName, region } = delivered.value;
    context.log("info", { kind: "image-delivered", id: imageId, name: imageName, region });
    return ok({ delivered: delivered.value });
  },
});
