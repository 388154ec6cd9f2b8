/** What the steps of a job gave, as far as the screens show it. Outputs of other versions may lack parts: then null. */
import { z } from "zod";
import { bootVerdictSchema } from "../../../common/domain/boot-verdict.ts";
import { deliveredImageSchema } from "../../../common/domain/cloud.ts";
import { conversionChangeSchema } from "../../../common/domain/conversion.ts";
import { noteSchema } from "../../../common/domain/remark.ts";
import { byteRangeSchema } from "../../../common/domain/values.ts";
import { imageFileSchema } from "../../../common/domain/image.ts";
import type { JobView } from "../../../common/api/procedures.ts";

const preparedSchema = z.object({
  disks: z.array(z.object({ id: z.number(), path: z.string(), sizeBytes: z.number() })),
});
const syncedSchema = z.object({
  passes: z.number(),
  settled: z.boolean(),
  readErrors: z.array(byteRangeSchema),
  rawBytes: z.number(),
  wireBytes: z.number(),
  checkedBytes: z.number().nullable().default(null),
  seconds: z.number(),
});
const verifiedSchema = z.object({
  disks: z.array(z.object({ path: z.string(), sizeBytes: z.number(), treeHash: z.string() })),
});
const bootSchema = z.object({ verdict: bootVerdictSchema.nullable() });
const convertedSchema = z.object({
  enabled: z.boolean(),
  changes: z.array(conversionChangeSchema),
  notes: z.array(noteSchema).default([]),
});
const deliveredSchema = z.object({ delivered: deliveredImageSchema.nullable() });
const imagesSchema = z.object({ files: z.array(imageFileSchema) });

export interface JobOutputs {
  readonly prepared: z.infer<typeof preparedSchema> | null;
  readonly synced: z.infer<typeof syncedSchema> | null;
  readonly verified: z.infer<typeof verifiedSchema> | null;
  readonly converted: z.infer<typeof convertedSchema> | null;
  readonly boot: z.infer<typeof bootSchema> | null;
  readonly delivered: z.infer<typeof deliveredSchema> | null;
  readonly images: z.infer<typeof imagesSchema> | null;
}

export function outputsOf(job: JobView): JobOutputs {
  const read = <T extends z.ZodType>(step: string, schema: T): z.output<T> | null => {
    const parsed = schema.safeParse(job.outputs[step]);
    return parsed.success ? parsed.data : null;
  };
  return {
    prepared: read("preflight", preparedSchema),
    synced: read("sync", syncedSchema),
    verified: read("verify", verifiedSchema),
    converted: read("convert", convertedSchema),
    boot: read("boot-check", bootSchema),
    delivered: read("deliver", deliveredSchema),
    images: read("image", imagesSchema),
  };
}
