/** The framing of sealed messages (MS-WSMV 2.2.9.1.1.2), by index and not by the client's pattern. */

const mark = "--Encrypted Boundary";
const protocol = "application/HTTP-SPNEGO-session-encrypted";

export const sealedContentType = `multipart/encrypted;protocol="${protocol}";boundary="Encrypted Boundary"`;

/** Signature and ciphertext in one, and the length of the text that was announced; null where it is no such body. */
export function readSealed(body: Buffer): { sealed: Buffer; plainLength: number } | null {
  const head = body.indexOf("\tContent-Type: application/octet-stream\r\n");
  const announced = /\tOriginalContent: type=application\/soap\+xml;charset=UTF-8;Length=(\d+)\r\n/.exec(
    body.toString("latin1", 0, Math.max(head, 0)),
  );
  if (
    head < 0 ||
    announced === null ||
    !body.toString("latin1", 0, mark.length + 2).startsWith(`${mark}\r\n`)
  ) {
    return null;
  }
  const start = head + "\tContent-Type: application/octet-stream\r\n".length;
  const end = body.lastIndexOf(`${mark}--\r\n`);
  if (end < start + 20 || body.readUInt32LE(start) !== 16) return null;
  return { sealed: body.subarray(start + 4, end), plainLength: Number(announced[1]) };
}

export function writeSealed(sealed: Buffer, plainLength: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(16);
  return Buffer.concat([
    Buffer.from(
      `${mark}\r\nContent-Type: ${protocol}\r\n` +
        `OriginalContent: type=application/soap+xml;charset=UTF-8;Length=${plainLength}\r\n` +
        `${mark}\r\nContent-Type: application/octet-stream\r\n`,
    ),
    length,
    sealed,
    Buffer.from(`${mark}--\r\n`),
  ]);
}
