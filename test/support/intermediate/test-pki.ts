import { constants, generateKeyPairSync, privateEncrypt } from "node:crypto";
import forge from "node-forge";

export interface TestIdentity {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Lower-case hex. */
  readonly serial: string;
}

export interface TestCertificate {
  readonly unit: "sma-assistant" | "sma-intermediate" | "sma-agent";
  readonly commonName: string;
  /** Default: the CA's own. */
  readonly organization?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface TestAuthority {
  readonly installation: string;
  readonly caPem: string;
  issue(request: TestCertificate): TestIdentity;
}

const dayMs = 86_400_000;
// Making RSA keys takes most of the time; who holds which key is not what the tests are about.
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
let serials = 0x1000;

interface Signed {
  readonly subject: forge.pki.CertificateField[];
  readonly issuer: forge.pki.CertificateField[];
  readonly extensions: object[];
  readonly signKeyPem: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What PKCS #1 puts before a SHA-256. */
const sha256Prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** A key as forge wants it, that signs in OpenSSL: forge's own arithmetic takes a hundred times as long. */
function quickKey(pem: string): forge.pki.rsa.PrivateKey {
  const key = { key: pem, padding: constants.RSA_PKCS1_PADDING };
  const signer = {
    sign: (digest: forge.md.MessageDigest) =>
      privateEncrypt(
        key,
        Buffer.concat([sha256Prefix, Buffer.from(digest.digest().getBytes(), "latin1")]),
      ).toString("latin1"),
  };
  return signer as unknown as forge.pki.rsa.PrivateKey;
}

function sign(request: Signed, publicPem: string): { pem: string; serial: string } {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicPem);
  serials += 1;
  certificate.serialNumber = `00${serials.toString(16)}`;
  certificate.validity.notBefore = request.notBefore;
  certificate.validity.notAfter = request.notAfter;
  certificate.setSubject(request.subject);
  certificate.setIssuer(request.issuer);
  certificate.setExtensions(request.extensions);
  certificate.sign(quickKey(request.signKeyPem), forge.md.sha256.create());
  return { pem: forge.pki.certificateToPem(certificate), serial: serials.toString(16) };
}

const name = (organization: string, unit: string, commonName: string): forge.pki.CertificateField[] => [
  { shortName: "O", value: organization },
  { shortName: "OU", value: unit },
  { shortName: "CN", value: commonName },
];

/** A CA for tests, independent of the product's own. */
export function createTestAuthority(installation: string): TestAuthority {
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const caName = name(installation, "sma-ca", "ca");
  const now = Date.now();
  const ca = sign(
    {
      subject: caName,
      issuer: caName,
      extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
      ],
      signKeyPem: keys.privateKey,
      notBefore: new Date(now - dayMs),
      notAfter: new Date(now + dayMs),
    },
    keys.publicKey,
  );
  return {
    installation,
    caPem: ca.pem,
    issue(request) {
      const dnsName =
        request.commonName === "installation"
          ? "installation.sma.internal"
          : `${request.commonName}.job.sma.internal`;
      const server = request.unit === "sma-intermediate";
      const signed = sign(
        {
          subject: name(request.organization ?? installation, request.unit, request.commonName),
          issuer: caName,
          extensions: [
            { name: "basicConstraints", cA: false },
            { name: "extKeyUsage", serverAuth: server, clientAuth: !server },
            ...(server ? [{ name: "subjectAltName", altNames: [{ type: 2, value: dnsName }] }] : []),
          ],
          signKeyPem: keys.privateKey,
          notBefore: request.notBefore ?? new Date(now - dayMs),
          notAfter: request.notAfter ?? new Date(now + dayMs),
        },
        publicKey,
      );
      return { certificatePem: signed.pem, keyPem: privateKey, serial: signed.serial };
    },
  };
}
