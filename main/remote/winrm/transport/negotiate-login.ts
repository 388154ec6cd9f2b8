import { fail, ok, type Result } from "../../../../common/result.ts";
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
      "the server offers Negotiate logins and takes no NTLM in them",
      { offers: offered.slice(0, 200) },
      "A policy on the server or in its domain forbids it: security option “Network security: Restrict NTLM: Incoming NTLM " +
        "traffic”, or the account is in Protected Users. Let this login pass, use an account that may, or use SSH or Basic over HTTPS.",
    );
  }
  return fail(
    "authentication-failed",
    /\bCredSSP\b/i.test(offered)
      ? "the server offers CredSSP and no Negotiate (NTLM) logins; CredSSP, which hands the password over, is not spoken here"
      : "the server does not offer Negotiate (NTLM) logins",
    { offers: offered.slice(0, 200) },
    "Allow them on the server: Set-Item WSMan:\\localhost\\Service\\Auth\\Negotiate $true. " +
      "Where a policy forbids NTLM, use SSH or Basic over HTTPS.",
  );
}
