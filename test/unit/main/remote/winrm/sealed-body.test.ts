import { describe, expect, it } from "vitest";
import { SessionSecurity } from "../../../../../main/remote/winrm/ntlm/session-security.ts";
import {
  isSealedContentType,
  sealBody,
  sealedContentType,
  unsealBody,
} from "../../../../../main/remote/winrm/transport/sealed-body.ts";

const key = Buffer.alloc(16, 9);
const envelope = "<s:Envelope>é 秘密</s:Envelope>";

/** A body as a server would send it, altered by `change` before it is read. */
function opened(change: (body: string) => string, plain = Buffer.from(envelope)) {
  const { signature, sealed } = new SessionSecurity(key, "server").seal(plain);
  const length = Buffer.from([16, 0, 0, 0]);
  const body = Buffer.concat([
    Buffer.from(
      "--Encrypted Boundary\r\nContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n" +
        `OriginalContent: type=application/soap+xml;charset=UTF-8;Length=${plain.length}\r\n` +
        "--Encrypted Boundary\r\nContent-Type: application/octet-stream\r\n",
    ),
    length,
    signature,
    sealed,
    Buffer.from("--Encrypted Boundary--\r\n"),
  ]);
  return unsealBody(Buffer.from(change(body.toString("latin1")), "latin1"), new SessionSecurity(key));
}

describe("a sealed body", () => {
  it("is framed as MS-WSMV 2.2.9.1 says, byte for byte", () => {
    const security = new SessionSecurity(key);
    const { signature, sealed } = new SessionSecurity(key).seal(Buffer.from(envelope));
    const expected = Buffer.concat([
      Buffer.from("--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"),
      Buffer.from(`\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${sealed.length}\r\n`),
      Buffer.from("--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n"),
      Buffer.from([16, 0, 0, 0]),
      signature,
      sealed,
      Buffer.from("--Encrypted Boundary--\r\n"),
    ]);
    expect(sealBody(envelope, security)).toEqual(expected);
  });

  it.each([
    ["as servers send it", (body: string) => body],
    [
      "with tabs before its headers",
      (body: string) => body.replaceAll("\r\nC", "\r\n\tC").replace("\r\nO", "\r\n\tO"),
    ],
    ["with spaces in its boundaries", (body: string) => body.replaceAll("--Encrypted", "-- Encrypted")],
    ["without a line's end behind it", (body: string) => body.slice(0, -2)],
  ])("is opened %s", (_, change) => {
    expect(opened(change)).toEqual({ ok: true, value: envelope });
  });

  it("is found whole where its ciphertext happens to hold the boundary", () => {
    // The text that this key stream turns into boundaries; it verifies, and is refused only for not being UTF-8.
    const keyStream = new SessionSecurity(key, "server").seal(Buffer.alloc(60)).sealed;
    const marks = Buffer.from("--Encrypted Boundary--\r\n--Encrypted Boundary\r\n".padEnd(60, "x"));
    const plain = Buffer.from(marks.map((byte, index) => byte ^ (keyStream[index] ?? 0)));
    const result = opened((body) => body, plain);
    expect(result.ok ? "" : result.failure.context["why"]).toContain("it is not UTF-8");
  });

  it.each([
    ["is empty", () => ""],
    ["is cut in its head", (body: string) => body.slice(0, 60)],
    ["is cut in its text", (body: string) => body.slice(0, -40)],
    [
      "is longer than it says",
      (body: string) => body.replace("--Encrypted Boundary--", "x--Encrypted Boundary--"),
    ],
    ["says another length", (body: string) => body.replace(/Length=\d+/, "Length=1")],
    ["says a length beyond itself", (body: string) => body.replace(/Length=\d+/, "Length=999999999")],
    ["has another signature length", (body: string) => body.replace("\u0010\0\0\0", "\u0011\0\0\0")],
    ["is of another protocol", (body: string) => body.replace("SPNEGO", "CredSSP")],
    ["is of a charset that is not spoken", (body: string) => body.replace("UTF-8", "UTF-7")],
    ["has one bit of text altered", (body: string) => body.slice(0, -30) + "!" + body.slice(-29)],
  ])("is refused where it %s", (_, change) => {
    expect(opened(change)).toMatchObject({ ok: false, failure: { code: "protocol-violation" } });
  });

  it("is refused where its text is not what its charset says", () => {
    expect(opened((body) => body, Buffer.from([0xff, 0xfe, 0xfd])).ok).toBe(false);
  });

  it("is known by its content type", () => {
    expect(isSealedContentType(sealedContentType)).toBe(true);
    expect(isSealedContentType("application/soap+xml;charset=UTF-8")).toBe(false);
    expect(
      isSealedContentType('multipart/encrypted;protocol="application/HTTP-CredSSP-session-encrypted"'),
    ).toBe(false);
    expect(isSealedContentType(undefined)).toBe(false);
  });
});
