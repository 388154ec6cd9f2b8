/**
 * The bundle: what a collector script writes on a source, carried over by hand or read over the wire. Text in it is
 * whatever the source said: untrusted, and never free of surprises.
 */
import { z } from "zod";

/** Limits that hold before and after parsing; a bundle beyond them is refused, never cut. */
export const bundleLimits = {
  /** Of the JSON document as it lies on disk. */
  documentBytes: 64 * 1024 * 1024,
  /** Nesting of the JSON document; a real bundle needs 4. */
  depth: 16,
  files: 20_000,
  commands: 5_000,
  /** UTF-16 code units of one file's or output's text. */
  textLength: 16 * 1024 * 1024,
  /** Of a path or command line. */
  nameLength: 4096,
} as const;

const nameSchema = z.string().min(1).max(bundleLimits.nameLength);
const textSchema = z.string().max(bundleLimits.textLength);

export const commandOutputSchema = z.object({
  stdout: textSchema.default(""),
  stderr: textSchema.default(""),
  /** 127: not found. 124: stopped at its time limit. Null: not told. */
  exitCode: z.number().int().nullable().default(null),
});
export type CommandOutput = z.infer<typeof commandOutputSchema>;

const counted = <T extends z.ZodType>(value: T, limit: number) =>
  z
    .record(nameSchema, value)
    .refine((entries) => Object.keys(entries).length <= limit, { message: `more than ${limit} entries` });

export const bundlePlatforms = ["linux", "windows"] as const;

/** A partial bundle is valid: whatever is absent is unknown. Fields that are not named here are ignored. */
export const bundleSchema = z.object({
  format: z.literal(1),
  /** ISO 8601 with offset, by the source's clock. */
  collectedAt: z.string().max(64).nullable().default(null),
  /** Name and version, e.g. `collect-linux.sh 1`. */
  collector: z.string().max(256).nullable().default(null),
  platform: z.enum(bundlePlatforms).nullable().default(null),
  /** Path on the source to the file's text. */
  files: counted(textSchema, bundleLimits.files).default({}),
  /** Command line as run on the source to what it said. */
  commands: counted(commandOutputSchema, bundleLimits.commands).default({}),
  /** Path or command line to why it could not be read, in a few words. */
  unread: counted(z.string().max(4096), bundleLimits.files).default({}),
});
export type Bundle = z.infer<typeof bundleSchema>;
