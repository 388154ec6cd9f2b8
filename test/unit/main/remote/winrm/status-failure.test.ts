import { describe, expect, it } from "vitest";
import { explainStatus, rejectedLogin } from "../../../../../main/remote/winrm/transport/status-failure.ts";

const answer = (status: number, headers = {}) => ({ status, headers, body: Buffer.alloc(0) });
const now = new Date("2026-03-01T12:00:00Z");
const refused = (serverTime: Date | null, date?: string) =>
  rejectedLogin(answer(401, date === undefined ? {} : { date }), { now, serverTime }).failure;

describe("a refused login", () => {
  it("blames the clocks where they are far apart and the server is too old to send its own", () => {
    const failure = refused(null, "Sun, 01 Mar 2026 13:00:00 GMT");
    expect(failure).toMatchObject({ code: "clock-skew", context: { clockDifferenceMinutes: 60 } });
  });

  it("only mentions the clocks where the server sends its own, because the login then used that", () => {
    const failure = refused(new Date("2026-03-01T13:00:00Z"));
    expect(failure).toMatchObject({ code: "authentication-failed", context: { clockDifferenceMinutes: 60 } });
    expect(failure.remedy).toContain("clock");
  });

  it.each([
    ["agree", "Sun, 01 Mar 2026 12:01:00 GMT"],
    ["are unknown", undefined],
    ["are unreadable", "yesterday"],
  ])("says nothing of clocks that %s", (_, date) => {
    const failure = refused(null, date);
    expect(failure).toMatchObject({ code: "authentication-failed", context: {} });
    expect(failure.remedy).not.toContain("clock");
  });
});

describe("an unexpected HTTP status", () => {
  it.each([401, 403, 404, 407, 413, 502, 503, 504, 302, 500])("of %d has a remedy and is named", (status) => {
    const { failure } = explainStatus(answer(status, { server: "Microsoft-HTTPAPI/2.0" }));
    expect(failure.remedy).not.toBe("");
    expect(failure.context).toMatchObject({ status, server: "Microsoft-HTTPAPI/2.0" });
  });
});

describe("a proxy in the server's place", () => {
  it.each([
    ["that wants a login of its own", 407, { "proxy-authenticate": "NTLM" }],
    ["that says so in Via", 200, { via: "1.1 proxy.corp.example", server: "Microsoft-HTTPAPI/2.0" }],
    ["that is Squid", 503, { "x-squid-error": "ERR_CONNECT_FAIL 111" }],
    ["whose page wants a click first", 200, { "content-type": "text/html; charset=utf-8" }],
    ["that forbids", 403, { "content-type": "text/html", server: "BlueCoat" }],
  ])("%s is named", (_, status, headers) => {
    const { failure } = explainStatus(answer(status, headers));
    expect(failure.code).toBe("host-unreachable");
    expect(failure.message).toContain(`a proxy between answers in the server's place (HTTP ${status})`);
  });

  it("is not seen in what Windows itself says in HTML", () => {
    const own = { "content-type": "text/html; charset=us-ascii", server: "Microsoft-HTTPAPI/2.0" };
    expect(explainStatus(answer(503, own)).failure.message).toContain("WinRM service");
    expect(explainStatus(answer(401, { via: "1.1 x" })).failure.code).toBe("authentication-failed");
  });
});

it("a refused login tells how to find out which of the account's states is the cause", () => {
  const { remedy } = refused(null);
  for (const state of ["0xC0000234 locked", "0xC0000193 expired", "0xC0000072 disabled", "must be changed"])
    expect(remedy).toContain(state);
});
