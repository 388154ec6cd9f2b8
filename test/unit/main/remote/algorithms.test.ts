import { describe, expect, test } from "vitest";
import { algorithmOffer, allowedFamilies, familyOfKeyType } from "../../../../main/remote/ssh/algorithms.ts";
import { describeHostKey } from "../../../../main/remote/ssh/host-key.ts";

describe("algorithms that are offered", () => {
  test("nothing with SHA-1, MD5, CBC or DSA unless legacy algorithms are on", () => {
    const text = JSON.stringify(algorithmOffer(false, allowedFamilies(false)));
    expect(text).not.toMatch(/sha1|md5|cbc|ssh-dss|"ssh-rsa"|group1-/);
  });

  test("the old ones come after all modern ones where they are on", () => {
    const offer = algorithmOffer(true, allowedFamilies(true));
    for (const list of [offer.kex, offer.cipher, offer.hmac, offer.serverHostKey]) {
      const names = Array.isArray(list) ? list : [];
      const isOld = names.map((name) => /sha1|md5|cbc|ssh-dss|^ssh-rsa$/.test(name));
      expect(isOld.some(Boolean)).toBe(true);
      expect(isOld.indexOf(true)).toBeGreaterThan(isOld.lastIndexOf(false));
    }
  });

  test("host key types are told by their family", () => {
    expect(familyOfKeyType("ssh-ed25519")).toBe("ed25519");
    expect(familyOfKeyType("ecdsa-sha2-nistp384")).toBe("ecdsa");
    expect(familyOfKeyType("ssh-rsa")).toBe("rsa");
    expect(familyOfKeyType("ssh-dss")).toBe("dsa");
    expect(familyOfKeyType("something-else")).toBe(null);
  });
});

describe("host keys", () => {
  test("a damaged key still has a fingerprint and no invented type", () => {
    for (const blob of [Buffer.alloc(0), Buffer.from([0, 0, 0, 200, 1]), Buffer.from([255, 255, 255, 255])]) {
      expect(describeHostKey(blob)).toEqual({
        keyType: "unknown",
        fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      });
    }
  });
});
