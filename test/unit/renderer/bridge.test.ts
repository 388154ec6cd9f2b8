import { afterEach, describe, expect, it, vi } from "vitest";
import type { BridgeMessage, EventFrame } from "../../../common/api/bridge.ts";
import { createBridge } from "../../../renderer/bridge.ts";

/** The border to the server: connections that the test opens, feeds and breaks. */
class FakeSocket extends EventTarget {
  static readonly all: FakeSocket[] = [];
  readonly url: URL;
  constructor(url: URL) {
    super();
    this.url = url;
    FakeSocket.all.push(this);
  }
  close(): void {
    this.dispatchEvent(new Event("close"));
  }
  tell(frame: EventFrame): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
}

/** A page of the server's, with what it tells of the engine's events. */
function standOn(place: string | null): void {
  FakeSocket.all.length = 0;
  const document = { querySelector: () => (place === null ? null : { content: place }) };
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("window", { location: new URL("http://127.0.0.1:8700/"), document });
}

describe("the bridge of a browser", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("asks only for what came after it, though nothing came before the connection broke", () => {
    vi.useFakeTimers();
    standOn(null);
    const messages: BridgeMessage[] = [];
    createBridge().subscribe((message) => messages.push(message));
    FakeSocket.all[0]?.tell({ type: "hello", engine: "e1", seq: 40, resync: true });
    FakeSocket.all[0]?.close();
    vi.advanceTimersByTime(10_000);
    expect(FakeSocket.all[1]?.url.search).toBe("?engine=e1&after=40");
    FakeSocket.all[1]?.tell({ type: "hello", engine: "e1", seq: 41, resync: false });
    const event = { type: "sources-changed" } as const;
    FakeSocket.all[1]?.tell({
      type: "events",
      events: [
        { seq: 40, event },
        { seq: 41, event },
      ],
    });
    expect(messages.filter(({ type }) => type === "event")).toEqual([{ type: "event", seq: 41, event }]);
  });

  it("follows from the place that its page came with, and says where that is no longer known", () => {
    standOn("e1 40");
    const bridge = createBridge();
    const messages: BridgeMessage[] = [];
    bridge.subscribe((message) => messages.push(message));
    expect(bridge.isPlaced).toBe(true);
    expect(FakeSocket.all[0]?.url.search).toBe("?engine=e1&after=40");
    FakeSocket.all[0]?.tell({ type: "hello", engine: "e1", seq: 41, resync: false });
    expect(messages).toEqual([{ type: "connection", state: "open" }]);
    FakeSocket.all[0]?.tell({ type: "hello", engine: "e2", seq: 3, resync: true });
    expect(messages.at(-1)).toEqual({ type: "resync" });
  });

  it("says at once that a silent connection is lost and opens another, whatever becomes of the old one", () => {
    vi.useFakeTimers();
    standOn(null);
    const messages: BridgeMessage[] = [];
    createBridge().subscribe((message) => messages.push(message));
    const [silent] = FakeSocket.all;
    if (silent === undefined) throw new Error("there is no connection");
    silent.tell({ type: "hello", engine: "e1", seq: 40, resync: false });
    // As a browser does while the other end sleeps: the close is not over before that agrees to it.
    silent.close = () => undefined;
    vi.advanceTimersByTime(25_000);
    expect(messages.at(-1)).toEqual({ type: "connection", state: "lost" });
    vi.advanceTimersByTime(250);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.all[1]?.tell({ type: "hello", engine: "e1", seq: 40, resync: false });
    expect(messages.at(-1)).toEqual({ type: "connection", state: "open" });
    const event = { type: "sources-changed" } as const;
    silent.tell({ type: "events", events: [{ seq: 41, event }] });
    silent.dispatchEvent(new Event("close"));
    vi.advanceTimersByTime(10_000);
    expect(messages.at(-1)).toEqual({ type: "connection", state: "open" });
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("is not placed by what is no place", () => {
    for (const place of [null, "", "e1", "e1 -1", "e1 4 5"]) {
      standOn(place);
      expect(createBridge().isPlaced).toBe(false);
    }
  });
});
