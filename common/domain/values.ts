/** Values that many schemas share. */
import { z } from "zod";

/** Bytes; estimates may have fractions. */
export const bytes = z.number().nonnegative();

/** Bytes that are counted. */
export const wholeBytes = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const sha256HexSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const byteRangeSchema = z.object({ diskId: z.number().int(), offset: wholeBytes, length: wholeBytes });
