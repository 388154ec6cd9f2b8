import type { Source } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { profileEntryPrefix } from "./credential-store.ts";

/** Vault entries of single sources begin so. */
export const sourceEntryPrefix = "source/";

/** Names of the vault entries in a source's address, wherever in it they stand. */
export function entriesOf(address: Source["address"]): string[] {
  const found: string[] = [];
  const search = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (/Entry$/.test(key) && typeof inner === "string") found.push(inner);
      else search(inner);
    }
  };
  search(address);
  return [...new Set(found)];
}

/** Only entries made for sources may be named by one: the vault holds other secrets that no host must be shown. */
export function checkEntries(address: Source["address"]): Result<void> {
  const foreign = entriesOf(address).find(
    (entry) => !entry.startsWith(sourceEntryPrefix) && !entry.startsWith(profileEntryPrefix),
  );
  return foreign === undefined
    ? ok()
    : fail("input-invalid", told({ kind: "address-of-other-entry" }), { field: "address" });
}
