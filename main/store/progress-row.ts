import { jobProgressSchema, type JobProgress } from "../../common/domain/progress.ts";

/** Only shown, and soon replaced: progress that an older or newer assistant wrote must not keep the job from its owner. */
export function progressFromRow(progress: unknown): JobProgress | null {
  return typeof progress === "string"
    ? (jobProgressSchema.safeParse(JSON.parse(progress)).data ?? null)
    : null;
}
