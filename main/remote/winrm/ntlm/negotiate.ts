import { flagWord, type NegotiateFlag } from "./flags.ts";
import { clientVersion, messageHead, messageType } from "./message.ts";

/** What this client asks for: Unicode, NTLMv2, and 128-bit sealing with extended session security and key exchange. */
export const requestedFlags: readonly NegotiateFlag[] = [
  "unicode",
  "requestTarget",
  "sign",
  "seal",
  "ntlm",
  "alwaysSign",
  "extendedSessionSecurity",
  "targetInfo",
  "version",
  "encryption128",
  "keyExchange",
  "encryption56",
];

/** The NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1), without domain and workstation. */
export function negotiateMessage(): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(flagWord(requestedFlags));
  const noNames = Buffer.alloc(16);
  return Buffer.concat([messageHead(messageType.negotiate), flags, noNames, clientVersion]);
}
