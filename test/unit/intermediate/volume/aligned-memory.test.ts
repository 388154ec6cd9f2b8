import { describe, expect, test } from "vitest";
import {
  AlignedArena,
  isAligned,
  isZero,
  type Lease,
} from "../../../../intermediate/volume/aligned-memory.ts";

const unit = 65_536;

describe("an arena", () => {
  test("lends aligned memory that does not overlap, up to its capacity", () => {
    const arena = new AlignedArena(8 * unit);
    const leases = [1, unit, unit + 1, 4 * unit].map((length) => arena.tryLease(length));
    expect(leases.every((lease) => lease !== undefined && isAligned(lease.bytes))).toBe(true);
    leases.forEach((lease, index) => lease?.bytes.fill(index + 1));
    leases.forEach((lease, index) => {
      expect(
        lease?.bytes.every((byte) => byte === index + 1),
        `lease ${index}`,
      ).toBe(true);
    });
    expect(arena.lentBytes).toBe(8 * unit);
    expect(arena.tryLease(1)).toBeUndefined();
  });

  test("serves who waits in the order of asking, the large request not starved by small ones", async () => {
    const arena = new AlignedArena(4 * unit);
    const held = [await arena.lease(unit), await arena.lease(unit), await arena.lease(2 * unit)];
    const served: string[] = [];
    const ask = (name: string, length: number): Promise<Lease> =>
      arena.lease(length).then((lease) => {
        served.push(name);
        return lease;
      });
    const large = ask("large", 3 * unit);
    const small = ask("small", unit);
    held[0]?.release();
    await Promise.resolve();
    // There is room for the small one, but it came later.
    expect(served).toEqual([]);
    held[1]?.release();
    held[2]?.release();
    await Promise.all([large, small]);
    expect(served).toEqual(["large", "small"]);
    (await large).release();
    (await small).release();
    expect(arena.lentBytes).toBe(0);
  });

  test("finds a double release and an impossible request", () => {
    const arena = new AlignedArena(unit);
    const lease = arena.tryLease(1);
    lease?.release();
    expect(() => lease?.release()).toThrow("twice");
    expect(() => arena.lease(unit + 1)).toThrow();
  });
});

describe("a zero test", () => {
  test("sees one bit anywhere, in buffers longer than its yardstick too", () => {
    for (const length of [0, 1, 4_096, 1_048_576, 2_500_000]) {
      const bytes = Buffer.alloc(length);
      expect(isZero(bytes)).toBe(true);
      for (const at of [0, length >> 1, length - 1]) {
        if (at < 0 || at >= length) continue;
        bytes[at] = 0x80;
        expect(isZero(bytes), `${length} at ${at}`).toBe(false);
        bytes[at] = 0;
      }
    }
  });
});
