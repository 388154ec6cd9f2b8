/** What all NTLM messages share (MS-NLMP 2.2): a signature, a type, and a version of eight bytes. */

export const messageSignature = Buffer.from("NTLMSSP\0", "latin1");

export const messageType = { negotiate: 1, challenge: 2, authenticate: 3 } as const;

/** Only for debugging on the other side (2.2.2.10): a Windows 10 with the current NTLM revision, 15. */
export const clientVersion = Buffer.from([10, 0, 0, 0, 0, 0, 0, 15]);

/** The 12 bytes that every message begins with. */
export function messageHead(type: number): Buffer {
  const head = Buffer.alloc(12);
  messageSignature.copy(head);
  head.writeUInt32LE(type, 8);
  return head;
}
