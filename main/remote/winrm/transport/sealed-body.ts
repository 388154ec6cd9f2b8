import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { signatureLength, type SessionSecurity } from "../ntlm/session-security.ts";

/**
 * The body of a sealed message (MS-WSMV 2.2.9.1.1.2): two parts, the first naming what was sealed, the second with a
 * 32-bit little-endian length of the signature, the signature and the ciphertext, which is as long as the text.
 */

const protocol = "application/HTTP-SPNEGO-session-encrypted";
const boundary = "Encrypted Boundary";

export const sealedContentType = `multipart/encrypted;protocol="${protocol}";boundary="${boundary}"`;
export const soapContentType = "application/soap+xml;charset=UTF-8";

/** Seals an envelope as the next message of the session. */
export function sealBody(envelope: string, security: SessionSecurity): Buffer {
  const plain = Buffer.from(envelope, "utf8");
  const { signature, sealed } = security.seal(plain);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(signature.length);
  const head =
    `--${boundary}\r\n` +
    `\tContent-Type: ${protocol}\r\n` +
    `\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${plain.length}\r\n` +
    `--${boundary}\r\n` +
    "\tContent-Type: application/octet-stream\r\n";
  return Buffer.concat([Buffer.from(head), length, signature, sealed, Buffer.from(`--${boundary}--\r\n`)]);
}

/** True for the Content-Type of a sealed answer. */
export function isSealedContentType(contentType: string | undefined): boolean {
  return (
    contentType !== undefined &&
    /^multipart\/encrypted\s*;/i.test(contentType) &&
    contentType.includes(protocol)
  );
}

const maxHeadLength = 1024;
// Windows is known to write the boundary with and without a space, the headers with and without a tab.
const headPattern = new RegExp(
  `^--[ ]*${boundary}\\r\\n` +
    `[\\t ]*Content-Type:[\\t ]*${protocol}\\r\\n` +
    "[\\t ]*OriginalContent:[\\t ]*type=application/soap\\+xml;charset=([A-Za-z0-9-]+);Length=(\\d{1,9})\\r\\n" +
    `--[ ]*${boundary}\\r\\n` +
    "[\\t ]*Content-Type:[\\t ]*application/octet-stream\\r\\n",
  "i",
);
const tailPattern = new RegExp(`^--[ ]*${boundary}--(?:\\r\\n)?$`);

/** Opens a sealed answer as the next message of the session; `protocol-violation` where it is malformed or altered. */
export function unsealBody(body: Buffer, security: SessionSecurity): Result<string> {
  const head = headPattern.exec(body.toString("latin1", 0, Math.min(body.length, maxHeadLength)));
  if (head === null) return malformed("its parts are not those of an encrypted message");
  const plainLength = Number(head[2]);
  const start = head[0].length;
  const end = start + 4 + signatureLength + plainLength;
  if (end > body.length) return malformed("it is cut short");
  if (body.readUInt32LE(start) !== signatureLength)
    return malformed("its signature has another length than NTLM's");
  if (!tailPattern.test(body.toString("latin1", end, Math.min(body.length, end + 64)))) {
    return malformed("its length is not the one that it names");
  }
  const signature = body.subarray(start + 4, start + 4 + signatureLength);
  const plain = security.unseal(signature, body.subarray(start + 4 + signatureLength, end));
  return plain.ok ? decodeText(plain.value, head[1] ?? "") : plain;
}

/** Decodes an envelope; `protocol-violation` for other charsets than UTF-8 and UTF-16, and for damaged text. */
export function decodeText(bytes: Buffer, charset: string): Result<string> {
  const label = charset.toLowerCase();
  if (label !== "utf-8" && label !== "utf-16") return malformed(`its charset is ${charset}`);
  try {
    return ok(new TextDecoder(label, { fatal: true }).decode(bytes));
  } catch {
    return malformed(`it is not ${charset}`);
  }
}

function malformed(why: string) {
  return fail("protocol-violation", told({ kind: "winrm-answer-malformed" }), { why });
}
