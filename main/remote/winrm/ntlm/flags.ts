/** The NTLMSSP_NEGOTIATE flags that this client uses (MS-NLMP 2.2.2.5). */
export const negotiateFlags = {
  unicode: 0x0000_0001,
  requestTarget: 0x0000_0004,
  sign: 0x0000_0010,
  seal: 0x0000_0020,
  ntlm: 0x0000_0200,
  alwaysSign: 0x0000_8000,
  extendedSessionSecurity: 0x0008_0000,
  targetInfo: 0x0080_0000,
  version: 0x0200_0000,
  encryption128: 0x2000_0000,
  keyExchange: 0x4000_0000,
  encryption56: 0x8000_0000,
} as const;

export type NegotiateFlag = keyof typeof negotiateFlags;

/** The 32-bit word with these flags set, unsigned. */
export function flagWord(flags: readonly NegotiateFlag[]): number {
  return flags.reduce((word, flag) => word | negotiateFlags[flag], 0) >>> 0;
}

export function hasFlag(word: number, flag: NegotiateFlag): boolean {
  return (word & negotiateFlags[flag]) !== 0;
}
