/**
 * Text that a Windows program wrote: UTF-16 where a byte order mark says so or every second byte of the beginning is
 * zero (`wmic`), else UTF-8, in which the shell's code page makes most programs write. What does not decode becomes
 * U+FFFD.
 */
export function decodeOutput(bytes: Buffer): string {
  if (bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le", 2);
  if (looksLikeUtf16(bytes)) return bytes.toString("utf16le");
  return new TextDecoder("utf-8").decode(bytes);
}

const sampleLength = 64;

function looksLikeUtf16(bytes: Buffer): boolean {
  if (bytes.length < 4 || bytes.length % 2 !== 0) return false;
  const sample = bytes.subarray(0, sampleLength);
  return sample.every((byte, index) => (index % 2 === 1) === (byte === 0));
}
