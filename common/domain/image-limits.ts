import type { ImageFormat } from "./image.ts";

const gibibyte = 1024 ** 3;

/** Largest virtual size that each format, or those who import it, take; checked before anything is copied. */
export const imageFormatLimits: Readonly<Record<ImageFormat, number>> = {
  qcow2: 64 * 1024 * gibibyte,
  raw: 64 * 1024 * gibibyte,
  vhd: 2040 * gibibyte,
  vmdk: 62 * 1024 * gibibyte,
};
