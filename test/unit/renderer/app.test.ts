import { inEnglish } from "../../support/in-english.ts";
import { describe, expect, it, vi } from "vitest";
import type { Bridge, BridgeMessage } from "../../../common/api/bridge.ts";
import type { ProcedureName } from "../../../common/api/procedures.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { createApp } from "../../../renderer/store/app.ts";
import { emptyDraft } from "../../../renderer/store/wizard-draft.ts";

/** The border to the engine, answering by name: what is tested is what the store makes of answers and events. */
function setUp(
  answers: Partial<Record<ProcedureName, (input: unknown) => Result<unknown>>>,
  isPlaced = false,
) {
  const calls: { readonly name: string; readonly input: unknown }[] = [];
  let tell: (message: BridgeMessage) => void = () => undefined;
  const kept = new Map<string, string>();
  const bridge = {
    host: "serve",
    isPlaced,
    call: (name: ProcedureName, input: unknown) => {
      calls.push({ name, input });
      return Promise.resolve(answers[name]?.(input) ?? fail("not-found", inEnglish(`no answer to ${name}`)));
    },
    subscribe: (listener: (message: BridgeMessage) => void) => {
      tell = listener;
      return () => undefined;
    },
  } as unknown as Bridge;
  const memory = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string): void => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const create = () =>
    createApp({
      bridge,
      schedule: (act) => act(),
      memory,
      route: { screen: "start" },
      systemLanguages: ["fr-FR", "ja-JP"],
      go: () => undefined,
      notifier: null,
    });
  const app = create();
  app.start();
  return { app, create, calls, memory, tell: (message: BridgeMessage) => tell(message) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the store", () => {
  it("reads everything when the engine is there, and again when events were missed", async () => {
    const { app, calls, tell } = setUp({ "source.list": () => ok([]), "job.rows": () => ok([]) });
    tell({ type: "connection", state: "open" });
    await settled();
    expect(app.store.getState().isLoaded).toBe(true);
    const reads = () => calls.filter(({ name }) => name === "job.rows").length;
    expect(reads()).toBe(1);
    tell({ type: "connection", state: "lost" });
    tell({ type: "connection", state: "open" });
    await settled();
    expect(reads()).toBe(1);
    tell({ type: "resync" });
    await settled();
    expect(reads()).toBe(2);
  });

  it("reads at once where it came with its place in the events, and again only where that failed", async () => {
    let isThere = true;
    const answers = {
      "source.list": () => ok([]),
      "job.rows": () => (isThere ? ok([]) : fail("engine-unreachable", inEnglish("gone"))),
    };
    for (const expected of [1, 2]) {
      const { app, calls, tell } = setUp(answers, true);
      await settled();
      expect(app.store.getState().isLoaded).toBe(isThere);
      isThere = true;
      tell({ type: "connection", state: "open" });
      await settled();
      expect(app.store.getState().isLoaded).toBe(true);
      expect(calls.filter(({ name }) => name === "job.rows")).toHaveLength(expected);
      isThere = false;
    }
  });

  it("keeps the whole of a job only while it is looked at, and of a few that were", async () => {
    const view = {
      id: "a",
      state: { name: "ready" },
      progress: null,
      plan: {},
      run: {},
      outputs: { sync: 1 },
    };
    const { app } = setUp({ "job.show": (input) => ok({ ...view, id: (input as { job: string }).job }) });
    app.actions.takeJob({ ...view, id: "z" } as never);
    expect(app.store.getState().jobs.get("z")).not.toHaveProperty("outputs");
    for (const id of "abcdefghij") {
      const leave = app.actions.watchJob(id);
      await settled();
      expect(app.store.getState().jobDetails.get(id)).toHaveProperty("outputs");
      leave();
    }
    expect([...app.store.getState().jobDetails.keys()].join("")).toBe("cdefghij");
  });

  it("keeps what was shown while the engine does not answer", async () => {
    let isThere = true;
    const source = { id: "0123456789abcdef", name: "db1" };
    const { app, tell } = setUp({
      "source.list": () => (isThere ? ok([source]) : fail("connection-lost", inEnglish("gone"))),
      "job.rows": () => ok([]),
    });
    tell({ type: "connection", state: "open" });
    await settled();
    isThere = false;
    tell({ type: "resync" });
    await settled();
    expect([...app.store.getState().sources.keys()]).toEqual([source.id]);
  });

  it("speaks the first of the person's languages that it knows", () => {
    expect(setUp({}).app.store.getState().preferences).toEqual({ language: "ja", theme: "system" });
  });

  it("has the wizard's draft again after a reload", () => {
    const { app, create } = setUp({});
    app.actions.setDraft({ directory: "/srv/images", step: "target" });
    const { draft } = create().store.getState();
    expect(draft.directory).toBe("/srv/images");
    expect(draft.step).toBe("target");
  });

  it("keeps a draft with the engine that is too large for the browser", async () => {
    const { app, calls, memory } = setUp({ "wizard.draft.set": () => ok(null) });
    app.actions.setDraft({ directory: "/small" });
    memory.setItem = () => {
      throw new DOMException("exceeded", "QuotaExceededError");
    };
    app.actions.setDraft({ directory: "/large" });
    expect(app.store.getState().draft.directory).toBe("/large");
    await vi.waitFor(() => expect(calls.map(({ name }) => name)).toContain("wizard.draft.set"), 10_000);
    expect(calls.at(-1)?.input).toMatchObject({ draft: { directory: "/large" } });
  });

  it("gives the engine what was entered while it was away, and does not take the older draft from it", async () => {
    let isThere = false;
    let stored: unknown = { ...emptyDraft, directory: "/srv/old" };
    const { app, tell } = setUp({
      "source.list": () => ok([]),
      "job.rows": () => ok([]),
      "wizard.draft.get": () => ok(stored),
      "wizard.draft.set": (input) => {
        if (!isThere) return fail("engine-unreachable", inEnglish("gone"));
        stored = (input as { draft: unknown }).draft;
        return ok({});
      },
    });
    app.actions.setDraft({ directory: "/srv/new" });
    isThere = true;
    tell({ type: "connection", state: "open" });
    tell({ type: "resync" });
    await settled();
    expect(app.store.getState().draft.directory).toBe("/srv/new");
    expect(stored).toMatchObject({ directory: "/srv/new" });
    stored = { directory: "/srv/other-window" };
    tell({ type: "resync" });
    await settled();
    expect(app.store.getState().draft).toEqual({ ...emptyDraft, directory: "/srv/other-window" });
  });

  it("shows a failure with its remedy, and is no longer busy", async () => {
    const { app } = setUp({ "job.pause": () => fail("job-state", inEnglish("only a sync can be paused")) });
    await app.actions.askJob("job.pause", "a");
    const { notices, busy } = app.store.getState();
    expect(notices.map(({ tone, failure }) => [tone, failure?.code])).toEqual([["failed", "job-state"]]);
    expect(busy.size).toBe(0);
  });

  it("reads a job once more where it changed while it was read", async () => {
    let reads = 0;
    const { tell } = setUp({
      "job.show": () => {
        reads += 1;
        return ok({ id: "a", state: { name: "finished" } });
      },
    });
    const event = { type: "job-state", job: "a", state: { name: "finished" } } as const;
    for (let seq = 1; seq <= 5; seq++) tell({ type: "event", seq, event });
    await settled();
    expect(reads).toBe(2);
  });

  it("shows a job's whole log, though events told of its end before it was looked at, and what was missed later", async () => {
    const line = (seq: number) => ({ seq, message: `line ${seq}` });
    let written = [line(1), line(2)];
    const { app, tell } = setUp({
      "job.logs": (input) => ok(written.filter(({ seq }) => seq > (input as { afterSeq: number }).afterSeq)),
    });
    const told = (seq: number) => {
      written = [...written, line(seq)];
      tell({ type: "event", seq, event: { type: "job-log", job: "a", entry: line(seq) } as never });
    };
    const shown = () =>
      app.store
        .getState()
        .logs.get("a")
        ?.map(({ seq }) => seq);
    told(3);
    expect(shown()).toBeUndefined();
    const reading = app.actions.readLog("a");
    told(4);
    await reading;
    expect(shown()).toEqual([1, 2, 3, 4]);
    // The connection broke: 5 and 6 went by, 7 came before they were asked for.
    written = [...written, line(5), line(6)];
    told(7);
    await app.actions.readLog("a");
    expect(shown()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("follows a cutover that somebody else began, until nobody works on it any more", async () => {
    let isHeld = true;
    const { app, tell } = setUp({ "cutover.show": () => ok({ job: "a", state: { name: "ready" }, isHeld }) });
    const event = { type: "cutover-state", job: "a", state: { name: "ready" } } as const;
    tell({ type: "event", seq: 1, event: { ...event, isHeld } });
    const note = { type: "cutover-note", job: "a", note: "starting", said: null, done: 0, total: 0 } as const;
    tell({ type: "event", seq: 2, event: note });
    await settled();
    expect(app.store.getState().cutovers.get("a")?.isHeld).toBe(true);
    expect(app.store.getState().cutoverNotes.get("a")?.note).toBe("starting");
    isHeld = false;
    tell({ type: "event", seq: 3, event: { ...event, isHeld } });
    await settled();
    expect(app.store.getState().cutovers.get("a")?.isHeld).toBe(false);
    expect(app.store.getState().cutoverNotes.size).toBe(0);
  });
});
