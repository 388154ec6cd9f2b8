import { inEnglish } from "../../../../support/in-english.ts";
import { describe, expect, it } from "vitest";
import { fail, ok, type Result } from "../../../../../common/result.ts";
import { ChannelPool, type PooledChannel } from "../../../../../main/remote/winrm/transport/channel-pool.ts";

/** A channel whose answers the test gives. */
class Line implements PooledChannel {
  usable = true;
  readonly asked: ((answer: Result<string>) => void)[] = [];
  close(): void {
    this.usable = false;
    for (const answer of this.asked.splice(0)) answer(fail("connection-lost", inEnglish("closed")));
  }
  exchange(): Promise<Result<string>> {
    return new Promise((resolve) => this.asked.push(resolve));
  }
}

function pool(maxChannels: number) {
  const lines: Line[] = [];
  let nowMs = 0;
  const channels = new ChannelPool({
    open: async () => {
      const line = new Line();
      lines.push(line);
      return ok(line);
    },
    maxChannels,
    maxIdleMs: 1000,
    monotonicMs: () => nowMs,
  });
  const limits = { timeoutMs: 1000, maxAnswerBytes: 1000, signal: new AbortController().signal };
  return { channels, lines, limits, wait: (ms: number) => void (nowMs += ms) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const answer = (line: Line | undefined, text: string) => line?.asked.shift()?.(ok(text));

describe("the connections of a session", () => {
  it("carry one exchange at a time, and no more than allowed at once", async () => {
    const { channels, lines, limits } = pool(2);
    const answers = ["a", "b", "c"].map((envelope) => channels.exchange(envelope, limits));
    await settle();
    expect(lines.map((line) => line.asked.length)).toEqual([1, 1]);
    answer(lines[0], "first");
    await settle();
    expect(lines.map((line) => line.asked.length)).toEqual([1, 1]);
    answer(lines[0], "third");
    answer(lines[1], "second");
    expect(await Promise.all(answers)).toEqual([ok("first"), ok("second"), ok("third")]);
  });

  it("let the next one in when one that waited was cancelled", async () => {
    const { channels, lines, limits } = pool(1);
    const first = channels.exchange("a", limits);
    const cancelled = new AbortController();
    const second = channels.exchange("b", { ...limits, signal: cancelled.signal });
    const third = channels.exchange("c", limits);
    await settle();
    cancelled.abort();
    expect(await second).toMatchObject({ ok: false, failure: { code: "cancelled" } });
    answer(lines[0], "first");
    await first;
    await settle();
    answer(lines[0], "third");
    expect(await third).toEqual(ok("third"));
  });

  it("end what is under way and what waits when they are closed", async () => {
    const { channels, limits } = pool(1);
    const underWay = channels.exchange("a", limits);
    const waiting = channels.exchange("b", limits);
    await settle();
    channels.close();
    expect(await underWay).toMatchObject({ ok: false, failure: { code: "connection-lost" } });
    expect(await waiting).toMatchObject({ ok: false, failure: { code: "connection-lost" } });
    expect(await channels.exchange("c", limits)).toMatchObject({
      ok: false,
      failure: { code: "connection-lost" },
    });
  });

  it("repeat what a server refused on an old login once, and on a new one not at all", async () => {
    const { channels, lines, limits } = pool(1);
    const refuse = (line: Line | undefined) => {
      const refused = line?.asked.shift();
      if (line !== undefined) line.usable = false;
      refused?.(fail("authentication-failed", inEnglish("refused")));
    };
    const first = channels.exchange("a", limits);
    await settle();
    answer(lines[0], "fine");
    await first;
    const second = channels.exchange("b", limits);
    await settle();
    refuse(lines[0]);
    await settle();
    expect(lines.length).toBe(2);
    refuse(lines[1]);
    expect(await second).toMatchObject({ ok: false, failure: { code: "authentication-failed" } });
    expect(lines.length).toBe(2);
  });

  it("are left when they were idle for too long", async () => {
    const { channels, lines, limits, wait } = pool(1);
    for (const pauseMs of [0, 900, 1001]) {
      wait(pauseMs);
      const exchanged = channels.exchange("x", limits);
      await settle();
      answer(lines.at(-1), "fine");
      await exchanged;
    }
    expect(lines.length).toBe(2);
    expect(lines[0]?.usable).toBe(false);
  });
});
