import { constants, createHash, sign, X509Certificate } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canonicalJson, type Receipt, type SignedReceipt } from "../../common/domain/receipt.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { receiptCertificateDays, type Authority } from "../pki/authority.ts";
import type { IssuedReceipt, ReceiptIssuer } from "../migrations/services.ts";
import { saltLength } from "./signature.ts";

/**
 * Signs each receipt with a key of its own, which the authority certifies and nobody keeps: what is signed once cannot
 * be signed again by whoever gets hold of this machine later without the authority's own key.
 */
export function createReceiptIssuer(authority: Authority, directory: string): ReceiptIssuer {
  return {
    pathOf: (jobId, run) => join(directory, `${jobId}-run-${run}.json`),

    async issue(receipt): Promise<Result<IssuedReceipt>> {
      const signer = await authority.issue({
        role: "receipt",
        commonName: receipt.job.id,
        validDays: receiptCertificateDays,
      });
      const signed = signReceipt(receipt, authority.certificatePem, {
        certificatePem: signer.certificatePem,
        keyPem: signer.key.reveal(),
      });
      const text = `${JSON.stringify(signed, null, 2)}\n`;
      const path = this.pathOf(receipt.job.id, receipt.job.run);
      try {
        await replaceDurably(path, text);
      } catch (error) {
        return fail("state-damaged", `the receipt cannot be written: ${String(error)}`, { path });
      }
      return ok({
        path,
        text,
        sha256: createHash("sha256").update(text).digest("hex"),
        authorityFingerprint: new X509Certificate(authority.certificatePem).fingerprint256,
      });
    },

    async discard(path) {
      if (dirname(path) !== directory)
        return fail("input-invalid", `${path} is no receipt of this installation`, { path });
      await rm(path, { force: true });
      return ok();
    },
  };
}

/** The signed document. */
export function signReceipt(
  receipt: Receipt,
  authorityPem: string,
  signer: { readonly certificatePem: string; readonly keyPem: string },
): SignedReceipt {
  const value = sign("sha256", Buffer.from(canonicalJson(receipt)), {
    key: signer.keyPem,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  });
  return {
    receipt,
    signature: {
      algorithm: "RSASSA-PSS-SHA256",
      value: value.toString("base64"),
      certificatePem: signer.certificatePem,
      authorityPem,
    },
  };
}

/** After a crash there is the old file or the new one. */
async function replaceDurably(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const prepared = `${path}.new`;
  const file = await open(prepared, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(prepared, path);
}
