import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultEstimateOptions } from "../../../main/compatibility/estimate.ts";
import { targetLimits } from "../../../main/compatibility/target-limits.ts";
import type { AssessTask } from "../../../main/reports/assess-bytes.ts";
import { createAssessPool, type AssessPool } from "../../../main/reports/assess-pool.ts";

/** A process that misbehaves by the task's id. */
const misbehaving = `
process.on("message", (task) => {
  if (task.id === "endless") for (;;);
  if (task.id === "throws") return process.send({ kind: "defect", message: "a defect" });
  if (task.id === "exits") process.exit(1);
  if (task.id === "hungry") for (const all = []; ; ) all.push(new Array(1000).fill({ a: 1 }));
  const failure = { code: "internal", message: "answered" };
  process.send({ kind: "result", result: { assessed: { kind: "failed", id: task.id, input: task.input, failure }, host: null } });
});
process.send({ kind: "ready" });
`;

let folder: string;
let pool: AssessPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sma-pool-"));
  const path = join(folder, "child.mjs");
  await writeFile(path, misbehaving);
  pool = createAssessPool({ size: 2, timeLimitMs: 2_000, memoryMiB: 64, scriptPath: path });
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

async function answer(id: string): Promise<string> {
  const task: AssessTask = {
    id,
    input: `${id}.json`,
    bytes: new Uint8Array(),
    choices: { target: targetLimits.local, estimate: defaultEstimateOptions },
  };
  const { assessed } = await pool.run(task);
  return assessed.kind === "failed" ? assessed.failure.message : "assessed";
}

describe("the pool of processes", () => {
  it("answers every task, also more than it has processes", async () => {
    const answers = await Promise.all(["a", "b", "c", "d", "e"].map(answer));
    expect(answers).toEqual(Array.from({ length: 5 }, () => "answered"));
  });

  it.each([
    ["endless", /endless\.json could not be assessed within 2 s/],
    ["throws", /assessing throws\.json failed: a defect/],
    ["exits", /the process that assessed exits\.json ended \(exit code 1\)/],
    ["hungry", /hungry\.json needs more than 64 MiB of memory/],
  ])("fails a task whose process misbehaves (%s) and goes on with the rest", async (id, why) => {
    const answers = await Promise.all(["before", id, "beside", "after"].map(answer));
    expect(answers[1]).toMatch(why);
    expect([answers[0], answers[2], answers[3]]).toEqual(["answered", "answered", "answered"]);
  });
});
