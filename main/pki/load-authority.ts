import type { DatabaseSync } from "node:sqlite";
import { ok, type Result } from "../../common/result.ts";
import type { CredentialVault } from "../settings/vault.ts";
import { createAuthority, openAuthority, type Authority } from "./authority.ts";

const keyEntry = "installation-ca-key";
const certificateSetting = "installation-ca-certificate";

/** First starts of this process, one after the other: a transaction that waits for another would wait for ever. */
let firstStarts: Promise<unknown> = Promise.resolve();

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
  const open = async (certificatePem: string): Promise<Result<Authority>> => {
    const key = await vault.get(keyEntry);
    return key.ok ? openAuthority({ certificatePem, key: key.value }, clock) : key;
  };

  const existing = read();
  if (existing !== null) return open(existing);
  const made = await createAuthority(clock());
  const keep = async (): Promise<Result<void>> => {
    // Another process may start for the first time too: one of them makes it, key and certificate.
    database.exec("BEGIN IMMEDIATE");
    try {
      if (read() !== null) return ok();
      const kept = await vault.put(keyEntry, made.key);
      // The certificate comes last: without it the next start makes both anew.
      if (kept.ok)
        database
          .prepare("INSERT INTO setting (name, value) VALUES (?, ?)")
          .run(certificateSetting, made.certificatePem);
      return kept;
    } finally {
      database.exec("COMMIT");
    }
  };
  const kept = firstStarts.then(keep);
  firstStarts = kept.catch(() => undefined);
  const done = await kept;
  return done.ok ? open(read() ?? made.certificatePem) : done;
}
