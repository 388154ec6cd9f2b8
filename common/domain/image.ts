/** Images: formats, files, and what stands beside them. */
import { z } from "zod";
import { sha256HexSchema, wholeBytes } from "./values.ts";

export const imageFormats = ["qcow2", "raw", "vhd", "vmdk"] as const;

export const imageFormatSchema = z.enum(imageFormats);
export type ImageFormat = z.infer<typeof imageFormatSchema>;

/** What importers of an image want to know, and only the source could tell. */
export const imageFactsSchema = z.object({
  architecture: z.string().max(32).nullable(),
  platform: z.enum(["linux", "windows", "other"]).nullable(),
  /** The system's own name for people. */
  operatingSystem: z.string().max(512).nullable(),
  bootMode: z.enum(["bios", "uefi"]),
  /** Who brings the operating system's licence: the target decides, the target's provider, or the admin. */
  licenceType: z.enum(["auto", "provider", "byol"]),
});
export type ImageFacts = z.infer<typeof imageFactsSchema>;

export const imageFileSchema = z.object({
  diskId: z.number().int(),
  format: imageFormatSchema,
  path: z.string(),
  fileBytes: wholeBytes,
  virtualBytes: wholeBytes,
  sha256: sha256HexSchema,
});
export type ImageFile = z.infer<typeof imageFileSchema>;
