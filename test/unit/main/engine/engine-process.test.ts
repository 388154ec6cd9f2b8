import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ToEngine } from "../../../../main/engine/messages.ts";
import { projectDirectory } from "../../../support/run-sma.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sma-engine-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The first that a real engine over this state folder says. */
async function firstWordsOver(stateDirectory: string): Promise<unknown> {
  const engine = fork(join(projectDirectory, "main", "engine", "engine-process.ts"), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const start: ToEngine = {
    type: "start",
    stateDirectory,
    resourcesDirectory: join(projectDirectory, "resources"),
    intermediateCommand: ["/bin/false"],
    vaultKey: null,
    vaultDescription: { protection: "key-file", reason: "no-key-store" },
  };
  const ended = once(engine, "exit");
  const said = Promise.race([once(engine, "message"), ended.then(() => ["it ended"])]);
  engine.send(start);
  const [first] = (await said) as [unknown];
  if (engine.connected) engine.disconnect();
  await ended;
  return first;
}

it("an engine that opens its state is ready", async () => {
  expect(await firstWordsOver(folder)).toEqual({ type: "ready" });
});

it("an engine that cannot open its state says so", async () => {
  const state = join(folder, "state");
  writeFileSync(state, "");
  expect(await firstWordsOver(state)).toMatchObject({ type: "failed", failure: { code: "state-damaged" } });
});

it("an engine that stumbles over a defect while it starts says that it cannot start", async () => {
  const path = join(folder, "state.sqlite");
  await firstWordsOver(folder);
  const database = new DatabaseSync(path);
  database.exec("DROP TABLE setting");
  database.close();
  expect(await firstWordsOver(folder)).toMatchObject({
    type: "failed",
    failure: { code: "internal", message: expect.stringContaining("no such table") },
  });
});
