/**
 * The installation's certificate authority and the certificates it issues (the only user of node-forge).
 * Names and rules: docs/PROTOCOL.md, "Connections".
 */
import {
  createPrivateKey,
  generateKeyPair,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
import forge from "node-forge";
import { Secret } from "../../common/secret.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

const generate = promisify(generateKeyPair);
const keyBits = 2048;
const day = 86_400_000;
/** Certificates begin in the past, so that a peer whose clock is somewhat late accepts them. */
const backdateMs = 2 * day;
const authorityYears = 20;

export type CertificateRole = "assistant" | "intermediate" | "agent" | "receipt";

export interface Identity {
  readonly certificatePem: string;
  readonly key: Secret;
}

export interface IssuedIdentity extends Identity {
  /** Lower-case hex, as `revokedSerials` wants it. */
  readonly serial: string;
}

export interface CertificateRequest {
  readonly role: CertificateRole;
  /** A job id, or `installation`. */
  readonly commonName: string;
  readonly validDays: number;
}

/** A job's certificates outlive the longest job that anyone should run and are renewed at every resume. */
export const jobCertificateDays = 30;
export const installationName = "installation";

/**
 * As long as the authority's own certificate, or nearly: a receipt is checked years later, and an intermediate may run
 * for years.
 */
export const wholeLifeDays = authorityYears * 365 - 4;
/** id-kp-documentSigning (RFC 9336). */
const documentSigning = "1.3.6.1.5.5.7.3.36";

/** The server name that a client asks for; also the subject alternative name of server certificates. */
export function serverName(commonName: string): string {
  return commonName === installationName ? "installation.sma.internal" : `${commonName}.job.sma.internal`;
}

export interface Authority {
  readonly installation: string;
  readonly certificatePem: string;
  issue(request: CertificateRequest): Promise<IssuedIdentity>;
}

interface KeyPem {
  readonly publicKey: string;
  readonly privateKey: string;
}

async function makeKey(): Promise<KeyPem> {
  return generate("rsa", {
    modulusLength: keyBits,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/** A positive serial number of 127 bits. */
function makeSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f || 0x01;
  return bytes.toString("hex");
}

function newCertificate(
  keys: KeyPem,
  from: number,
  to: number,
): { certificate: forge.pki.Certificate; serial: string } {
  const certificate = forge.pki.createCertificate();
  const serial = makeSerial();
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  certificate.serialNumber = serial;
  certificate.validity.notBefore = new Date(from);
  certificate.validity.notAfter = new Date(to);
  return { certificate, serial };
}

/** Forge encodes and Node signs: RSA in JavaScript would hold up everything else for a seventh of a second. */
function signWith(key: KeyObject, certificate: forge.pki.Certificate): void {
  const signer = {
    sign(): forge.Bytes {
      const encoded = Buffer.from(forge.asn1.toDer(certificate.tbsCertificate).getBytes(), "binary");
      return sign("sha256", encoded, key).toString("binary");
    },
  };
  certificate.sign(signer as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
}

/** Makes a new installation: an id and a self-signed CA. `now` in milliseconds since 1970. */
export async function createAuthority(now: number): Promise<Identity> {
  const keys = await makeKey();
  const { certificate } = newCertificate(keys, now - backdateMs, now + authorityYears * 365 * day);
  const subject = [
    { name: "organizationName", value: randomBytes(8).toString("hex") },
    { name: "commonName", value: "Server Migration Assistant CA" },
  ];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  signWith(createPrivateKey(keys.privateKey), certificate);
  return { certificatePem: forge.pki.certificateToPem(certificate), key: new Secret(keys.privateKey) };
}

/** Opens an existing CA. Fails with `state-damaged` where certificate and key do not belong together. */
export function openAuthority(identity: Identity, clock: () => number): Result<Authority> {
  let ca: forge.pki.Certificate;
  let caKey: KeyObject;
  try {
    ca = forge.pki.certificateFromPem(identity.certificatePem);
    caKey = createPrivateKey(identity.key.reveal());
    const parsed = new X509Certificate(identity.certificatePem);
    if (!parsed.verify(parsed.publicKey)) throw new Error("it is not self-signed");
    if (!parsed.checkPrivateKey(caKey)) throw new Error("the key is not the certificate's");
  } catch (error) {
    return fail("state-damaged", told({ kind: "authority-unusable", text: String(error) }));
  }
  const installation = String(ca.subject.getField("O")?.value ?? "");

  return ok({
    installation,
    certificatePem: identity.certificatePem,
    async issue(request) {
      const keys = await makeKey();
      const now = clock();
      const end = Math.min(now + request.validDays * day, ca.validity.notAfter.getTime());
      const { certificate, serial } = newCertificate(keys, now - backdateMs, end);
      certificate.setSubject([
        { name: "organizationName", value: installation },
        { name: "organizationalUnitName", value: `sma-${request.role}` },
        { name: "commonName", value: request.commonName },
      ]);
      certificate.setIssuer(ca.subject.attributes);
      const isServer = request.role === "intermediate";
      const isReceipt = request.role === "receipt";
      certificate.setExtensions([
        { name: "basicConstraints", cA: false, critical: true },
        {
          name: "keyUsage",
          digitalSignature: true,
          ...(isReceipt ? { nonRepudiation: true } : { keyEncipherment: true }),
          critical: true,
        },
        isReceipt
          ? { name: "extKeyUsage", [documentSigning]: true }
          : { name: "extKeyUsage", serverAuth: isServer, clientAuth: !isServer },
        { name: "subjectKeyIdentifier" },
        { name: "authorityKeyIdentifier", keyIdentifier: ca.generateSubjectKeyIdentifier().getBytes() },
        ...(isServer
          ? [{ name: "subjectAltName", altNames: [{ type: 2, value: serverName(request.commonName) }] }]
          : []),
      ]);
      signWith(caKey, certificate);
      return {
        certificatePem: forge.pki.certificateToPem(certificate),
        key: new Secret(keys.privateKey),
        serial,
      };
    },
  });
}
