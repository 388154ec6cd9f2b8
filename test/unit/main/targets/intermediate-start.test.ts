import { expect, it } from "vitest";
import type { LocalTarget } from "../../../../common/domain/plan.ts";
import { unwrap } from "../../../../common/result.ts";
import { createAuthority, jobCertificateDays, openAuthority } from "../../../../main/pki/authority.ts";
import { IntermediateStarter } from "../../../../main/targets/intermediate-start.ts";

const day = 86_400_000;
const target: LocalTarget = {
  kind: "local",
  directory: "/srv/sma",
  listenAddress: "127.0.0.1",
  controlPort: 8080,
  dataPort: 8703,
  advertisedAddresses: [],
};

it("an assistant that runs for months always shows intermediates a certificate that lasts", async () => {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const authority = unwrap(openAuthority(await createAuthority(now), () => now));
  // Keys take their time to make: one serves for all.
  const identity = await authority.issue({ role: "assistant", commonName: "installation", validDays: 1 });
  const issued: number[] = [];
  let fails = true;
  const starter = new IntermediateStarter({
    sinceBoot: () => now,
    authority: {
      ...authority,
      issue() {
        if (fails) return Promise.reject(new Error("no memory for a key"));
        issued.push(now);
        return Promise.resolve(identity);
      },
    },
  });
  // What could not be had once is asked for again.
  await expect(starter.client("127.0.0.1", target)).rejects.toThrow("no memory");
  fails = false;
  for (let days = 0; days < 4 * jobCertificateDays; days += 10) {
    await starter.client("127.0.0.1", target);
    await starter.client("127.0.0.1", target);
    expect(now - (issued.at(-1) ?? 0)).toBeLessThan(day);
    now += 10 * day;
  }
  expect(issued).toHaveLength(12);
});
