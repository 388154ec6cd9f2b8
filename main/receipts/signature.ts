import { constants, verify, X509Certificate } from "node:crypto";
import { canonicalJson, signedReceiptSchema, type Receipt } from "../../common/domain/receipt.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { tellIssue } from "../../common/domain/report-text/tell-issue.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";

/** Of the PSS signature, bytes: the hash's length. */
export const saltLength = 32;

export interface CheckedSignature {
  readonly receipt: Receipt;
  readonly authorityFingerprint: string;
  readonly signerFingerprint: string;
}

/**
 * Parses a receipt and checks its signature, the signer's certificate and the authority. `trustedPem` is the authority
 * to believe; null believes the receipt's own, which proves only that the receipt is whole. `receipt-invalid` says what
 * does not hold.
 */
export function checkSignature(text: string, trustedPem: string | null): Result<CheckedSignature> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return invalid(told({ kind: "receipt-no-json" }));
  }
  const parsed = signedReceiptSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") ?? "";
    return invalid(
      field === ""
        ? told({ kind: "receipt-none" })
        : told({ kind: "receipt-field-wrong", field, because: tellIssue(issue) }),
    );
  }
  const { receipt, signature } = parsed.data;
  let signer: X509Certificate;
  let authority: X509Certificate;
  let trusted: X509Certificate | null;
  try {
    signer = new X509Certificate(signature.certificatePem);
    authority = new X509Certificate(signature.authorityPem);
    trusted = trustedPem === null ? null : new X509Certificate(trustedPem);
  } catch {
    return invalid(told({ kind: "certificate-unread" }));
  }
  if (trusted !== null && trusted.fingerprint256 !== authority.fingerprint256) {
    return invalid(
      told({ kind: "other-authority", shown: authority.fingerprint256, own: trusted.fingerprint256 }),
    );
  }
  const obstacle = certificateObstacle(signer, authority, receipt);
  if (obstacle !== null) return invalid(obstacle);

  // What was signed is what the file says, unknown fields of later versions included.
  const signed = (document as { receipt: unknown }).receipt;
  const holds = verify(
    "sha256",
    Buffer.from(canonicalJson(signed)),
    { key: signer.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
    Buffer.from(signature.value, "base64"),
  );
  if (!holds) return invalid(told({ kind: "signature-not-its" }));
  return ok({
    receipt,
    authorityFingerprint: authority.fingerprint256,
    signerFingerprint: signer.fingerprint256,
  });
}

function certificateObstacle(
  signer: X509Certificate,
  authority: X509Certificate,
  receipt: Receipt,
): Told | null {
  if (!authority.ca || !authority.verify(authority.publicKey)) return told({ kind: "authority-none" });
  if (!authority.subject.split("\n").includes(`O=${receipt.installation}`))
    return told({ kind: "authority-elsewhere" });
  if (signer.ca || !signer.checkIssued(authority) || !signer.verify(authority.publicKey))
    return told({ kind: "signer-not-issued" });
  const wanted = [`O=${receipt.installation}`, "OU=sma-receipt", `CN=${receipt.job.id}`];
  if (signer.subject !== wanted.join("\n")) return told({ kind: "signer-not-receipts" });
  const issued = Date.parse(receipt.issuedAt);
  for (const certificate of [signer, authority]) {
    if (issued < Date.parse(certificate.validFrom) || issued > Date.parse(certificate.validTo))
      return told({ kind: "dated-outside" });
  }
  return null;
}

function invalid(why: Told): Result<never> {
  return fail("receipt-invalid", told({ kind: "receipt-does-not-hold", because: why }));
}
