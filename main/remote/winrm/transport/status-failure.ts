import { fail, type Failure } from "../../../../common/result.ts";
import type { HttpAnswer } from "./http-connection.ts";

type Failed = { readonly ok: false; readonly failure: Failure };

const rejectedRemedy =
  "Check the user name (DOMAIN\\user, .\\user for a local account, or user@domain) and the password, and that the " +
  "account is an administrator of the server. The same answer comes for an account that is locked, disabled or expired, " +
  "whose password has expired or must be changed, or that may not log in at this hour or from here; to strangers Windows " +
  "does not say which. The server's security log does, event 4625 (2003: 529 to 539), sub status: 0xC000006A wrong " +
  "password, 0xC0000234 locked, 0xC0000072 disabled, 0xC0000193 expired, 0xC0000071 password expired, 0xC0000224 " +
  "password must be changed, 0xC000006F hour, 0xC0000070 workstation, 0xC000015B right to log in from the network. " +
  "For a local account other than the built-in Administrator, LocalAccountTokenFilterPolicy must be 1 on the server.";

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
      `the server refused the login, and its clock is ${minutes} minutes away from this machine's`,
      { clockDifferenceMinutes: minutes },
      "Set the clocks of this machine and of the server: NTLM logins fail when they differ by more than half an hour.",
    );
  }
  const clockNote =
    skewMs > noteworthySkewMs
      ? ` Its clock is ${minutes} minutes away from this machine's: set it, domain logins fail over that.`
      : "";
  return fail(
    "authentication-failed",
    "the server refused the login",
    skewMs > noteworthySkewMs ? { clockDifferenceMinutes: minutes } : {},
    rejectedRemedy + clockNote,
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
        "the server no longer accepts this login",
        context,
        rejectedRemedy,
      );
    case 403:
      return fail(
        "authentication-failed",
        "the server's WinRM refuses this client",
        context,
        "Check the IPv4Filter and IPv6Filter of the server's WinRM service, and proxies between.",
      );
    case 404:
      return fail(
        "host-unreachable",
        "something answers on the port, but it is not WinRM",
        context,
        "Check the port (5985 for HTTP, 5986 for HTTPS) and that WinRM listens there: winrm enumerate winrm/config/listener.",
      );
    case 407:
    case 502:
    case 504:
      return behindProxy(status, context);
    case 413:
      return fail(
        "remote-limit-reached",
        "the message is larger than the server takes",
        context,
        "Raise the limit on the server: Set-Item WSMan:\\localhost\\MaxEnvelopeSizekb 500.",
      );
    case 503:
      return fail(
        "host-unreachable",
        "the server's WinRM service is not running or overloaded",
        context,
        "Start it on the server: Restart-Service WinRM.",
      );
    default:
      return fail(
        "protocol-violation",
        `the server answered with HTTP status ${status}, which WinRM does not use`,
        context,
        "Check that the port is WinRM's and that no proxy is between.",
      );
  }
}

function behindProxy(status: number, context: Failed["failure"]["context"]): Failed {
  return fail(
    "host-unreachable",
    `a proxy between answers in the server's place (HTTP ${status})`,
    context,
    "Reach the server without a proxy: NTLM logins do not pass one. A page that wants a login first (of a guest network " +
      "or a filter) answers like that as well.",
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
