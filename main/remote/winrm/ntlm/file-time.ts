/** FILETIME: 100-nanosecond ticks since 1601-01-01 UTC, 8 bytes little-endian (MS-DTYP 2.3.3). */

const ticksPerMillisecond = 10_000n;
const epochDifferenceMs = 11_644_473_600_000n;

export function toFileTime(time: Date): Buffer {
  const ticks = (BigInt(time.getTime()) + epochDifferenceMs) * ticksPerMillisecond;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ticks);
  return bytes;
}

/** Null where the time is beyond what a Date holds. */
export function fromFileTime(bytes: Buffer): Date | null {
  const date = new Date(Number(bytes.readBigUInt64LE(0) / ticksPerMillisecond - epochDifferenceMs));
  return Number.isNaN(date.getTime()) ? null : date;
}
