import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { lookAtPort, proposePort } from "../../../../main/targets/local/listening-port.ts";

let held: Server[] = [];
afterEach(() => {
  for (const server of held) server.close();
  held = [];
});

async function hold(port: number): Promise<number> {
  const server = createServer().listen({ host: "127.0.0.1", port });
  held.push(server);
  await once(server, "listening");
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}

it("a port that another program has is told apart from a free one and from an address of another machine", async () => {
  const port = await hold(0);
  expect(await lookAtPort("127.0.0.1", port)).toBe("taken");
  expect(await lookAtPort("192.0.2.1", port)).toBe("no-such-address");
  for (const server of held.splice(0)) {
    server.close();
    await once(server, "close");
  }
  expect(await lookAtPort("127.0.0.1", port)).toBe("free");
});

it("another port is proposed that is free, that nobody else was promised, and that exists", async () => {
  const port = await hold(0);
  const first = await proposePort("127.0.0.1", port, []);
  expect(first).not.toBeNull();
  expect(await lookAtPort("127.0.0.1", first ?? 0)).toBe("free");
  const second = await proposePort("127.0.0.1", port, [first ?? 0]);
  expect([port, first]).not.toContain(second);
  const beyond = await proposePort("127.0.0.1", 65_535, []);
  expect(beyond).toBeLessThanOrEqual(65_535);
  expect(await proposePort("192.0.2.1", port, [])).toBeNull();
});
