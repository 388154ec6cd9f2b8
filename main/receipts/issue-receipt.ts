import { constants, createHash, sign, X509Certificate } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canonicalJson, type Receipt, type SignedReceipt } from "../../common/domain/receipt.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { wholeLifeDays, type Authority } from "../pki/authority.ts";
import type { IssuedReceipt, ReceiptIssuer } from "../migrations/services.ts";
import { isOutOfRoom } from "../../common/out-of-room.ts";
import { replaceFile } from "../../intermediate/durable-file.ts";
import { saltLength } from "./signature.ts";

/**
 * Signs each receipt with a key of its own, which the authority certifies and nobody keeps: what is signed once cannot
 * be signed again by whoever gets hold of this machine later without the authority's own key.
 */
export function createReceiptIssuer(authority: Authority, directory: string): ReceiptIssuer {
  return {
    pathOf: (jobId, run) => join(directory, `${jobId}-run-${run}.json`),

    async issue(receipt): Promise<Result<IssuedReceipt>> {
      const dated = checkDate(receipt, authority.certificatePem);
      if (!dated.ok) return dated;
      const signer = await authority.issue({
        role: "receipt",
        commonName: receipt.job.id,
        validDays: wholeLifeDays,
      });
      const signed = signReceipt(receipt, authority.certificatePem, {
        certificatePem: signer.certificatePem,
        keyPem: signer.key.reveal(),
      });
      const text = `${JSON.stringify(signed, null, 2)}\n`;
      const path = this.pathOf(receipt.job.id, receipt.job.run);
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await replaceFile(path, text);
      } catch (error) {
        // The job waits for room and comes again.
        if (isOutOfRoom(error)) throw error;
        return fail("state-damaged", told({ kind: "receipt-unwritten", text: String(error) }), { path });
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
        return fail("input-invalid", told({ kind: "no-own-receipt", path }), { path });
      await rm(path, { force: true });
      return ok();
    },
  };
}

/** A clock that was set far back would date the receipt before there was anybody to sign it: nobody could check that. */
function checkDate({ issuedAt }: Receipt, authorityPem: string): Result<void> {
  const { validFrom, validTo } = new X509Certificate(authorityPem);
  const at = Date.parse(issuedAt);
  if (at >= Date.parse(validFrom) && at <= Date.parse(validTo)) return ok();
  return fail(
    "clock-skew",
    told({ kind: "clock-outside-signing", now: issuedAt }),
    { now: issuedAt, signsFrom: validFrom, signsTo: validTo },
    told({ kind: "set-clock-and-resume" }),
  );
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
