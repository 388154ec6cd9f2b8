import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { safeStorage } from "electron";
import type { SettingsView } from "../../common/api/desk-procedures.ts";
import { writeFileDurably } from "../settings/file-vault.ts";

export interface WindowVault {
  /** Base64; null where the engine uses a key file. */
  readonly key: string | null;
  readonly description: SettingsView["vault"];
}

/**
 * The vault's key out of the system's key store. Where there is none worth the name, or where the vault was begun with
 * a key file, the key file stays, and the settings page says so.
 */
export async function openWindowVault(stateDirectory: string): Promise<WindowVault> {
  const sealedPath = join(stateDirectory, "vault.key.sealed");
  const byFile = (note: string): WindowVault => ({
    key: null,
    description: { protection: "key-file", note },
  });
  if (existsSync(join(stateDirectory, "vault.key")))
    return byFile("The vault was begun with a key file, which the command line needs as well.");
  if (!safeStorage.isEncryptionAvailable() || hasOnlyPlainStorage())
    return byFile(
      "This desktop has no key store: the vault's key lies in a file that only this user can read.",
    );

  const description = { protection: "system-key-store", note: null } as const;
  if (existsSync(sealedPath)) {
    const sealed = Buffer.from(await readFile(sealedPath, "utf8"), "base64");
    return { key: safeStorage.decryptString(sealed), description };
  }
  const key = randomBytes(32).toString("base64");
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await writeFileDurably(sealedPath, safeStorage.encryptString(key).toString("base64"));
  return { key, description };
}

/** On Linux without a key ring Electron "encrypts" with a password that everybody knows. */
function hasOnlyPlainStorage(): boolean {
  return (
    process.platform === "linux" &&
    ["basic_text", "unknown"].includes(safeStorage.getSelectedStorageBackend())
  );
}
