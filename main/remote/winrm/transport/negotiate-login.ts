import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { NtlmHandshake, type HandshakeOptions } from "../ntlm/handshake.ts";
import type { SessionSecurity } from "../ntlm/session-security.ts";
import type { HttpAnswer, HttpConnection } from "./http-connection.ts";
import { explainStatus, rejectedLogin } from "./status-failure.ts";
import { soapContentType } from "./sealed-body.ts";

export interface LoginLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxLoginAnswerBytes = 256 * 1024;

/**
 * Authenticates a connection with NTLMv2 in three messages (RFC 4559, 5), with empty bodies: nothing is told to a
 * server before it has accepted the login.
 */
export async function negotiateLogin(
  connection: HttpConnection,
  options: HandshakeOptions,
  limits: LoginLimits,
): Promise<Result<SessionSecurity>> {
  const handshake = new NtlmHandshake(options);
  const offered = await postToken(connection, handshake.negotiate, limits);
  if (!offered.ok) return offered;
  const challenge = readToken(offered.value);
  if (!challenge.ok) return challenge;

  const authentication = handshake.authenticate(challenge.value);
  if (!authentication.ok) return authentication;
  const { message, security, serverTime } = authentication.value;
  const verdict = await postToken(connection, message, limits);
  if (!verdict.ok) return verdict;
  const { status } = verdict.value;
  if (status === 401) return rejectedLogin(verdict.value, { now: options.now(), serverTime });
  if (status !== 200) return explainStatus(verdict.value);
  return ok(security);
}

function postToken(connection: HttpConnection, token: Buffer, { timeoutMs, signal }: LoginLimits) {
  return connection.post({
    headers: { "Content-Type": soapContentType, Authorization: `Negotiate ${token.toString("base64")}` },
    body: Buffer.alloc(0),
    timeoutMs,
    maxAnswerBytes: maxLoginAnswerBytes,
    signal,
  });
}

function readToken(answer: HttpAnswer): Result<Buffer> {
  if (answer.status !== 401) return explainStatus(answer);
  const offered = answer.headers["www-authenticate"] ?? "";
  const token = /(?:^|,)\s*Negotiate\s+([A-Za-z0-9+/]+={0,2})\s*(?:,|$)/i.exec(offered)?.[1];
  if (token !== undefined) return ok(Buffer.from(token, "base64"));
  // It offers Negotiate, and ends the talk when that turns out to be NTLM.
  if (/(?:^|,)\s*Negotiate\s*(?:,|$)/i.test(offered)) {
    return fail(
      "authentication-failed",
      told({ kind: "negotiate-without-ntlm" }),
      { offers: offered.slice(0, 200) },
      told({ kind: "let-ntlm-pass" }),
    );
  }
  return fail(
    "authentication-failed",
    /\bCredSSP\b/i.test(offered) ? told({ kind: "only-credssp" }) : told({ kind: "no-negotiate" }),
    { offers: offered.slice(0, 200) },
    told({ kind: "allow-negotiate" }),
  );
}
