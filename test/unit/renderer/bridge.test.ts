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

describe("the bridge of a browser", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("asks only for what came after it, though nothing came before the connection broke", () => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("window", { location: new URL("http://127.0.0.1:8700/") });
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
});
