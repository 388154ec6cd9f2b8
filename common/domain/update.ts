/** New versions: what an address tells of them, and what the assistant makes of it. It never fetches or installs one. */
import { z } from "zod";
import { failureSchema } from "./job.ts";

/** HTTPS, or HTTP on this machine alone; no name or password in it. */
const trustworthy =
  /^(?:https:\/\/[^\s/@?#]+|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?)(?:[/?#]\S*)?$/i;

export const updateAddressSchema = z
  .string()
  .trim()
  .max(2048)
  .regex(trustworthy, "an https address without a name or password in it");

const versionSchema = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, "a version such as 1.2.3");

/** The document at the address. */
export const releaseSchema = z.object({
  version: versionSchema,
  /** Where a person reads about it and fetches it. */
  page: updateAddressSchema.nullable().default(null),
});
export type Release = z.infer<typeof releaseSchema>;

export const updateStateSchema = z.discriminatedUnion("name", [
  /** No address is set: nobody is asked. */
  z.object({ name: z.literal("off") }),
  z.object({ name: z.literal("not-asked") }),
  z.object({ name: z.literal("current"), checkedAt: z.iso.datetime() }),
  z.object({ name: z.literal("newer"), checkedAt: z.iso.datetime(), release: releaseSchema }),
  z.object({ name: z.literal("failed"), checkedAt: z.iso.datetime(), failure: failureSchema }),
]);
export type UpdateState = z.infer<typeof updateStateSchema>;

/** True where `version` comes after `than`. What is no version comes after nothing. */
export function isNewer(version: string, than: string): boolean {
  if (!versionSchema.safeParse(version).success || !versionSchema.safeParse(than).success) return false;
  const [a, b] = [version, than].map((each) => each.split(".").map(Number));
  for (const [at, part] of (a ?? []).entries()) {
    const other = b?.[at] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}
