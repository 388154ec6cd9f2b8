import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type { procedures, ProcedureOutput } from "../../common/api/procedures.ts";
import { signedReceiptSchema } from "../../common/domain/receipt.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { printReceipt } from "./print-receipt.ts";
import { checkSignature } from "./signature.ts";
import { readReceipt, verifyReceipt } from "./verify-receipt.ts";

export interface ReceiptProcedureOptions {
  /** Where this installation keeps its receipts. */
  readonly directory: string;
  readonly authorityPem: string;
  readonly agentPath: string | null;
}

type Input<N extends "receipt.show" | "receipt.verify"> = z.output<(typeof procedures)[N]["input"]>;

/** What the procedures `receipt.*` do; `jobId` is already resolved. */
export function createReceiptProcedures(options: ReceiptProcedureOptions) {
  return {
    async show(
      jobId: string,
      { run, pdfPath }: Omit<Input<"receipt.show">, "job">,
      signal: AbortSignal,
    ): Promise<Result<ProcedureOutput<"receipt.show">>> {
      const number = run ?? (await newestRun(options.directory, jobId));
      const path = join(options.directory, `${jobId}-run-${number ?? 1}.json`);
      if (number === null) {
        return fail(
          "not-found",
          told({ kind: "no-receipt-yet" }),
          { job: jobId },
          told({ kind: "receipt-comes-with-images" }),
        );
      }
      const text = await readReceipt(path);
      if (!text.ok) return text;
      const checked = checkSignature(text.value, options.authorityPem);
      if (!checked.ok) return checked;
      if (pdfPath !== null) {
        const printed = await printReceipt(text.value, pdfPath, signal);
        if (!printed.ok) return printed;
      }
      const { authorityFingerprint } = checked.value;
      return ok({ path, authorityFingerprint, signed: signedReceiptSchema.parse(JSON.parse(text.value)) });
    },

    async verify(
      { receiptPath, authorityPath, files }: Input<"receipt.verify">,
      signal: AbortSignal,
    ): Promise<Result<ProcedureOutput<"receipt.verify">>> {
      const given = authorityPath === null ? ok(null) : await readAuthority(authorityPath);
      if (!given.ok) return given;
      return verifyReceipt({
        receiptPath,
        authorityPem: given.value,
        ownAuthorityPem: options.authorityPem,
        files,
        agentPath: options.agentPath,
        signal,
      });
    },
  };
}

/** A PEM file that the admin vouches for. */
export async function readAuthority(path: string): Promise<Result<string>> {
  try {
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    return fail(
      "not-found",
      told({ kind: "authority-unread", text: String(error) }),
      { path },
      told({ kind: "check-file" }),
    );
  }
}

async function newestRun(directory: string, jobId: string): Promise<number | null> {
  const names = await readdir(directory).catch((): string[] => []);
  const runs = names.flatMap((name) => {
    const match = /^([a-z0-9]+)-run-(\d+)\.json$/.exec(name);
    return match?.[1] === jobId ? [Number(match[2])] : [];
  });
  return runs.length === 0 ? null : Math.max(...runs);
}
