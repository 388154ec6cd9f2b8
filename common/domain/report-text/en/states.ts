import type { CutoverState } from "../../cutover.ts";
import type { JobState } from "../../job.ts";
import type { taskKinds } from "../../../api/intermediate-tasks.ts";

/** A job's states, as they stand within a sentence. */
export const jobStates: Readonly<Record<JobState["name"], string>> = {
  ready: "ready",
  waiting: "waiting",
  running: "running",
  stopped: "stopped",
  "in-error": "in error",
  finished: "finished",
  expired: "expired",
  deleting: "being removed",
};

export const cutoverStates: Readonly<Record<CutoverState["name"], string>> = {
  ready: "not begun",
  testing: "in its drill",
  "ready-for-cutover": "ready",
  "cutover-in-progress": "under way",
  "cut-over": "done",
  finalised: "finalised",
};

/** What an intermediate does for a job beside the copy. */
export const taskNames: Readonly<Record<(typeof taskKinds)[number], string>> = {
  verify: "verification",
  layout: "new layout",
  convert: "conversion",
  image: "image",
  "boot-check": "boot check",
  seal: "seal",
  restore: "restore",
  upload: "upload",
};
