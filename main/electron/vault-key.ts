import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { safeStorage } from "electron";
import type { SettingsView } from "../../common/api/desk-procedures.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { writeFileDurably } from "../settings/file-vault.ts";

export interface WindowVault {
  /** Base64; null where the engine uses a key file. */
  readonly key: string | null;
  readonly description: SettingsView["vault"];
}

/**
 * The vault's key out of the system's key store. Where there is none worth the name, or where the vault was begun with
 * a key file, the key file stays, and the settings page says so. A key that was sealed and cannot be opened is a
 * failure: another key would leave every secret behind.
 */
export async function openWindowVault(stateDirectory: string): Promise<Result<WindowVault>> {
  const sealedPath = join(stateDirectory, "vault.key.sealed");
  const byFile = (reason: SettingsView["vault"]["reason"]): Result<WindowVault> =>
    ok({ key: null, description: { protection: "key-file", reason } });
  if (existsSync(join(stateDirectory, "vault.key"))) return byFile("begun-with-key-file");
  const hasStore = safeStorage.isEncryptionAvailable() && !hasOnlyPlainStorage();
  const description = { protection: "system-key-store", reason: null } as const;
  if (existsSync(sealedPath)) {
    const key = hasStore ? await unseal(sealedPath) : null;
    return key === null
      ? fail(
          "vault-locked",
          told({ kind: "vault-sealed-by-desktop" }),
          { path: sealedPath },
          told({ kind: "unlock-key-ring" }),
        )
      : ok({ key, description });
  }
  if (!hasStore) return byFile("no-key-store");
  const key = randomBytes(32).toString("base64");
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await writeFileDurably(sealedPath, safeStorage.encryptString(key).toString("base64"));
  return ok({ key, description });
}

/** Null where the key store gives something else than it was given, or refuses. */
async function unseal(path: string): Promise<string | null> {
  try {
    const key = safeStorage.decryptString(Buffer.from(await readFile(path, "utf8"), "base64"));
    return Buffer.from(key, "base64").length === 32 ? key : null;
  } catch {
    return null;
  }
}

/** On Linux without a key ring Electron "encrypts" with a password that everybody knows. */
function hasOnlyPlainStorage(): boolean {
  return (
    process.platform === "linux" &&
    ["basic_text", "unknown"].includes(safeStorage.getSelectedStorageBackend())
  );
}
