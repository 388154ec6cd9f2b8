import { createHash } from "node:crypto";

export interface SeenHostKey {
  /** `SHA256:` and unpadded base64, as OpenSSH prints it. */
  readonly fingerprint: string;
  /** As on the wire, e.g. `ssh-ed25519`. */
  readonly keyType: string;
}

/** Reads a host key in SSH wire format (RFC 4253, 6.6: it begins with its type as a string). */
export function describeHostKey(blob: Buffer): SeenHostKey {
  const fingerprint = `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
  const typeLength = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const hasType = typeLength > 0 && typeLength <= 64 && blob.length >= 4 + typeLength;
  return { fingerprint, keyType: hasType ? blob.toString("latin1", 4, 4 + typeLength) : "unknown" };
}
