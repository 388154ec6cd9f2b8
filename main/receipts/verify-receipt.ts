import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { ReceiptFileCheck, ReceiptVerification } from "../../common/domain/receipt.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { checkFile, type CheckOptions } from "./check-file.ts";
import { checkSignature } from "./signature.ts";

export interface VerifyOptions {
  readonly receiptPath: string;
  /** A certificate authority that the admin vouches for; null: this installation's, or else the receipt's own. */
  readonly authorityPem: string | null;
  /** This installation's authority, where there is one. */
  readonly ownAuthorityPem: string | null;
  readonly files: readonly { readonly path: string; readonly diskId: number | null }[];
  readonly agentPath: string | null;
  readonly signal: AbortSignal;
  readonly onProgress?: CheckOptions["onProgress"];
}

const receiptBytesMost = 16 * 1024 ** 2;

/**
 * Checks a receipt and, where files are given, whether they are what it says. Needs no network and no installation.
 * `receipt-invalid` where the receipt itself does not hold; a file that differs is a value.
 */
export async function verifyReceipt(options: VerifyOptions): Promise<Result<ReceiptVerification>> {
  const { receiptPath, authorityPem, ownAuthorityPem, signal } = options;
  const text = await readReceipt(receiptPath);
  if (!text.ok) return text;
  const checked = checkSignature(text.value, authorityPem);
  if (!checked.ok) return checked;
  const isOwn = ownAuthorityPem !== null && checkSignature(text.value, ownAuthorityPem).ok;

  const files: ReceiptFileCheck[] = [];
  for (const { path, diskId } of options.files) {
    const file = await checkFile({
      receipt: checked.value.receipt,
      path,
      diskId,
      folders: [dirname(receiptPath)],
      agentPath: options.agentPath,
      signal,
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    });
    if (!file.ok) return file;
    files.push(file.value);
  }
  return ok({
    ...checked.value,
    trust: authorityPem !== null ? "given" : isOwn ? "own" : "unconfirmed",
    files,
    holds: files.every(({ verdict }) => verdict !== "differs" && verdict !== "unrelated"),
  });
}

export async function readReceipt(path: string): Promise<Result<string>> {
  try {
    if ((await stat(path)).size > receiptBytesMost)
      return fail("receipt-invalid", told({ kind: "receipt-too-large", path }), { path });
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    return fail(
      "not-found",
      told({ kind: "receipt-unread", text: String(error) }),
      { path },
      told({ kind: "check-file" }),
    );
  }
}
