import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { contentSecurityPolicy } from "../../../../main/serve/content-policy.ts";
import { RateLimit } from "../../../../main/serve/rate-limit.ts";
import {
  authoritiesOf,
  isForUs,
  isFromUs,
  isLoopback,
  networkOf,
} from "../../../../main/serve/request-guard.ts";

const request = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

describe("the request guard", () => {
  it.each(["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"])(
    "knows %s as loopback",
    (address) => expect(isLoopback(address)).toBe(true),
  );
  it.each(["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example.org", "localhost.example.org", ""])(
    "does not take %s for loopback",
    (address) => expect(isLoopback(address)).toBe(false),
  );

  const guard = { authorities: authoritiesOf(["127.0.0.1", "::1"], 8730, false), isTls: false };
  it("takes requests under its own names only", () => {
    expect(isForUs(request({ host: "127.0.0.1:8730" }), guard)).toBe(true);
    expect(isForUs(request({ host: "[::1]:8730" }), guard)).toBe(true);
    expect(isForUs(request({ host: "evil.example:8730" }), guard)).toBe(false);
    expect(isForUs(request({ host: "127.0.0.1" }), guard)).toBe(false);
    expect(isForUs(request({}), guard)).toBe(false);
  });
  it("takes acts from its own pages only", () => {
    expect(isFromUs(request({ origin: "http://127.0.0.1:8730" }), guard)).toBe(true);
    expect(isFromUs(request({ origin: "https://127.0.0.1:8730" }), guard)).toBe(false);
    expect(isFromUs(request({ origin: "http://127.0.0.1:9999" }), guard)).toBe(false);
    expect(isFromUs(request({ origin: "null" }), guard)).toBe(false);
    expect(isFromUs(request({}), guard)).toBe(false);
    expect(isFromUs(request({ origin: "http://127.0.0.1:8730", "sec-fetch-site": "same-site" }), guard)).toBe(
      false,
    );
  });
});

describe("the rate limit", () => {
  it("lets a burst pass, then as much as flows in", () => {
    let now = 0;
    const limit = new RateLimit({ burst: 3, perSecond: 1 }, () => now);
    expect([1, 2, 3, 4].map(() => limit.take("a"))).toEqual([true, true, true, false]);
    expect(limit.take("b")).toBe(true);
    now = 1000;
    expect([limit.take("a"), limit.take("a")]).toEqual([true, false]);
    now = -5000;
    expect(limit.take("a")).toBe(false);
  });
});

describe("the content security policy", () => {
  it("has nothing unsafe in it and allows no inline script", () => {
    const policy = contentSecurityPolicy("abc");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self' 'nonce-abc';");
  });
});

describe("whom attempts are counted against", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s is %s", (address, network) => expect(networkOf(address)).toBe(network));
});
