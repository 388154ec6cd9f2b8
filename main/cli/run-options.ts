/** Options that say how a job's runs follow each other, and when disk data may travel. */
import type { z } from "zod";
import {
  consistencyModes,
  consistencyModeSchema,
  transferWindowSchema,
  type runPlanSchema,
  type TransferWindow,
} from "../../common/domain/run.ts";
import { number, text, texts, UsageError, type CommandOption, type OptionValues } from "./command.ts";

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
  window: {
    type: "string",
    value: "FROM-TO",
    description: "disk data travels only then, local time, e.g. 22:00-06:00 (default: any time)",
  },
  "expire-after": {
    type: "string",
    value: "DAYS",
    description: "give the job up when nobody runs or resumes it for so long, 1 to 365 (default: 30)",
  },
  consistency: {
    type: "string",
    value: "MODE",
    choices: consistencyModes,
    description:
      "where the source keeps changing, auto reads a last pass from LVM snapshots where there is room for them, else freezes filesystems where a pass is short; lvm-snapshot, freeze: always so; none: never (default: auto)",
  },
  "hook-before": {
    type: "string",
    multiple: true,
    value: "COMMAND",
    description:
      "run on the source, as root, before the last pass, e.g. to quiesce a database; several run in order",
  },
  "hook-after": {
    type: "string",
    multiple: true,
    value: "COMMAND",
    description: "run after it, whatever happens in between, also when the assistant or the network dies",
  },
  "hook-timeout": {
    type: "string",
    value: "SECONDS",
    description: "how long a hook may take, 1 to 3600 (default: 60)",
  },
} as const satisfies Record<string, CommandOption>;

/** `22:00-06:00`; `any` is no window at all. */
export function transferWindow(options: OptionValues): TransferWindow | null | undefined {
  const given = text(options, "window");
  if (given === undefined) return undefined;
  if (given === "any") return null;
  const [from, to, ...more] = given.split("-");
  const window = transferWindowSchema.safeParse({ from, to });
  if (!window.success || more.length > 0)
    throw new UsageError(`--window wants two times such as 22:00-06:00, or "any", not "${given}"`);
  return window.data;
}

export function runPlanFrom(options: OptionValues): z.input<typeof runPlanSchema> {
  const intervalHours = number(options, "every", 1, 168);
  const keep = number(options, "keep", 1, 99);
  const expireAfterDays = number(options, "expire-after", 1, 365);
  if (intervalHours === undefined && keep !== undefined) throw new UsageError("--keep wants --every");
  const given = text(options, "consistency") ?? "auto";
  const consistency = consistencyModeSchema.safeParse(given);
  if (!consistency.success)
    throw new UsageError(`--consistency is one of ${consistencyModes.join(", ")}, not "${given}"`);
  const timeoutSeconds = number(options, "hook-timeout", 1, 3600) ?? 60;
  const hooks = (name: string) => texts(options, name).map((command) => ({ command, timeoutSeconds }));
  return {
    consistency: consistency.data,
    hooks: { before: hooks("hook-before"), after: hooks("hook-after") },
    incremental: intervalHours === undefined ? null : { intervalHours, keep: keep ?? 2 },
    transferWindow: transferWindow(options) ?? null,
    ...(expireAfterDays === undefined ? {} : { expireAfterDays }),
  };
}
