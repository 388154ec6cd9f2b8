import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ok } from "../../../../common/result.ts";
import { holdingJob } from "../../../../main/cutover/hold-job.ts";
import type { JobStore } from "../../../../main/store/job-store.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const full = (): never => {
  throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
};

it("a disk that is full ends neither the process nor the cutover that holds the job", async () => {
  const leases = { acquire: () => ok(), renew: full, takeRequests: full, release: full };
  const jobs = { leases } as unknown as JobStore;
  const done = holdingJob(jobs, "job00001", new AbortController().signal, async (signal) => {
    await vi.advanceTimersByTimeAsync(60_000);
    return ok(signal.aborted);
  });
  expect(await done).toEqual(ok(false));
});

it("a hold that is lost ends what goes on under it", async () => {
  const leases = {
    acquire: () => ok(),
    renew: () => false,
    takeRequests: () => [],
    release: () => undefined,
  };
  const jobs = { leases } as unknown as JobStore;
  const done = holdingJob(jobs, "job00001", new AbortController().signal, async (signal) => {
    await vi.advanceTimersByTimeAsync(60_000);
    return ok(signal.aborted);
  });
  expect(await done).toEqual(ok(true));
});
