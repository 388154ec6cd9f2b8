import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { avId, findAvPair, parseAvPairs, type AvPair } from "./av-pairs.ts";
import { hasFlag, type NegotiateFlag } from "./flags.ts";
import { messageSignature, messageType } from "./message.ts";

/** A server's CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2). */
export interface Challenge {
  readonly flags: number;
  /** 8 bytes. */
  readonly serverChallenge: Buffer;
  /** The server's or its domain's name; empty where it sent none. */
  readonly targetName: string;
  readonly targetInfo: readonly AvPair[];
}

const headLength = 48;
const maxLength = 65_536;

/** Reads a challenge. Anything that does not fit its own length is `protocol-violation`. */
export function parseChallenge(message: Buffer): Result<Challenge> {
  if (message.length < headLength || message.length > maxLength) {
    return damaged(`it has ${message.length} bytes`);
  }
  if (!message.subarray(0, 8).equals(messageSignature)) return damaged("it does not begin with NTLMSSP");
  if (message.readUInt32LE(8) !== messageType.challenge) {
    return damaged(`it is a message of type ${message.readUInt32LE(8)}`);
  }
  const flags = message.readUInt32LE(20);
  const targetName = field(message, 12);
  if (targetName === null) return damaged("its target name reaches beyond its end");
  const infoBlock = hasFlag(flags, "targetInfo") ? field(message, 40) : Buffer.alloc(0);
  if (infoBlock === null) return damaged("its target information reaches beyond its end");
  const targetInfo = infoBlock.length === 0 ? ok([]) : parseAvPairs(infoBlock);
  if (!targetInfo.ok) return targetInfo;
  return ok({
    flags,
    serverChallenge: Buffer.from(message.subarray(24, 32)),
    targetName: targetName.toString(hasFlag(flags, "unicode") ? "utf16le" : "latin1"),
    targetInfo: targetInfo.value,
  });
}

/** Refuses a server, or somebody between, that answers with less than this client accepts. */
export function requireStrength(challenge: Challenge): Result<void> {
  const needed: readonly NegotiateFlag[] = [
    "unicode",
    "ntlm",
    "extendedSessionSecurity",
    "encryption128",
    "keyExchange",
    "sign",
    "seal",
  ];
  const missing = needed.filter((flag) => !hasFlag(challenge.flags, flag));
  if (missing.length === 0) return ok();
  return fail(
    "algorithm-mismatch",
    told({ kind: "ntlm-too-weak", missing }),
    { missing },
    told({ kind: "allow-ntlmv2" }),
  );
}

/** The server's name in its own words, for people and for `.\user`; null where it did not say. */
export function serverComputerName(challenge: Challenge): string | null {
  return findAvPair(challenge.targetInfo, avId.netbiosComputerName)?.toString("utf16le") ?? null;
}

/** What an 8-byte length, allocated length and offset at `position` point to; null where that is not in the message. */
function field(message: Buffer, position: number): Buffer | null {
  const length = message.readUInt16LE(position);
  const offset = message.readUInt32LE(position + 4);
  if (length === 0) return Buffer.alloc(0);
  if (offset < 32 || offset + length > message.length) return null;
  return message.subarray(offset, offset + length);
}

function damaged(why: string) {
  return fail("protocol-violation", told({ kind: "ntlm-challenge-malformed" }), { why });
}
