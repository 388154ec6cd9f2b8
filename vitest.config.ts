import { defineConfig } from "vitest/config";

const project = (name: string, testTimeout: number, extra: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    ...extra,
  },
});

// These drive real daemons and VMs on a small machine: few files at a time, and of a file's tests those that mostly wait
// side by side (`describe.concurrent`).
export default defineConfig({
  test: {
    maxConcurrency: 4,
    projects: [
      // Their files share workers, which halves what they cost; they leave nothing running that others would notice.
      project("unit", 10_000, { isolate: false }),
      project("contract", 60_000, { isolate: false }),
      // Two, so that it ends with the other long ones and not after them.
      project("integration", 180_000, { maxWorkers: 2 }),
      project("machines", 900_000, { fileParallelism: false }),
      project("platforms", 300_000, { fileParallelism: false }),
      project("e2e", 1_500_000, { fileParallelism: false, include: ["test/e2e/*.test.ts"] }),
      // The journeys over the screens, which mostly wait for a browser: beside the others, not after them.
      project("screens", 1_500_000, {
        fileParallelism: false,
        include: ["test/e2e/{browser,window}/*.test.ts"],
      }),
    ],
  },
});
