import type { Formats } from "../catalogue.ts";

/** `1 disk`, `2 disks`. */
export function several(format: Formats, count: number, noun: string): string {
  return `${format.integer(count)} ${noun}${count === 1 ? "" : "s"}`;
}
