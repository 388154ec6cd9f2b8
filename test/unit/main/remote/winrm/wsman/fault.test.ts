import { told } from "../../../../../../common/domain/report-text/told.ts";
import { describe, expect, it } from "vitest";
import { faultCodes, isTimeout, type WsmanFault } from "../../../../../../main/remote/winrm/wsman/fault.ts";
import { faultFailure } from "../../../../../../main/remote/winrm/wsman/fault-failure.ts";
import { parseReply } from "../../../../../../main/remote/winrm/wsman/reply.ts";

const fault = (changes: Partial<WsmanFault>): WsmanFault => ({
  subcode: "InternalError",
  code: null,
  reason: "words",
  provider: null,
  ...changes,
});

const id = "11111111-2222-3333-4444-555555555555";
const envelope = (relatesTo: string, body: string) =>
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ' +
  'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">' +
  `<s:Header>${relatesTo}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
const faultXml =
  "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:TimedOut</s:Value></s:Subcode></s:Code>" +
  "<s:Reason><s:Text>too\n  late </s:Text></s:Reason></s:Fault>";

const doing = told({ kind: "doing-open-shell" });

describe("an answer", () => {
  it("is a fault with its subcode and reason, also without detail", () => {
    const reply = parseReply(envelope(`<a:RelatesTo>uuid:${id}</a:RelatesTo>`, faultXml), id);
    expect(reply).toEqual({
      ok: true,
      value: {
        kind: "fault",
        fault: { subcode: "TimedOut", code: null, reason: "too late", provider: null },
      },
    });
  });

  it("has a fault's code unsigned, however the server wrote it", () => {
    const signed = faultXml.replace(
      "</s:Fault>",
      '<s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="-2147024891"/></s:Detail></s:Fault>',
    );
    expect(parseReply(envelope("", signed), id)).toMatchObject({
      value: { fault: { code: faultCodes.accessDeniedResult } },
    });
  });

  it("may relate to its request in any case of letters", () => {
    expect(parseReply(envelope(`<a:RelatesTo>UUID:${id.toUpperCase()}</a:RelatesTo>`, ""), id).ok).toBe(true);
  });

  it("to another request, or to none, is refused", () => {
    expect(parseReply(envelope("<a:RelatesTo>uuid:0</a:RelatesTo>", ""), id).ok).toBe(false);
    expect(parseReply(envelope("", ""), id).ok).toBe(false);
    expect(parseReply(envelope("<a:RelatesTo>uuid:0</a:RelatesTo>", faultXml), id).ok).toBe(false);
  });

  it("may be a fault of a server that could not read what it was asked", () => {
    expect(parseReply(envelope("", faultXml), id)).toMatchObject({ ok: true, value: { kind: "fault" } });
  });
});

describe("a fault", () => {
  it("of time is told by code or by subcode", () => {
    expect(isTimeout(fault({ code: faultCodes.timedOut }))).toBe(true);
    expect(isTimeout(fault({ subcode: "TimedOut" }))).toBe(true);
    expect(isTimeout(fault({ code: faultCodes.shellNotFound }))).toBe(false);
  });

  it("with any known code has a remedy of its own, and says what was tried and in which words it was refused", () => {
    const known = Object.entries(faultCodes).filter(
      ([name]) => !["timedOut", "operationAborted"].includes(name),
    );
    for (const [name, code] of known) {
      const failure = faultFailure(fault({ code }), doing);
      expect(failure.message, name).toContain("could not open a remote shell");
      expect(failure.context, name).toMatchObject({ faultCode: code, serverSays: "words" });
      const generic = faultFailure(fault({}), doing).remedy;
      expect(failure.remedy, name).not.toBe(generic);
    }
  });

  it.each([
    ["QuotaLimit", "remote-limit-reached"],
    ["AccessDenied", "authentication-failed"],
    ["InvalidSelectors", "connection-lost"],
    ["EncodingLimit", "remote-limit-reached"],
    ["SomethingNew", "command-failed"],
  ])("without a code is known by its subcode %s", (subcode, code) => {
    expect(faultFailure(fault({ subcode }), doing).code).toBe(code);
  });

  it("never asks for messages in the clear", () => {
    for (const code of Object.values(faultCodes)) {
      expect(faultFailure(fault({ code }), doing).remedy).not.toContain("AllowUnencrypted");
    }
  });
});
