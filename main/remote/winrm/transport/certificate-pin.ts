import { createHash } from "node:crypto";
import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";

/** What a certificate is compared by. */
export interface SeenCertificate {
  /** `SHA256:` and unpadded base64 of the hash over the DER, in the spelling of SSH host keys. */
  readonly fingerprint: string;
  /** SHA-1 in hex: what Windows shows as the certificate's thumbprint. */
  readonly thumbprint: string;
}

export function describeCertificate(der: Buffer): SeenCertificate {
  const sha256 = createHash("sha256").update(der).digest("base64").replace(/=+$/, "");
  return {
    fingerprint: `SHA256:${sha256}`,
    thumbprint: createHash("sha1").update(der).digest("hex").toUpperCase(),
  };
}

/** Asked when a server shows a certificate and none is pinned. Returns true to pin it. */
export type CertificateDecision = (question: {
  readonly host: string;
  readonly port: number;
  readonly certificate: SeenCertificate;
}) => Promise<boolean>;

export interface CertificatePin {
  readonly pinned: string | null;
  readonly decide: CertificateDecision;
  /** Called after a first-seen certificate was accepted, so that it is pinned durably. */
  pin(fingerprint: string): Promise<void>;
}

/**
 * Compares the certificate that a server shows with the pinned one; asks where none is pinned. Succeeds with the
 * accepted fingerprint, else `host-key-unknown` or `host-key-changed`.
 */
export async function checkCertificate(
  der: Buffer,
  server: { readonly host: string; readonly port: number },
  { pinned, decide, pin }: CertificatePin,
): Promise<Result<string>> {
  const { host, port } = server;
  if (der.length === 0)
    return fail("certificate-invalid", told({ kind: "no-certificate-shown", host }), { host, port });
  const certificate = describeCertificate(der);
  const context = { host, port, fingerprint: certificate.fingerprint, thumbprint: certificate.thumbprint };
  if (pinned === certificate.fingerprint) return ok(pinned);
  if (pinned !== null) {
    return fail(
      "host-key-changed",
      told({ kind: "certificate-other", host, shown: certificate.fingerprint, pinned }),
      { ...context, pinned },
      told({ kind: "find-out-why-certificate" }),
    );
  }
  if (!(await decide({ host, port, certificate }))) {
    return fail(
      "host-key-unknown",
      told({ kind: "certificate-new", host, fingerprint: certificate.fingerprint }),
      context,
      told({ kind: "compare-thumbprint", thumbprint: certificate.thumbprint }),
    );
  }
  await pin(certificate.fingerprint);
  return ok(certificate.fingerprint);
}
