import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import type { SessionSecurity } from "../ntlm/session-security.ts";
import type { HttpAnswer, HttpConnection } from "./http-connection.ts";
import {
  decodeText,
  isSealedContentType,
  sealBody,
  sealedContentType,
  soapContentType,
  unsealBody,
} from "./sealed-body.ts";
import { explainStatus } from "./status-failure.ts";

/** How messages are protected on a connection that is logged in. */
export type Protection =
  /** By NTLM, over plain HTTP. */
  | { readonly kind: "sealed"; readonly security: SessionSecurity }
  /** By TLS; `authorization` goes with every request where the login is not the connection's (Basic). */
  | { readonly kind: "tls"; readonly authorization: string | null };

export interface ExchangeLimits {
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

/** A connection that is logged in and carries SOAP envelopes, one at a time. */
export class SoapChannel {
  readonly #connection: HttpConnection;
  readonly #protection: Protection;

  constructor(connection: HttpConnection, protection: Protection) {
    this.#connection = connection;
    this.#protection = protection;
  }

  get usable(): boolean {
    return this.#connection.usable;
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * Sends an envelope and returns the answer's, be it a fault. After a failure the channel is closed: the two sides no
   * longer agree on what was sealed. `authentication-failed` means that the server did not act on the envelope.
   */
  async exchange(envelope: string, limits: ExchangeLimits): Promise<Result<string>> {
    const answer = await this.#connection.post({ ...this.#request(envelope), ...limits });
    const text = answer.ok ? this.#open(answer.value) : answer;
    if (!text.ok) this.close();
    return text;
  }

  #request(envelope: string): { headers: Record<string, string>; body: Buffer } {
    if (this.#protection.kind === "sealed") {
      return {
        headers: { "Content-Type": sealedContentType },
        body: sealBody(envelope, this.#protection.security),
      };
    }
    const { authorization } = this.#protection;
    return {
      headers: {
        "Content-Type": soapContentType,
        ...(authorization === null ? {} : { Authorization: authorization }),
      },
      body: Buffer.from(envelope, "utf8"),
    };
  }

  #open(answer: HttpAnswer): Result<string> {
    const contentType = answer.headers["content-type"];
    // Faults come with a status of 400 or 500.
    const carriesSoap = [200, 400, 500].includes(answer.status);
    if (this.#protection.kind === "sealed") {
      if (carriesSoap && isSealedContentType(contentType))
        return unsealBody(answer.body, this.#protection.security);
      if (answer.status !== 200) return explainStatus(answer);
      return fail("protocol-violation", told({ kind: "answered-in-the-clear" }));
    }
    if (!carriesSoap || contentType === undefined || !/^application\/soap\+xml\b/i.test(contentType)) {
      return answer.status === 200 && answer.body.length === 0 ? ok("") : explainStatus(answer);
    }
    return decodeText(answer.body, /charset="?([A-Za-z0-9-]+)/i.exec(contentType)?.[1] ?? "UTF-8");
  }
}
