/**
 * The states that failures tell of. Written out: the schemas of jobs and cutovers are built on failures themselves, and
 * the words for each state (report-text/*) do not compile where one is missing.
 */
import { z } from "zod";

export const jobState = z.enum([
  "ready",
  "waiting",
  "running",
  "stopped",
  "in-error",
  "finished",
  "expired",
  "deleting",
]);
export const cutoverState = z.enum([
  "ready",
  "testing",
  "ready-for-cutover",
  "cutover-in-progress",
  "cut-over",
  "finalised",
]);
