import type { DatabaseSync } from "node:sqlite";
import type { Result } from "../../common/result.ts";
import type { CredentialVault } from "../settings/vault.ts";
import { createAuthority, openAuthority, type Authority } from "./authority.ts";

const keyEntry = "installation-ca-key";
const certificateSetting = "installation-ca-certificate";

/** The installation's CA: made at the first start, its key in the vault, its certificate in the state database. */
export async function loadAuthority(
  database: DatabaseSync,
  vault: CredentialVault,
  clock: () => number,
): Promise<Result<Authority>> {
  const read = () => {
    const row = database.prepare("SELECT value FROM setting WHERE name = ?").get(certificateSetting);
    return row === undefined ? null : String(row["value"]);
  };

  const existing = read();
  if (existing !== null) {
    const key = await vault.get(keyEntry);
    return key.ok ? openAuthority({ certificatePem: existing, key: key.value }, clock) : key;
  }

  const made = await createAuthority(clock());
  const kept = await vault.put(keyEntry, made.key);
  if (!kept.ok) return kept;
  // The certificate comes last: without it the next start makes both anew.
  database
    .prepare("INSERT INTO setting (name, value) VALUES (?, ?)")
    .run(certificateSetting, made.certificatePem);
  return openAuthority(made, clock);
}
