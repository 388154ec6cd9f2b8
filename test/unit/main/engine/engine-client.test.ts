import { inEnglish } from "../../../support/in-english.ts";
import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../../../common/api/bridge.ts";
import { failure, type Failure } from "../../../../common/result.ts";
import { EngineClient } from "../../../../main/engine/engine-client.ts";
import type { FromEngine, ToEngine } from "../../../../main/engine/messages.ts";

/** An engine that says what the test has it say. */
class ScriptedEngine {
  readonly heard: ToEngine[] = [];
  say: (message: FromEngine) => void = () => undefined;
  die: () => void = () => undefined;
}

function open() {
  const engines: ScriptedEngine[] = [];
  const failures: Failure[] = [];
  const client = new EngineClient({
    launch() {
      const engine = new ScriptedEngine();
      engines.push(engine);
      return {
        post: (message) => void engine.heard.push(message),
        onMessage: (listener) => void (engine.say = listener),
        onExit: (listener) => void (engine.die = listener),
        kill: () => engine.die(),
      };
    },
    start: () => ({
      type: "start",
      stateDirectory: "/state",
      resourcesDirectory: "/resources",
      intermediateCommand: ["node"],
      vaultKey: null,
      vaultDescription: { protection: "key-file", reason: "no-key-store" },
    }),
    onFailed: (reason) => void failures.push(reason),
  });
  const at = (index: number) => {
    const engine = engines[index];
    if (engine === undefined) throw new Error(`engine ${index} was not launched`);
    return engine;
  };
  return { client, engines, failures, at };
}

const locked = failure("vault-locked", inEnglish("the vault is locked"));

describe("the client of an engine in its own process", () => {
  it("holds calls until the engine is ready, and answers each with its own result", async () => {
    const { client, at } = open();
    const one = client.call("source.list", {});
    const two = client.call("job.list", {});
    expect(at(0).heard.map(({ type }) => type)).toEqual(["start"]);
    at(0).say({ type: "ready" });
    const ids = at(0).heard.flatMap((message) => (message.type === "call" ? [message.id] : []));
    at(0).say({ type: "result", id: ids[1] ?? 0, result: { ok: true, value: "two" } });
    at(0).say({ type: "result", id: ids[0] ?? 0, result: { ok: true, value: "one" } });
    expect(await one.result).toEqual({ ok: true, value: "one" });
    expect(await two.result).toEqual({ ok: true, value: "two" });
  });

  it("answers every call of an engine that cannot start with why: those that waited, and those that come later", async () => {
    const { client, engines, failures, at } = open();
    const before = client.call("source.list", {});
    at(0).say({ type: "failed", failure: locked });
    expect(failures).toEqual([locked]);
    expect(await before.result).toEqual({ ok: false, failure: locked });
    const after = client.call("source.list", {});
    after.cancel();
    expect(await after.result).toEqual({ ok: false, failure: locked });
    at(0).die();
    expect(await client.call("job.list", {}).result).toEqual({ ok: false, failure: locked });
    await client.close();
    expect(engines).toHaveLength(1);
  });

  it("fails what a dead engine had not answered, starts another and follows on from where it was", async () => {
    const { client, engines, at } = open();
    const frames: EventFrame[] = [];
    client.follow({ engine: "", after: 0 }, (frame) => void frames.push(frame));
    at(0).say({ type: "ready" });
    const feed = at(0).heard.find((message) => message.type === "follow")?.feed ?? -1;
    at(0).say({ type: "frame", feed, frame: { type: "hello", engine: "first", seq: 7, resync: true } });
    const event = { type: "room", path: "/state", isShort: true } as never;
    at(0).say({ type: "frame", feed, frame: { type: "events", events: [{ seq: 8, event }] } });
    const lost = client.call("source.list", {});
    at(0).die();
    expect(await lost.result).toMatchObject({ ok: false, failure: { code: "engine-unreachable" } });
    expect(frames.at(-1)).toEqual({ type: "lost" });
    await expect.poll(() => engines.length, { timeout: 9_000 }).toBe(2);
    at(1).say({ type: "ready" });
    expect(at(1).heard).toContainEqual({ type: "follow", feed, engine: "first", after: 8 });
  });

  it("gives up on an engine that ends again and again before it is ready, and says so", async () => {
    const { client, engines, failures, at } = open();
    // One that was ready may be started as often as it dies.
    at(0).say({ type: "ready" });
    at(0).die();
    for (let count = 1; count <= 4; count += 1) {
      await expect.poll(() => engines.length, { timeout: 9_000 }).toBe(count + 1);
      expect(failures).toEqual([]);
      at(count).die();
    }
    expect(failures).toEqual([expect.objectContaining({ code: "internal" })]);
    expect(await client.call("job.list", {}).result).toEqual({ ok: false, failure: failures[0] });
    expect(engines).toHaveLength(5);
  });

  it("answers what was asked while it closes, and whatever is asked once it is closed", async () => {
    const { client, engines, at } = open();
    at(0).say({ type: "ready" });
    const asked = client.call("source.list", {});
    const closed = client.close();
    expect(await client.call("job.list", {}).result).toMatchObject({ ok: false });
    at(0).die();
    await closed;
    expect(await asked.result).toMatchObject({ ok: false, failure: { code: "engine-unreachable" } });
    expect(await client.call("job.list", {}).result).toMatchObject({ ok: false });
    expect(engines).toHaveLength(1);
  });
});
