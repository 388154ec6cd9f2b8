import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";

/** AV_PAIR identifiers (MS-NLMP 2.2.2.1). */
export const avId = {
  endOfList: 0,
  netbiosComputerName: 1,
  netbiosDomainName: 2,
  dnsComputerName: 3,
  dnsDomainName: 4,
  dnsTreeName: 5,
  flags: 6,
  timestamp: 7,
  singleHost: 8,
  targetName: 9,
  channelBindings: 10,
} as const;

/** In MsvAvFlags: the AUTHENTICATE message carries a MIC. */
export const avFlagMicPresent = 0x0000_0002;

/** One AV_PAIR; the terminator is implied. */
export interface AvPair {
  readonly id: number;
  readonly value: Buffer;
}

/**
 * Reads a target info block: pairs of 16-bit id and 16-bit length, little-endian, up to the terminator. Fails with
 * `protocol-violation` where a pair reaches beyond the block, the terminator is missing or an id repeats.
 */
export function parseAvPairs(block: Buffer): Result<readonly AvPair[]> {
  const pairs: AvPair[] = [];
  let offset = 0;
  while (offset + 4 <= block.length) {
    const id = block.readUInt16LE(offset);
    const length = block.readUInt16LE(offset + 2);
    offset += 4;
    if (offset + length > block.length) return damaged(`pair ${id} reaches beyond the target information`);
    if (id === avId.endOfList) return length === 0 ? ok(pairs) : damaged("the terminator has a length");
    if (pairs.some((pair) => pair.id === id)) return damaged(`pair ${id} occurs twice`);
    const expected = fixedLength(id);
    if (expected !== null && length !== expected)
      return damaged(`pair ${id} has ${length} bytes, not ${expected}`);
    pairs.push({ id, value: Buffer.from(block.subarray(offset, offset + length)) });
    offset += length;
  }
  return damaged("the target information has no terminator");
}

/** The block that {@link parseAvPairs} reads, terminator included. */
export function encodeAvPairs(pairs: readonly AvPair[]): Buffer {
  return Buffer.concat([...pairs, { id: avId.endOfList, value: Buffer.alloc(0) }].map(encodePair));
}

export function findAvPair(pairs: readonly AvPair[], id: number): Buffer | null {
  return pairs.find((pair) => pair.id === id)?.value ?? null;
}

/** The list with this pair set: in its place where it was present, else at the end. */
export function withAvPair(pairs: readonly AvPair[], id: number, value: Buffer): readonly AvPair[] {
  if (!pairs.some((pair) => pair.id === id)) return [...pairs, { id, value }];
  return pairs.map((pair) => (pair.id === id ? { id, value } : pair));
}

function encodePair({ id, value }: AvPair): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(id, 0);
  header.writeUInt16LE(value.length, 2);
  return Buffer.concat([header, value]);
}

function fixedLength(id: number): number | null {
  switch (id) {
    case avId.flags:
      return 4;
    case avId.timestamp:
      return 8;
    case avId.channelBindings:
      return 16;
    default:
      return null;
  }
}

function damaged(why: string) {
  return fail("protocol-violation", told({ kind: "ntlm-challenge-malformed" }), { why });
}
