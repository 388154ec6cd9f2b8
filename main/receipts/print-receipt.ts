import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../../common/result.ts";
import { createChromiumPrinter, findChromium } from "../reports/pdf-printer.ts";
import { receiptPage } from "./receipt-html.ts";
import { checkSignature } from "./signature.ts";
import { signedReceiptSchema } from "../../common/domain/receipt.ts";

/** Prints a receipt's JSON as a PDF for people; one that does not hold is not printed. */
export async function printReceipt(
  text: string,
  pdfPath: string,
  signal: AbortSignal,
): Promise<Result<void>> {
  const checked = checkSignature(text, null);
  if (!checked.ok) return checked;
  const page = receiptPage(signedReceiptSchema.parse(JSON.parse(text)), {
    ...checked.value,
    sha256: createHash("sha256").update(text).digest("hex"),
  });
  const folder = await mkdtemp(join(tmpdir(), "sma-receipt-"));
  try {
    const htmlPath = join(folder, "receipt.html");
    await writeFile(htmlPath, page, { mode: 0o600 });
    return await createChromiumPrinter(await findChromium()).print(htmlPath, pdfPath, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
