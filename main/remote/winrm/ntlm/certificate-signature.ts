import { wordTable } from "../../../../common/word-table.ts";

/** The name by which node:crypto knows the hash that channel binding wants for this certificate. */
export type BindingHash = "sha256" | "sha384" | "sha512";

// Object identifiers of signature algorithms and hashes, as their DER content in hex (RFC 8017, RFC 5758, RFC 5754).
const hashOfIdentifier = wordTable<BindingHash>({
  "2a864886f70d01010c": "sha384", // sha384WithRSAEncryption
  "2a864886f70d01010d": "sha512", // sha512WithRSAEncryption
  "2a8648ce3d040303": "sha384", // ecdsa-with-SHA384
  "2a8648ce3d040304": "sha512", // ecdsa-with-SHA512
  "608648016503040202": "sha384", // id-sha384, within RSASSA-PSS parameters
  "608648016503040203": "sha512", // id-sha512
});
const rsaPss = "2a864886f70d01010a";

const tag = { sequence: 0x30, objectIdentifier: 0x06, context0: 0xa0 } as const;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/**
 * Which hash `tls-server-end-point` takes for a certificate (RFC 5929, 4.1): that of its signature, and SHA-256 where
 * that is MD5, SHA-1, unknown or none. The certificate is the one that TLS has already parsed.
 */
export function certificateSignatureHash(certificateDer: Buffer): BindingHash {
  const certificate = children(children(certificateDer)[0]?.content ?? Buffer.alloc(0));
  const algorithm = certificate[1];
  if (algorithm?.tag !== tag.sequence) return "sha256";
  const [identifier, parameters] = children(algorithm.content);
  if (identifier?.tag !== tag.objectIdentifier) return "sha256";
  const name = identifier.content.toString("hex");
  if (name === rsaPss && parameters !== undefined) return pssHash(parameters.content);
  return hashOfIdentifier[name] ?? "sha256";
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, … } */
function pssHash(parameters: Buffer): BindingHash {
  const hashAlgorithm = children(parameters).find((element) => element.tag === tag.context0);
  const algorithm = hashAlgorithm === undefined ? undefined : children(hashAlgorithm.content)[0];
  const identifier = algorithm === undefined ? undefined : children(algorithm.content)[0];
  return hashOfIdentifier[identifier?.content.toString("hex") ?? ""] ?? "sha256";
}

/** The DER elements that follow each other in `bytes`, up to the first that is cut short. */
function children(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  let offset = 0;
  while (offset + 2 <= bytes.length) {
    const elementTag = bytes.readUInt8(offset);
    const first = bytes.readUInt8(offset + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + lengthBytes;
    if (first === 0x80 || lengthBytes > 4 || start > bytes.length) break;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(offset + 2, lengthBytes);
    if (start + length > bytes.length) break;
    elements.push({ tag: elementTag, content: bytes.subarray(start, start + length) });
    offset = start + length;
  }
  return elements;
}
