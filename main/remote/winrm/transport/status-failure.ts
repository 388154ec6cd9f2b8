import { told } from "../../../../common/domain/report-text/told.ts";
import { fail, type Failure } from "../../../../common/result.ts";
import type { HttpAnswer } from "./http-connection.ts";

type Failed = { readonly ok: false; readonly failure: Failure };

/** Clocks further apart than this are worth a word; NTLM itself bears 30 minutes and more, Kerberos behind it five. */
const noteworthySkewMs = 5 * 60_000;
/** What NTLMv2 bears where the server does not send its time (MS-NLMP, appendix B). */
const ntlmSkewMs = 30 * 60_000;

/** The server read the login and refused it. `serverTime` is its clock by the NTLM challenge. */
export function rejectedLogin(
  answer: HttpAnswer,
  clocks: { readonly now: Date; readonly serverTime: Date | null },
): Failed {
  const serverClock = clocks.serverTime ?? httpDate(answer);
  const skewMs = serverClock === null ? 0 : Math.abs(clocks.now.getTime() - serverClock.getTime());
  const minutes = Math.round(skewMs / 60_000);
  if (clocks.serverTime === null && skewMs > ntlmSkewMs) {
    return fail(
      "clock-skew",
      told({ kind: "clock-apart", minutes }),
      { clockDifferenceMinutes: minutes },
      told({ kind: "set-clocks" }),
    );
  }
  const isNoteworthy = skewMs > noteworthySkewMs;
  return fail(
    "authentication-failed",
    told({ kind: "windows-login-refused" }),
    isNoteworthy ? { clockDifferenceMinutes: minutes } : {},
    told({ kind: "check-windows-login", clockMinutes: isNoteworthy ? minutes : null }),
  );
}

/** What an HTTP status other than the expected one means. */
export function explainStatus({ status, headers }: HttpAnswer): Failed {
  const context = {
    status,
    ...(headers.server === undefined ? {} : { server: headers.server.slice(0, 100) }),
  };
  const proxy = proxyName(headers);
  // WinRM's own answers carry none of a proxy's headers, and never a page for people.
  if (proxy !== null && status !== 401) return behindProxy(status, { ...context, proxy });
  switch (status) {
    case 401:
      return fail(
        "authentication-failed",
        told({ kind: "windows-login-over" }),
        context,
        told({ kind: "check-windows-login", clockMinutes: null }),
      );
    case 403:
      return fail(
        "authentication-failed",
        told({ kind: "winrm-refuses-client" }),
        context,
        told({ kind: "check-winrm-filters" }),
      );
    case 404:
      return fail(
        "host-unreachable",
        told({ kind: "not-winrm" }),
        context,
        told({ kind: "check-winrm-port" }),
      );
    case 407:
    case 502:
    case 504:
      return behindProxy(status, context);
    case 413:
      return fail(
        "remote-limit-reached",
        told({ kind: "winrm-message-too-large" }),
        context,
        told({ kind: "raise-envelope-limit" }),
      );
    case 503:
      return fail("host-unreachable", told({ kind: "winrm-down" }), context, told({ kind: "restart-winrm" }));
    default:
      return fail(
        "protocol-violation",
        told({ kind: "odd-http-status", status }),
        context,
        told({ kind: "check-port-and-proxy" }),
      );
  }
}

function behindProxy(status: number, context: Failed["failure"]["context"]): Failed {
  return fail(
    "host-unreachable",
    told({ kind: "proxy-answers", status }),
    context,
    told({ kind: "avoid-proxy" }),
  );
}

/** What gives a proxy away; null where nothing does. */
function proxyName(headers: HttpAnswer["headers"]): string | null {
  for (const name of ["via", "x-squid-error", "x-cache", "proxy-agent", "proxy-authenticate"]) {
    const value = headers[name];
    if (value !== undefined) return `${name}: ${String(value).slice(0, 100)}`;
  }
  const isPage = String(headers["content-type"] ?? "").startsWith("text/html");
  return isPage && !String(headers.server ?? "").startsWith("Microsoft-HTTPAPI") ? "a page for people" : null;
}

function httpDate(answer: HttpAnswer): Date | null {
  const date = new Date(answer.headers.date ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}
