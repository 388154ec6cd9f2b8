import { ok, type Result } from "../../../../common/result.ts";
import type { Secret } from "../../../../common/secret.ts";
import type { NtlmAccount } from "./account.ts";
import { agreedFlags, encodeAuthenticate, withMic } from "./authenticate.ts";
import { avFlagMicPresent, avId, encodeAvPairs, findAvPair, withAvPair, type AvPair } from "./av-pairs.ts";
import { parseChallenge, requireStrength, serverComputerName, type Challenge } from "./challenge.ts";
import { channelBindingsHash } from "./channel-binding.ts";
import { fromFileTime, toFileTime } from "./file-time.ts";
import { hmacMd5, lmV2Response, ntlmV2Response, responseKey } from "./keys.ts";
import { negotiateMessage, requestedFlags } from "./negotiate.ts";
import { Rc4 } from "./rc4.ts";
import { SessionSecurity } from "./session-security.ts";

export interface HandshakeOptions {
  readonly account: NtlmAccount;
  readonly password: Secret;
  /** This machine's name; may be empty. */
  readonly workstation: string;
  /** The service's name as the client knows it, e.g. `HTTP/server.example`. */
  readonly targetName: string;
  /** Ties the login to the TLS connection; null over plain HTTP. See `tlsServerEndPoint`. */
  readonly channelBindings: Buffer | null;
  /** The clock, for servers that send no time of their own. */
  readonly now: () => Date;
  /** That many bytes that cannot be guessed. */
  readonly randomBytes: (count: number) => Buffer;
}

export interface Authentication {
  /** The AUTHENTICATE_MESSAGE. */
  readonly message: Buffer;
  readonly security: SessionSecurity;
  /** The server's clock by its challenge; null where it is too old to tell. */
  readonly serverTime: Date | null;
}

/**
 * The client's side of one NTLMv2 login (MS-NLMP 3.1.5): {@link negotiate} gives the first message, {@link authenticate}
 * answers the server's challenge. One object serves one connection, once.
 */
export class NtlmHandshake {
  readonly #options: HandshakeOptions;
  readonly #negotiate = negotiateMessage();

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  get negotiate(): Buffer {
    return this.#negotiate;
  }

  /** Fails with `protocol-violation` on a malformed challenge, `algorithm-mismatch` on a weak one. */
  authenticate(challengeMessage: Buffer): Result<Authentication> {
    const challenge = parseChallenge(challengeMessage);
    if (!challenge.ok) return challenge;
    const strong = requireStrength(challenge.value);
    if (!strong.ok) return strong;
    return ok(this.#answer(challengeMessage, challenge.value));
  }

  #answer(challengeMessage: Buffer, challenge: Challenge): Authentication {
    const { account, password, workstation, now, randomBytes } = this.#options;
    const { serverChallenge } = challenge;
    const serverTimestamp = findAvPair(challenge.targetInfo, avId.timestamp);
    const domain = account.domain ?? serverComputerName(challenge) ?? "";
    const key = responseKey(account.user, domain, password.reveal());
    const clientChallenge = randomBytes(8);

    const { response, sessionBaseKey } = ntlmV2Response({
      key,
      serverChallenge,
      clientChallenge,
      timestamp: serverTimestamp ?? toFileTime(now()),
      targetInfo: encodeAvPairs(this.#answeredInfo(challenge.targetInfo, serverTimestamp !== null)),
    });
    const exportedSessionKey = randomBytes(16);
    const message = encodeAuthenticate({
      flags: agreedFlags(requestedFlags, challenge.flags),
      domain,
      user: account.user,
      workstation,
      // A server that sends its time wants no LMv2 response (MS-NLMP 3.1.5.1.2).
      lmResponse:
        serverTimestamp === null ? lmV2Response({ key, serverChallenge, clientChallenge }) : Buffer.alloc(24),
      ntResponse: response,
      encryptedSessionKey: new Rc4(sessionBaseKey).apply(exportedSessionKey),
    });
    const mic = hmacMd5(exportedSessionKey, this.#negotiate, challengeMessage, message);
    return {
      message: serverTimestamp === null ? message : withMic(message, mic),
      security: new SessionSecurity(exportedSessionKey),
      serverTime: serverTimestamp === null ? null : fromFileTime(serverTimestamp),
    };
  }

  /** The server's pairs with ours: the MIC announced, the channel and the service named. */
  #answeredInfo(offered: readonly AvPair[], withMessageIntegrity: boolean): readonly AvPair[] {
    const { channelBindings, targetName } = this.#options;
    let pairs = offered;
    if (withMessageIntegrity) {
      const flags = Buffer.alloc(4);
      flags.writeUInt32LE(((findAvPair(offered, avId.flags)?.readUInt32LE(0) ?? 0) | avFlagMicPresent) >>> 0);
      pairs = withAvPair(pairs, avId.flags, flags);
    }
    if (channelBindings !== null) {
      pairs = withAvPair(pairs, avId.channelBindings, channelBindingsHash(channelBindings));
    }
    return withAvPair(pairs, avId.targetName, Buffer.from(targetName, "utf16le"));
  }
}
