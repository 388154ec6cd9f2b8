/**
 * The receipt of one run of a job: what was copied from where, how it was proved and what became of it. It is signed
 * with a key that the installation's certificate authority vouches for, so that it can be checked offline and later.
 */
import { z } from "zod";
import { deliveredImageSchema } from "./cloud.ts";
import { conversionChangeSchema } from "./conversion.ts";
import { byteRangeSchema, sha256HexSchema } from "./values.ts";
import { imageFormatSchema } from "./image.ts";
import { runKinds } from "./run.ts";

const bytes = z.number().int().nonnegative();

export const receiptDiskSchema = z.object({
  id: z.number().int(),
  /** On the source. */
  path: z.string(),
  sizeBytes: bytes,
  chunkBytes: z.number().int().positive(),
  /** The pass in which source and replica agreed. */
  pass: z.number().int(),
  sourceTreeHash: sha256HexSchema,
  replicaTreeHash: sha256HexSchema,
  /** Tree hash of what the images hold: the replica's, or another where conversion changed the disk. */
  contentTreeHash: sha256HexSchema,
  /** Bytes of chunks in which the images differ from the replica. */
  changedBytes: bytes,
  /** Size of the disk in the images, where conversion made it larger than the source's. */
  contentBytes: bytes.optional(),
});
export type ReceiptDisk = z.infer<typeof receiptDiskSchema>;

export const receiptImageSchema = z.object({
  diskId: z.number().int(),
  format: imageFormatSchema,
  /** File name without folders. */
  file: z.string(),
  fileBytes: bytes,
  virtualBytes: bytes,
  sha256: sha256HexSchema,
});

export const receiptSchema = z.object({
  format: z.literal(1),
  issuedAt: z.iso.datetime(),
  /** Id of the installation that issued it; also the organisation in its certificates. */
  installation: z.string(),
  job: z.object({
    id: z.string(),
    run: z.number().int().min(1),
    kind: z.enum(runKinds),
    createdAt: z.iso.datetime(),
  }),
  source: z.object({
    id: z.string(),
    name: z.string(),
    /** How it was reached, without secrets: `ssh root@db1:22`. */
    address: z.string(),
    /** Fingerprint of what the source proved itself with. */
    hostKey: z.string().nullable(),
    hostName: z.string().nullable(),
    operatingSystem: z.string().nullable(),
    architecture: z.string().nullable(),
    platform: z.enum(["linux", "windows", "other"]).nullable(),
    firmware: z.enum(["bios", "uefi"]),
  }),
  disks: z.array(receiptDiskSchema).min(1),
  sync: z.object({
    passes: z.number().int(),
    /** True where the last pass found nothing changed. */
    settled: z.boolean(),
    stillChanging: z.array(byteRangeSchema),
    readErrors: z.array(byteRangeSchema),
    rawBytes: bytes,
    wireBytes: bytes,
    /** Of the raw bytes: hashed as they arrived. The replica's tree hash covers all of them either way. */
    checkedBytes: bytes.optional(),
    seconds: z.number().nonnegative(),
  }),
  /**
   * Of file replication; `disks` are then the new disks as the images hold them, with their own hash in all places, and
   * what was proved of the source's disks stands here. Absent where disks travelled as they are.
   */
  layout: z
    .object({
      sourceDisks: z.array(receiptDiskSchema.omit({ contentTreeHash: true, changedBytes: true })),
      volumes: z.array(z.object({ mountPoint: z.string(), entries: bytes, bytes })),
    })
    .optional(),
  conversion: z.object({
    enabled: z.boolean(),
    changes: z.array(conversionChangeSchema.omit({ said: true })),
  }),
  /** Null where nobody booted the result. */
  boot: z
    .object({
      booted: z.boolean(),
      evidence: z.string(),
      accelerator: z.enum(["kvm", "tcg"]),
      seconds: z.number().nonnegative(),
    })
    .nullable(),
  images: z.array(receiptImageSchema),
  /** What the images became where the target keeps its results; absent where they stay as files. */
  delivered: deliveredImageSchema.optional(),
  times: z.array(z.object({ step: z.string(), beganAt: z.iso.datetime(), endedAt: z.iso.datetime() })),
  versions: z.object({
    assistant: z.string(),
    intermediate: z.string(),
    agent: z.string().nullable(),
    agentPlatform: z.string().nullable(),
  }),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** The file: the receipt, and over its canonical form the signature with everything needed to check it. */
export const signedReceiptSchema = z.object({
  receipt: receiptSchema,
  signature: z.object({
    algorithm: z.literal("RSASSA-PSS-SHA256"),
    value: z.base64(),
    /** Of the key that signed; issued for this one receipt by the authority below. */
    certificatePem: z.string().max(16_384),
    authorityPem: z.string().max(16_384),
  }),
});
export type SignedReceipt = z.infer<typeof signedReceiptSchema>;

/** What checking one file against a receipt came to. */
export const receiptFileCheckSchema = z.object({
  file: z.string(),
  diskId: z.number().int().nullable(),
  verdict: z.enum(["same-file", "same-content", "replica", "differs", "unrelated"]),
  /** One sentence for a person. */
  says: z.string(),
  /** Where it differs; empty where it does not, or where that cannot be told. */
  extents: z.array(z.object({ offset: bytes, length: bytes })),
  /** Files of the migrated system that the extents belong to. */
  files: z.array(z.string()),
});
export type ReceiptFileCheck = z.infer<typeof receiptFileCheckSchema>;

export const receiptVerificationSchema = z.object({
  receipt: receiptSchema,
  /** SHA-256 of the authority's certificate, colon-separated hex: compare it with the issuer's own. */
  authorityFingerprint: z.string(),
  signerFingerprint: z.string(),
  /** Whose authority was believed: one given by the admin, this installation's own, or only the receipt's. */
  trust: z.enum(["given", "own", "unconfirmed"]),
  files: z.array(receiptFileCheckSchema),
  /** True where every file that was given is what the receipt says. */
  holds: z.boolean(),
});
export type ReceiptVerification = z.infer<typeof receiptVerificationSchema>;

/**
 * The bytes that are signed: JSON with sorted keys and no spaces (as RFC 8785 for what a receipt holds). `value` is
 * parsed JSON.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
