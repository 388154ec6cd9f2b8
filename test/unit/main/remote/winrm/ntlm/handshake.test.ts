import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../../../../common/secret.ts";
import {
  avId,
  encodeAvPairs,
  parseAvPairs,
  type AvPair,
} from "../../../../../../main/remote/winrm/ntlm/av-pairs.ts";
import { parseChallenge } from "../../../../../../main/remote/winrm/ntlm/challenge.ts";
import { NtlmHandshake, type HandshakeOptions } from "../../../../../../main/remote/winrm/ntlm/handshake.ts";
import { ntlmV2Response, responseKey } from "../../../../../../main/remote/winrm/ntlm/keys.ts";
import { Rc4 } from "../../../../../../main/remote/winrm/ntlm/rc4.ts";

const strongFlags = 0xe28a8235;
const serverName = { id: avId.netbiosComputerName, value: Buffer.from("WINBOX", "utf16le") };
// 2020-02-29T12:00:00Z
const timestamp = { id: avId.timestamp, value: Buffer.from("002099c4f7eed501", "hex") };

function challenge(flags: number, pairs: readonly AvPair[]): Buffer {
  const info = encodeAvPairs(pairs);
  const message = Buffer.alloc(56);
  message.write("NTLMSSP\0", 0, "latin1");
  message.writeUInt32LE(2, 8);
  message.writeUInt32LE(flags, 20);
  Buffer.from("0123456789abcdef", "hex").copy(message, 24);
  message.writeUInt16LE(info.length, 40);
  message.writeUInt16LE(info.length, 42);
  message.writeUInt32LE(56, 44);
  return Buffer.concat([message, info]);
}

function handshake(changes: Partial<HandshakeOptions> = {}): NtlmHandshake {
  let next = 0;
  return new NtlmHandshake({
    account: { user: "User", domain: "Domain" },
    password: new Secret("Password"),
    workstation: "COMPUTER",
    targetName: "HTTP/winbox.example",
    channelBindings: null,
    now: () => new Date("2026-01-02T03:04:05Z"),
    randomBytes: (count) => Buffer.alloc(count, ++next),
    ...changes,
  });
}

function field(message: Buffer, position: number): Buffer {
  const offset = message.readUInt32LE(position + 4);
  return message.subarray(offset, offset + message.readUInt16LE(position));
}

function authenticated(offered: Buffer, changes: Partial<HandshakeOptions> = {}) {
  const client = handshake(changes);
  const answer = client.authenticate(offered);
  if (!answer.ok) throw new Error(answer.failure.message);
  const { message } = answer.value;
  const response = field(message, 20);
  const pairs = parseAvPairs(response.subarray(44, response.length - 4));
  if (!pairs.ok) throw new Error(pairs.failure.message);
  return { ...answer.value, message, response, pairs: pairs.value, negotiate: client.negotiate };
}

const valueOf = (pairs: readonly AvPair[], id: number) => pairs.find((pair) => pair.id === id)?.value ?? null;

describe("the answer to a challenge", () => {
  const offered = challenge(strongFlags, [serverName, timestamp]);

  it("proves the password over the server's challenge and time", () => {
    const { response, pairs } = authenticated(offered);
    const expected = ntlmV2Response({
      key: responseKey("User", "Domain", "Password"),
      serverChallenge: Buffer.from("0123456789abcdef", "hex"),
      clientChallenge: Buffer.alloc(8, 1),
      timestamp: timestamp.value,
      targetInfo: encodeAvPairs(pairs),
    });
    expect(response).toEqual(expected.response);
  });

  it("carries names in UTF-16 and tells the service that it means", () => {
    const { message, pairs } = authenticated(offered, { account: { user: "Jürgen", domain: "ДОМЕН" } });
    expect(field(message, 28).toString("utf16le")).toBe("ДОМЕН");
    expect(field(message, 36).toString("utf16le")).toBe("Jürgen");
    expect(field(message, 44).toString("utf16le")).toBe("COMPUTER");
    expect(valueOf(pairs, avId.targetName)?.toString("utf16le")).toBe("HTTP/winbox.example");
  });

  it("puts the server's own name as the domain of a local account", () => {
    const { message } = authenticated(offered, { account: { user: "User", domain: null } });
    expect(field(message, 28).toString("utf16le")).toBe("WINBOX");
  });

  it("signs the whole handshake with the session key that it sends encrypted", () => {
    const { message, negotiate, response } = authenticated(offered);
    const key = responseKey("User", "Domain", "Password");
    const baseKey = createHmac("md5", key).update(response.subarray(0, 16)).digest();
    const sessionKey = new Rc4(baseKey).apply(field(message, 52));
    const unsigned = Buffer.from(message).fill(0, 72, 88);
    const mic = createHmac("md5", sessionKey).update(negotiate).update(offered).update(unsigned).digest();
    expect(message.subarray(72, 88)).toEqual(mic);
  });

  it("announces that signature beside the flags that the server set", () => {
    const withFlags = challenge(strongFlags, [
      { id: avId.flags, value: Buffer.from([1, 0, 0, 0]) },
      serverName,
      timestamp,
    ]);
    expect(valueOf(authenticated(withFlags).pairs, avId.flags)).toEqual(Buffer.from([3, 0, 0, 0]));
    expect(valueOf(authenticated(offered).pairs, avId.flags)).toEqual(Buffer.from([2, 0, 0, 0]));
  });

  it("names the TLS connection only where there is one", () => {
    expect(valueOf(authenticated(offered).pairs, avId.channelBindings)).toBeNull();
    const bound = authenticated(offered, { channelBindings: Buffer.from("tls-server-end-point:x") });
    expect(valueOf(bound.pairs, avId.channelBindings)).toHaveLength(16);
  });

  it("tells the server's time, which does not depend on this machine's clock", () => {
    const { serverTime, response } = authenticated(offered, { now: () => new Date("1999-01-01T00:00:00Z") });
    expect(serverTime?.toISOString()).toBe("2020-02-29T12:00:00.000Z");
    expect(response.subarray(24, 32)).toEqual(timestamp.value);
  });

  it("uses this machine's clock and an LMv2 response for a server too old to send its time", () => {
    const { message, response, serverTime } = authenticated(challenge(strongFlags, [serverName]));
    expect(serverTime).toBeNull();
    // 2026-01-02T03:04:05Z in ticks of 100 ns since 1601
    expect(response.readBigUInt64LE(24)).toBe(134117966450000000n);
    expect(field(message, 12).subarray(16)).toEqual(Buffer.alloc(8, 1));
    expect(message.subarray(72, 88)).toEqual(Buffer.alloc(16));
  });
});

describe("a challenge that is not to be trusted", () => {
  const good = challenge(strongFlags, [serverName, timestamp]);
  const altered = (offset: number, bytes: readonly number[]) => {
    const message = Buffer.from(good);
    Buffer.from(bytes).copy(message, offset);
    return message;
  };

  it.each([
    ["is empty", Buffer.alloc(0)],
    ["is cut short", good.subarray(0, 47)],
    ["has another signature", altered(0, [0x58])],
    ["is of another type", altered(8, [3])],
    ["has its target information beyond its end", altered(44, [0xff, 0xff, 0xff, 0xff])],
    ["has a target name that reaches beyond its end", altered(12, [0xff, 0xff, 0, 0, 56, 0, 0, 0])],
    ["has a field that points into its own head", altered(44, [4, 0, 0, 0])],
    ["has target information without a terminator", shortened(good)],
    ["is as large as no challenge is", Buffer.concat([good, Buffer.alloc(65_536)])],
  ])("is refused when it %s", (_, message) => {
    const answer = handshake().authenticate(message);
    expect(answer.ok ? null : answer.failure.code).toBe("protocol-violation");
  });

  it("is refused when a pair in it reaches beyond the block", () => {
    const block = encodeAvPairs([serverName]);
    block.writeUInt16LE(0xfff0, 2);
    expect(parseAvPairs(block).ok).toBe(false);
  });

  it("is refused when a pair occurs twice", () => {
    expect(parseAvPairs(encodeAvPairs([serverName, serverName])).ok).toBe(false);
  });

  it("is refused when its time has not eight bytes", () => {
    expect(parseAvPairs(encodeAvPairs([{ id: avId.timestamp, value: Buffer.alloc(4) }])).ok).toBe(false);
  });

  it.each([
    ["128-bit encryption", 0x20000000],
    ["sealing", 0x20],
    ["extended session security", 0x80000],
    ["key exchange", 0x40000000],
    ["Unicode", 1],
  ])("is refused with a remedy when %s was struck out", (_, flag) => {
    const answer = handshake().authenticate(challenge((strongFlags & ~flag) >>> 0, [serverName, timestamp]));
    expect(answer).toMatchObject({ ok: false, failure: { code: "algorithm-mismatch" } });
  });

  it("never crashes the reader, whatever one byte of it is", () => {
    for (let offset = 0; offset < good.length; offset++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) parseChallenge(altered(offset, [value]));
    }
  });
});

function shortened(message: Buffer): Buffer {
  const copy = Buffer.from(message.subarray(0, message.length - 4));
  copy.writeUInt16LE(copy.readUInt16LE(40) - 4, 40);
  return copy;
}
