import { flagWord, type NegotiateFlag } from "./flags.ts";
import { clientVersion, messageHead, messageType } from "./message.ts";

/** What an AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) is made of. */
export interface AuthenticateFields {
  readonly flags: number;
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
  readonly lmResponse: Buffer;
  readonly ntResponse: Buffer;
  readonly encryptedSessionKey: Buffer;
}

const fixedLength = 64;
const micLength = 16;
/** Behind the fields and the version. */
export const micOffset = fixedLength + clientVersion.length;

/** The message with a MIC of zeros, which {@link withMic} fills in. */
export function encodeAuthenticate(fields: AuthenticateFields): Buffer {
  const domain = Buffer.from(fields.domain, "utf16le");
  const user = Buffer.from(fields.user, "utf16le");
  const workstation = Buffer.from(fields.workstation, "utf16le");
  // In the order in which their positions stand in the message.
  const parts = [fields.lmResponse, fields.ntResponse, domain, user, workstation, fields.encryptedSessionKey];

  let offset = micOffset + micLength;
  const positions = parts.map((part) => {
    const position = Buffer.alloc(8);
    position.writeUInt16LE(part.length, 0);
    position.writeUInt16LE(part.length, 2);
    position.writeUInt32LE(offset, 4);
    offset += part.length;
    return position;
  });
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(fields.flags);
  const head = messageHead(messageType.authenticate);
  return Buffer.concat([head, ...positions, flags, clientVersion, Buffer.alloc(micLength), ...parts]);
}

export function withMic(message: Buffer, mic: Buffer): Buffer {
  const result = Buffer.from(message);
  mic.copy(result, micOffset, 0, micLength);
  return result;
}

/** The flags of the answer: of what was asked for, all that the server granted. */
export function agreedFlags(requested: readonly NegotiateFlag[], granted: number): number {
  return (flagWord(requested) & (granted | flagWord(["version"]))) >>> 0;
}
