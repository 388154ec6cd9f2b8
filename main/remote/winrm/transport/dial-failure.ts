import type { WinrmAddress } from "../../../../common/domain/winrm.ts";
import { fail, type Failure } from "../../../../common/result.ts";

/** How to switch WinRM on, for the cases in which nothing answers. */
export const enableRemedy = {
  http: "Run on the server, as an administrator: Enable-PSRemoting -Force (Server 2008 R2 and older: winrm quickconfig).",
  https:
    "Run on the server, as an administrator: Enable-PSRemoting -Force, then give it an HTTPS listener " +
    "(New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint …) and open its port " +
    "in the firewall; or use port 5985, on which all messages are encrypted as well.",
} as const;

type Failed = { readonly ok: false; readonly failure: Failure };

/** Why no connection came about, as a failure that says what to do. */
export function explainDialError(error: Error, address: WinrmAddress): Failed {
  const { host, port, scheme } = address;
  const context = { host, port };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NODATA":
      return fail("host-name-unknown", `the name ${host} is not known`, context);
    case "ECONNREFUSED":
      return fail(
        "host-unreachable",
        `${host} refuses connections to port ${port}`,
        context,
        enableRemedy[scheme],
      );
    case "ETIMEDOUT":
      return fail(
        "host-unreachable",
        `${host}:${port} does not answer`,
        context,
        `Check that the server is up and that no firewall is between. ${enableRemedy[scheme]}`,
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return fail("host-unreachable", `there is no way to ${host} from here`, context);
    default:
      return scheme === "https" ? explainTlsError(error, code, context) : unreachable(error, context);
  }
}

function explainTlsError(error: Error, code: string, context: { host: string; port: number }): Failed {
  const { host, port } = context;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_HTTP_REQUEST") {
    return fail(
      "host-unreachable",
      `${host}:${port} does not speak TLS`,
      context,
      "Use port 5986 for HTTPS, or choose HTTP for this port.",
    );
  }
  if (
    /^ERR_SSL_(?:UNSUPPORTED_PROTOCOL|TLSV1_ALERT|SSLV3_ALERT_HANDSHAKE|NO_|DH_KEY|EE_KEY|CA_MD)/.test(code)
  ) {
    return fail("algorithm-mismatch", `${host} offers only old TLS versions, ciphers or keys`, context);
  }
  if (code === "ECONNRESET") {
    return fail(
      "host-unreachable",
      `${host}:${port} hangs up when TLS begins`,
      context,
      "Check that the server's HTTPS listener has a valid certificate with its private key " +
        "(winrm enumerate winrm/config/listener).",
    );
  }
  return unreachable(error, context);
}

function unreachable(error: Error, context: { host: string; port: number }): Failed {
  return fail(
    "host-unreachable",
    `${context.host}:${context.port} cannot be reached: ${error.message}`,
    context,
  );
}
