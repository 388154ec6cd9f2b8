import { createHash } from "node:crypto";
import { certificateSignatureHash } from "./certificate-signature.ts";

/**
 * The bytes that tie an authentication to the TLS connection that carries it: `tls-server-end-point` (RFC 5929, 4):
 * the hash of the server's certificate with its own signature's hash, or SHA-256 in place of MD5, SHA-1 and none.
 */
export function tlsServerEndPoint(certificateDer: Buffer): Buffer {
  const hash = createHash(certificateSignatureHash(certificateDer)).update(certificateDer).digest();
  return Buffer.concat([Buffer.from("tls-server-end-point:", "latin1"), hash]);
}

/**
 * The value of MsvAvChannelBindings (MS-NLMP 2.2.2.1): the MD5 of a gss_channel_bindings_struct without addresses
 * (RFC 4121, 4.1.1.2), whose application data are `bindings`.
 */
export function channelBindingsHash(bindings: Buffer): Buffer {
  const addresses = Buffer.alloc(16);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bindings.length);
  return createHash("md5").update(addresses).update(length).update(bindings).digest();
}
