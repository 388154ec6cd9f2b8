/** A job that waits in one process's queue is told to stop by another, as the command line does it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobState } from "../../../common/domain/job.ts";
import { unwrap } from "../../../common/result.ts";
import { createAssistant, type Assistant } from "../../../main/assistant.ts";

let stateDirectory = "";
let engine: Assistant;
let other: Assistant;

/** Long before the window opens. */
const noon = new Date(2026, 0, 5, 12, 0).getTime();
const transferWindow = { from: "23:58", to: "23:59" };

const open = async (): Promise<Assistant> =>
  unwrap(
    await createAssistant({
      stateDirectory,
      resourcesDirectory: join(stateDirectory, "resources"),
      intermediateCommand: ["false"],
      decideHostKey: () => Promise.resolve(false),
      vault: null,
      vaultPassphrase: null,
      clock: () => noon,
    }),
  );

beforeEach(async () => {
  stateDirectory = mkdtempSync(join(tmpdir(), "sma-queue-"));
  engine = await open();
  other = await open();
});

afterEach(async () => {
  await engine.close();
  await other.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

async function waiting(job: string): Promise<void> {
  while (unwrap(await other.call("job.show", { job })).state.name !== "waiting") await delay(20);
}

it("a job that waits for its window stops, is let be by the queue, and waits again when it is started", async () => {
  const authentication = { user: "root", keyFiles: [], useSshAgent: false, passwordEntry: null };
  const host = {
    host: "192.0.2.1",
    port: 22,
    hostKey: null,
    legacyAlgorithms: false,
    authentication: { ...authentication, keyPassphraseEntry: null },
  };
  const address = { kind: "ssh" as const, jumpHosts: [], host, elevation: { method: "none" as const } };
  const source = unwrap(await engine.call("source.add", { name: "web", tags: [], address }));
  const choices = { runs: { transferWindow } };
  const { id: job } = unwrap(await engine.call("job.create", { source: source.id, choices }));
  const states: JobState["name"][] = [];
  engine.subscribe((event) => event.type === "job-state" && states.push(event.state.name));

  unwrap(await engine.call("job.start", { job }));
  await waiting(job);
  const stopped = unwrap(await other.call("job.stop", { job }));
  expect(stopped.state).toEqual({ name: "stopped", step: "preflight" });
  // At once: the queue may not have noticed yet, and the job must not be lost between the two.
  unwrap(await engine.call("job.start", { job }));
  await waiting(job);

  unwrap(await other.call("job.stop", { job }));
  await engine.backgroundDone();
  expect(unwrap(await other.call("job.show", { job })).state.name).toBe("stopped");
  expect(states).not.toContain("running");
  expect(await other.call("job.stop", { job })).toMatchObject({ ok: false, failure: { code: "job-state" } });
});
