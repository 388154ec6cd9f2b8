import { createServer } from "node:net";
import { expect, it } from "vitest";
import { demoPlace } from "../../../../main/demo/demo-place.ts";

it("a demo takes free ports where another program has the usual ones", async () => {
  const holders = [8080, 8703].map((port) => createServer().listen({ host: "0.0.0.0", port }));
  // Where somebody else already has them, all the better.
  await Promise.all(
    holders.map(
      (holder) => new Promise<void>((done) => holder.once("listening", done).once("error", () => done())),
    ),
  );
  try {
    const place = await demoPlace("/state", "demo-1");
    expect(place.directory).toBe("/state/demo/demo-1");
    expect([0, 8080, 8703]).not.toContain(place.controlPort);
    expect([0, 8080, 8703, place.controlPort]).not.toContain(place.dataPort);
  } finally {
    for (const holder of holders) holder.close();
  }
});
