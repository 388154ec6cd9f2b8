import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { md4 } from "../../../../../../main/remote/winrm/ntlm/md4.ts";
import { Rc4 } from "../../../../../../main/remote/winrm/ntlm/rc4.ts";

describe("MD4", () => {
  // RFC 1320, A.5
  it.each([
    ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
    ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
    ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
    ["message digest", "d9130a8164549fe818874806e1c7014b"],
    ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"],
    [
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "e33b4ddc9c38f2199c3e7b164fcc0536",
    ],
  ])("digests %j as RFC 1320 says", (text, digest) => {
    expect(md4(Buffer.from(text)).toString("hex")).toBe(digest);
  });

  it("pads messages around the block size without losing bytes", () => {
    const digests = [54, 55, 56, 57, 63, 64, 65].map((length) =>
      md4(Buffer.alloc(length, 7)).toString("hex"),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe("RC4", () => {
  // RFC 6229, 2: key 0102030405, offsets 0 and 4096
  it("gives the key stream of RFC 6229", () => {
    const stream = new Rc4(Buffer.from("0102030405", "hex")).apply(Buffer.alloc(4112));
    expect(stream.subarray(0, 16).toString("hex")).toBe("b2396305f03dc027ccc3524a0a1118a8");
    expect(stream.subarray(4096).toString("hex")).toBe("ff25b58995996707e51fbdf08b34d875");
  });

  it("goes on with the stream where the last message ended", () => {
    const key = createHmac("md5", "k").update("x").digest();
    const whole = new Rc4(key).apply(Buffer.alloc(1000));
    const pieces = new Rc4(key);
    expect(Buffer.concat([1, 99, 400, 500].map((length) => pieces.apply(Buffer.alloc(length))))).toEqual(
      whole,
    );
  });

  it.each([0, 257])("refuses a key of %d bytes", (length) => {
    expect(() => new Rc4(Buffer.alloc(length))).toThrow();
  });
});
