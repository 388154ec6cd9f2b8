/** A drill that a page asks for goes on when the page goes, and what ended with the engine can be held again. */
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AssistantEvent } from "../../../common/api/procedures.ts";
import { instanceSpecSchema } from "../../../common/domain/instance.ts";
import { unwrap } from "../../../common/result.ts";
import { createAssistant, type Assistant } from "../../../main/assistant.ts";
import { BrowserSessions } from "../../../main/serve/browser-sessions.ts";
import { startServer, type RunningServer } from "../../../main/serve/server.ts";
import { makeBootDisk } from "../../support/cutover/boot-sector.ts";
import { jobId, openCutover, prepareJob } from "../../support/cutover/prepared-job.ts";

let folder = "";
let stateDirectory = "";
let assistant: Assistant;
let server: RunningServer | null = null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sma-serve-cutover-"));
  stateDirectory = join(folder, "state");
  makeBootDisk(join(folder, "new.raw"), "newsystem");
  prepareJob(stateDirectory, [join(folder, "new.raw")]);
  const { target, close } = openCutover(stateDirectory);
  const spec = { name: "target", memoryMiB: 32, accelerator: "tcg", network: "none" };
  unwrap(await target.provision(instanceSpecSchema.parse(spec), [], new AbortController().signal));
  close();
  assistant = await open();
});

afterEach(async () => {
  await server?.close();
  server = null;
  await assistant.close();
  const { target, close } = openCutover(stateDirectory);
  for (const { spec } of unwrap(await target.list())) await target.remove(spec.name);
  close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (): Promise<Assistant> =>
  unwrap(
    await createAssistant({
      stateDirectory,
      resourcesDirectory: join(folder, "resources"),
      intermediateCommand: ["false"],
      decideHostKey: () => Promise.resolve(false),
      vault: null,
      vaultPassphrase: null,
      clock: Date.now,
    }),
  );

type StateEvent = Extract<AssistantEvent, { type: "cutover-state" }>;

/** Resolves, at the very moment that it is told, with the first event that is wanted. */
const told = (isWanted: (event: StateEvent) => boolean): Promise<StateEvent> =>
  new Promise((resolve) => {
    const unsubscribe = assistant.subscribe((event) => {
      if (event.type !== "cutover-state" || !isWanted(event)) return;
      unsubscribe();
      resolve(event);
    });
  });

const drill = { act: "drill", job: jobId, instance: "target" } as const;

it("a drill goes on to its end when the connection that asked for it is lost before the answer", async () => {
  server = unwrap(
    await startServer({
      assistant,
      screensDirectory: folder,
      sessions: await BrowserSessions.open(null, Date.now),
      address: "127.0.0.1",
      port: 0,
      names: [],
      tls: null,
      password: null,
      clock: Date.now,
    }),
  );
  const entered = await fetch(server.newLink());
  const cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const headers = { cookie, origin: server.origin, "content-type": "application/json" };
  const waiting = await fetch(`${server.origin}/api/cutover.drill`, { method: "POST", headers, body: "{}" });
  expect(waiting.status).toBe(404);

  const asked = request(`${server.origin}/api/cutover.begin`, { method: "POST", headers });
  let isAnswered = false;
  asked.on("response", () => (isAnswered = true));
  const lost = new Promise((resolve) => asked.once("close", resolve));
  asked.on("error", () => undefined);
  const unsubscribe = assistant.subscribe((event) => {
    if (event.type === "cutover-state") asked.destroy();
  });
  const over = told(({ isHeld }) => !isHeld);
  asked.end(JSON.stringify(drill));
  await lost;
  expect(isAnswered).toBe(false);
  expect((await over).state).toMatchObject({
    name: "ready-for-cutover",
    drill: { evidence: expect.stringContaining("newsystem login:") as string },
  });
  unsubscribe();
});

it("answers at once, refuses at once, and a drill that ended with the engine is held again", async () => {
  const elsewhere = await assistant.call("cutover.begin", { ...drill, instance: "nowhere" });
  expect(elsewhere).toMatchObject({ ok: false, failure: { code: "not-found" } });
  const given = await assistant.call("cutover.begin", { act: "finalise", job: jobId });
  expect(given).toMatchObject({ ok: false, failure: { code: "confirmation-missing" } });

  const watched = told(({ state }) => state.name === "testing" && state.step === "watch");
  const begun = unwrap(await assistant.call("cutover.begin", drill));
  expect(begun).toMatchObject({ isHeld: true, state: { name: "testing", instance: "target-drill" } });
  const twice = await assistant.call("cutover.begin", drill);
  expect(twice).toMatchObject({ ok: false, failure: { code: "job-held-elsewhere" } });
  await watched;
  await assistant.close();

  assistant = await open();
  const found = unwrap(await assistant.call("cutover.show", { job: jobId }));
  expect(found).toMatchObject({ isHeld: false, lastFailure: null, state: { name: "testing" } });
  const over = told(({ isHeld }) => !isHeld);
  unwrap(await assistant.call("cutover.begin", drill));
  expect((await over).state).toMatchObject({ name: "ready-for-cutover" });
});
