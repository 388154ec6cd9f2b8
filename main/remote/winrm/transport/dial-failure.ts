import type { WinrmAddress } from "../../../../common/domain/winrm.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { fail, type Failure } from "../../../../common/result.ts";

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
      return fail("host-name-unknown", told({ kind: "name-unknown", host }), context);
    case "ECONNREFUSED":
      return fail(
        "host-unreachable",
        told({ kind: "connection-refused", host, port }),
        context,
        told({ kind: "winrm-switched-off", scheme }),
      );
    case "ETIMEDOUT":
      return fail(
        "host-unreachable",
        told({ kind: "silent-host", host, port }),
        context,
        told({ kind: "winrm-silent", scheme }),
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return fail("host-unreachable", told({ kind: "no-route", host }), context);
    default:
      return scheme === "https" ? explainTlsError(error, code, context) : unreachable(error, context);
  }
}

function explainTlsError(error: Error, code: string, context: { host: string; port: number }): Failed {
  const { host, port } = context;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_HTTP_REQUEST") {
    return fail(
      "host-unreachable",
      told({ kind: "no-tls", host, port }),
      context,
      told({ kind: "use-tls-port" }),
    );
  }
  if (
    /^ERR_SSL_(?:UNSUPPORTED_PROTOCOL|TLSV1_ALERT|SSLV3_ALERT_HANDSHAKE|NO_|DH_KEY|EE_KEY|CA_MD)/.test(code)
  ) {
    return fail("algorithm-mismatch", told({ kind: "tls-too-old", host }), context);
  }
  if (code === "ECONNRESET") {
    return fail(
      "host-unreachable",
      told({ kind: "tls-hangs-up", host, port }),
      context,
      told({ kind: "check-https-listener" }),
    );
  }
  return unreachable(error, context);
}

function unreachable(error: Error, context: { host: string; port: number }): Failed {
  return fail(
    "host-unreachable",
    told({ kind: "not-reached", address: `${context.host}:${context.port}`, text: error.message }),
    context,
  );
}
