import { describe, expect, it } from "vitest";
import { responseKey, lmV2Response, ntlmV2Response } from "../../../../../../main/remote/winrm/ntlm/keys.ts";
import { SessionSecurity } from "../../../../../../main/remote/winrm/ntlm/session-security.ts";
import { encodeAvPairs, avId } from "../../../../../../main/remote/winrm/ntlm/av-pairs.ts";

const hex = (text: string) => Buffer.from(text, "hex");

describe("NTLMv2 keys and responses (MS-NLMP 4.2.4)", () => {
  const key = responseKey("User", "Domain", "Password");
  const input = {
    key,
    serverChallenge: hex("0123456789abcdef"),
    clientChallenge: hex("aaaaaaaaaaaaaaaa"),
    timestamp: Buffer.alloc(8),
    targetInfo: encodeAvPairs([
      { id: avId.netbiosDomainName, value: Buffer.from("Domain", "utf16le") },
      { id: avId.netbiosComputerName, value: Buffer.from("Server", "utf16le") },
    ]),
  };

  it("derives the response key from the specification's example", () => {
    expect(key.toString("hex")).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
  });

  it("derives the same key whatever the case of the user's name", () => {
    expect(responseKey("uSER", "Domain", "Password")).toEqual(key);
  });

  it("derives another key for another case of the domain", () => {
    expect(responseKey("User", "DOMAIN", "Password")).not.toEqual(key);
  });

  // Computed by WinPR: winpr-hash -u USER -d DOMAIN -p PASSWORD -v 2
  it.each([
    ["Jürgen", "CORP", "ß", "9ba3208bff5d994a0a068194d0d6c9cc"],
    ["пользователь", "ДОМЕН", "пароль", "799bd9e79297814a415863734fe27fb7"],
    ["山田", "CORP", "p", "93e1fd58264f87aecc191fb6be7ca515"],
    ["straße", "CORP", "p", "2b84c609eb42f1f48212497324ce924a"],
  ])("agrees with another implementation on %s of %s", (user, domain, password, expected) => {
    expect(responseKey(user, domain, password).toString("hex")).toBe(expected);
  });

  it("gives the example's NTLMv2 response and session base key", () => {
    const { response, sessionBaseKey } = ntlmV2Response(input);
    expect(response.subarray(0, 16).toString("hex")).toBe("68cd0ab851e51c96aabc927bebef6a1c");
    expect(sessionBaseKey.toString("hex")).toBe("8de40ccadbc14a82f15cb0ad0de95ca3");
  });

  it("gives the example's LMv2 response", () => {
    expect(lmV2Response(input).toString("hex")).toBe("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
  });
});

describe("sealing", () => {
  const sessionKey = Buffer.alloc(16, 0x55);
  const plain = Buffer.from("Plaintext", "utf16le");
  const pair = () => ({
    client: new SessionSecurity(sessionKey),
    server: new SessionSecurity(sessionKey, "server"),
  });

  it("seals and signs as the specification's example does (MS-NLMP 4.2.4.4)", () => {
    const { signature, sealed } = new SessionSecurity(sessionKey).seal(plain);
    expect(sealed.toString("hex")).toBe("54e50165bf1936dc996020c1811b0f06fb5f");
    expect(signature.toString("hex")).toBe("010000007fb38ec5c55d497600000000");
  });

  it("carries many messages in both directions", () => {
    const { client, server } = pair();
    for (const text of ["", "one", "two".repeat(50_000), "three"]) {
      const request = client.seal(Buffer.from(text));
      expect(server.unseal(request.signature, request.sealed)).toEqual({
        ok: true,
        value: Buffer.from(text),
      });
      const answer = server.seal(Buffer.from(`answer to ${text}`));
      const opened = client.unseal(answer.signature, answer.sealed);
      expect(opened).toEqual({ ok: true, value: Buffer.from(`answer to ${text}`) });
    }
  });

  it.each(["signature", "sealed"] as const)("refuses a message whose %s was altered by one bit", (part) => {
    const { client, server } = pair();
    const message = server.seal(plain);
    const altered = { ...message, [part]: Buffer.from(message[part]) };
    altered[part].writeUInt8(altered[part].readUInt8(9) ^ 1, 9);
    const opened = client.unseal(altered.signature, altered.sealed);
    expect(opened.ok ? null : opened.failure.code).toBe("protocol-violation");
  });

  it("refuses a message that arrives a second time", () => {
    const { client, server } = pair();
    const message = server.seal(plain);
    expect(client.unseal(message.signature, message.sealed).ok).toBe(true);
    expect(client.unseal(message.signature, message.sealed).ok).toBe(false);
  });

  it("refuses a message when the one before it was lost", () => {
    const { client, server } = pair();
    server.seal(Buffer.from("lost"));
    const message = server.seal(plain);
    expect(client.unseal(message.signature, message.sealed).ok).toBe(false);
  });

  it("refuses its own message reflected back", () => {
    const { client } = pair();
    const message = client.seal(plain);
    expect(client.unseal(message.signature, message.sealed).ok).toBe(false);
  });
});
