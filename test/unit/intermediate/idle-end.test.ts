import { describe, expect, it } from "vitest";
import { awaitedAgentMs, IdleEnd } from "../../../intermediate/idle-end.ts";

const idle = { busy: false, awaitsAgent: false };

describe("the end of an idle daemon", () => {
  it("comes when nothing has happened for the whole time", () => {
    const end = new IdleEnd(1000, 5000);
    expect(end.isDue(5999, idle)).toBe(false);
    expect(end.isDue(6000, idle)).toBe(true);
  });

  it("is put off by whatever happens", () => {
    const end = new IdleEnd(1000, 0);
    expect(end.isDue(900, { ...idle, busy: true })).toBe(false);
    expect(end.isDue(1800, idle)).toBe(false);
    expect(end.isDue(1900, idle)).toBe(true);
  });

  it("waits for an agent as long as that tries to come back", () => {
    const end = new IdleEnd(1000, 0);
    expect(end.isDue(awaitedAgentMs - 1, { busy: false, awaitsAgent: true })).toBe(false);
    expect(end.isDue(awaitedAgentMs, { busy: false, awaitsAgent: true })).toBe(true);
  });
});
