import type { JobRow } from "../../common/api/procedures.ts";
import { useTexts } from "../texts/use-texts.ts";
import { StatusBadge, type Tone } from "./status-badge.tsx";

export type JobStatus = keyof ReturnType<typeof useTexts>["common"]["stateNames"];

/** One word for where a job stands: what its state says, and what the state alone does not say. */
export function statusOf(job: JobRow): JobStatus {
  if (job.state.name !== "running") return job.state.name;
  // Its process is gone; it goes on where it was when it is resumed.
  if (!job.isHeld) return "orphaned";
  return job.state.paused ? "paused" : "running";
}

const tones: Readonly<Record<JobStatus, Tone>> = {
  ready: "neutral",
  waiting: "neutral",
  running: "active",
  paused: "held",
  orphaned: "warn",
  stopped: "held",
  "in-error": "bad",
  finished: "ok",
  expired: "neutral",
  deleting: "neutral",
};

/** True where a job waits for the admin. */
export function needsAttention(job: JobRow): boolean {
  return ["in-error", "orphaned", "stopped"].includes(statusOf(job));
}

export function JobStatusBadge({ job }: { readonly job: JobRow }) {
  const { common } = useTexts();
  const status = statusOf(job);
  return <StatusBadge tone={tones[status]}>{common.stateNames[status]}</StatusBadge>;
}
