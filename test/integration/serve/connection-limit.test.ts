import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { limitConnections } from "../../../main/serve/connection-limit.ts";

const outward = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && each.family === "IPv4" && !each.internal)?.address;
if (outward === undefined)
  console.warn("SKIPPED the limit of connections: this machine has no address but its own");

/** How many of `count` connections that say nothing the server keeps, and whether it takes another once they are gone. */
async function occupy(address: string, count: number): Promise<{ kept: number; takesMore: boolean }> {
  const server = createServer();
  limitConnections(server, 3);
  server.listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, address);
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "connect");
    return socket;
  };
  /** A server that does not want a connection ends it at once; after a while silence is consent. */
  const served = async (socket: Socket): Promise<boolean> => {
    await sleep(500);
    return !socket.closed;
  };
  const sockets: Socket[] = [];
  for (let made = 0; made < count; made += 1) sockets.push(await open());
  const kept = (await Promise.all(sockets.map(served))).filter(Boolean).length;
  const gone = Promise.all(sockets.filter((each) => !each.closed).map((each) => once(each, "close")));
  for (const socket of sockets) socket.destroy();
  await gone;
  await expect.poll(() => new Promise((resolve) => server.getConnections((_, n) => resolve(n)))).toBe(0);
  const last = await open();
  const takesMore = await served(last);
  last.destroy();
  server.close();
  return { kept, takesMore };
}

it.skipIf(outward === undefined)(
  "one network has so many connections and no more, until it closes some",
  async () => {
    expect(await occupy(outward ?? "", 6)).toEqual({ kept: 3, takesMore: true });
  },
);

it("this machine's own are not counted", async () => {
  expect(await occupy("127.0.0.1", 6)).toEqual({ kept: 6, takesMore: true });
});
