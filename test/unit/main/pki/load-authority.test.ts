import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { loadAuthority } from "../../../../main/pki/load-authority.ts";
import { FileVault } from "../../../../main/settings/file-vault.ts";
import { openDatabase } from "../../../../main/store/database.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "sma-authority-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("assistants that start for the first time together have one authority, and its key", async () => {
  const databases = [1, 2, 3].map(() => unwrap(openDatabase(folder)));
  const vault = (): FileVault =>
    new FileVault({
      vaultPath: join(folder, "vault.json"),
      keyPath: join(folder, "vault.key"),
      passphrase: null,
    });
  const made = await Promise.all(databases.map((database) => loadAuthority(database, vault(), Date.now)));
  const certificates = made.map((each) => unwrap(each).certificatePem);
  expect(new Set(certificates).size).toBe(1);
  for (const database of databases) database.close();
  // What the next start reads fits together: a key of another certificate would be refused.
  const database = unwrap(openDatabase(folder));
  const again = unwrap(await loadAuthority(database, vault(), Date.now));
  await again.issue({ role: "agent", commonName: "job0000001", validDays: 1 });
  expect(again.certificatePem).toBe(certificates[0]);
  database.close();
});
