import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { bootVerdictSchema } from "../common/domain/boot-verdict.ts";
import type { insightProcedures } from "../common/api/insight-procedures.ts";
import { intermediateOf } from "../common/domain/plan.ts";
import { fail, ok, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import type { MigrationServices } from "./migrations/services.ts";
import { stepTimesOf } from "./step-times.ts";
import type { JobStore } from "./store/job-store.ts";

type InsightHandlers = {
  readonly [N in keyof typeof insightProcedures]: (
    input: z.output<(typeof insightProcedures)[N]["input"]>,
    signal: AbortSignal,
  ) => Promise<Result<z.output<(typeof insightProcedures)[N]["output"]>>>;
};

const bootOutputSchema = z.object({ verdict: bootVerdictSchema.nullable() });
/** A picture of a screen is far smaller. */
const largestPicture = 8 * 1024 * 1024;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

export function createInsightProcedures(jobs: JobStore, services: MigrationServices): InsightHandlers {
  return {
    "job.times": (input) => {
      const job = jobs.find(input.job);
      return Promise.resolve(job.ok ? ok(stepTimesOf(jobs.records.journal(job.value.id))) : job);
    },

    "job.block-map": async (input, signal) => {
      const job = jobs.find(input.job);
      if (!job.ok) return job;
      const { id, plan, run } = job.value;
      const isProvisioned = jobs.records
        .journal(id)
        .some((entry) => entry.run === run.number && entry.step === "provision" && entry.kind === "done");
      // Looking must not start an intermediate that nothing else wants.
      if (!jobs.leases.isHeld(id) || !isProvisioned)
        return fail("job-state", told({ kind: "no-intermediate-now" }), { job: id });
      const access = await services.targetFor(plan.target).ensureIntermediate(plan.target, signal);
      return access.ok ? access.value.client.blockMap(id, input.disk, input.cells) : access;
    },

    "job.boot-screen": async (input) => {
      const job = jobs.find(input.job);
      if (!job.ok) return job;
      const done = jobs.records
        .journal(job.value.id)
        .findLast((entry) => entry.step === "boot-check" && entry.kind === "done");
      const output = bootOutputSchema.safeParse(done?.data);
      // On another machine it stays there, beside the images.
      const isHere = intermediateOf(job.value.plan.target).kind === "local";
      const path = isHere ? (output.data?.verdict?.screenshotPath ?? null) : null;
      const picture = path === null ? null : await readPicture(path);
      return ok(
        picture === null
          ? null
          : { mediaType: "image/png", encoding: "base64", content: picture.toString("base64") },
      );
    },
  };
}

/** Null for whatever is not, or no longer, a picture of a reasonable size. */
async function readPicture(path: string): Promise<Buffer | null> {
  try {
    const { size } = await stat(path);
    if (size > largestPicture) return null;
    const content = await readFile(path);
    return content.subarray(0, pngSignature.length).equals(pngSignature) ? content : null;
  } catch {
    return null;
  }
}
