import type { ImageFormat } from "../../common/domain/image.ts";
import { imageFormatLimits } from "../../common/domain/image-limits.ts";
import type { ImagePart } from "./fill-image.ts";
import { qcow2Layout } from "./qcow2-layout.ts";
import type { SourceExtent } from "./source-extents.ts";

const mebibyte = 1024 ** 2;

/** How an image format is made with qemu-img. */
export interface FormatRecipe {
  /** qemu-img's name of the driver. */
  readonly driver: string;
  readonly extension: string;
  /** For `qemu-img create -o`. */
  readonly options: readonly string[];
  /** The virtual size is rounded up to a multiple of this; the padding reads as zeros. */
  readonly alignmentBytes: number;
  /** Largest virtual size that the format, or those who import it, take. */
  readonly maximumBytes: number;
  /** The image's file, from its first byte to its last, where it follows from what is on the disk; null where qemu-img makes it. */
  readonly laidOut: ((virtualBytes: number, extents: readonly SourceExtent[]) => LaidOutImage) | null;
}

export interface LaidOutImage {
  readonly parts: Iterable<ImagePart>;
  /** Behind it lies what `qemu-img create` has put there. */
  readonly zerosTo: number;
  /** The file's size; null where `qemu-img create` has made it so. */
  readonly fileBytes: number | null;
}

/** The disk's bytes in their places, and at most something behind them. */
function* flatParts(extents: readonly SourceExtent[]): Generator<ImagePart> {
  for (const { offset, ...at } of extents) yield { imageOffset: offset, ...at };
}

const flat: FormatRecipe["laidOut"] = (virtualBytes, extents) => ({
  parts: flatParts(extents),
  zerosTo: virtualBytes,
  fileBytes: null,
});

export const formatRecipes: Readonly<Record<ImageFormat, FormatRecipe>> = {
  qcow2: {
    driver: "qcow2",
    extension: "qcow2",
    options: ["compat=1.1"],
    alignmentBytes: 512,
    maximumBytes: imageFormatLimits.qcow2,
    laidOut: (virtualBytes, extents) => {
      const { fileBytes, parts } = qcow2Layout(virtualBytes, extents);
      return { parts: parts(), zerosTo: fileBytes, fileBytes };
    },
  },
  raw: {
    driver: "raw",
    extension: "raw",
    options: [],
    alignmentBytes: 512,
    maximumBytes: imageFormatLimits.raw,
    laidOut: flat,
  },
  // Clouds take fixed VHDs of whole mebibytes alone. force_size writes the size itself into the footer instead of the
  // nearest one that cylinders, heads and sectors can express.
  vhd: {
    driver: "vpc",
    extension: "vhd",
    options: ["subformat=fixed", "force_size=on"],
    alignmentBytes: mebibyte,
    maximumBytes: imageFormatLimits.vhd,
    laidOut: flat,
  },
  // One growing file, which every VMware product opens; streamOptimized would be smaller but cannot be booted from.
  vmdk: {
    driver: "vmdk",
    extension: "vmdk",
    options: ["subformat=monolithicSparse"],
    alignmentBytes: 512,
    maximumBytes: imageFormatLimits.vmdk,
    laidOut: null,
  },
};

/** The virtual size that an image of a disk gets. */
export function virtualBytesFor(recipe: FormatRecipe, diskBytes: number): number {
  return Math.ceil(diskBytes / recipe.alignmentBytes) * recipe.alignmentBytes;
}
