/** Options that say how a job's runs follow each other. */
import type { z } from "zod";
import type { runPlanSchema } from "../../common/domain/run.ts";
import { number, UsageError, type CommandOption, type OptionValues } from "./command.ts";

export const runOptions = {
  every: {
    type: "string",
    value: "HOURS",
    description: "sync again every so many hours, 1 to 168, until `sma job sync --final` (default: once)",
  },
  keep: {
    type: "string",
    value: "N",
    description: "with --every: keep the images of the N newest runs, 1 to 99 (default: 2)",
  },
} as const satisfies Record<string, CommandOption>;

export function runPlanFrom(options: OptionValues): z.input<typeof runPlanSchema> {
  const intervalHours = number(options, "every", 1, 168);
  const keep = number(options, "keep", 1, 99);
  if (intervalHours === undefined && keep !== undefined) throw new UsageError("--keep wants --every");
  return { incremental: intervalHours === undefined ? null : { intervalHours, keep: keep ?? 2 } };
}
