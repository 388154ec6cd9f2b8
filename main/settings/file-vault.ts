/**
 * A vault in a file, for hosts without a system key store (CLI, serve). Every entry is sealed on its own with
 * AES-256-GCM, bound to its name. The vault's key comes from a passphrase through scrypt, or, without one, from a
 * key file (0600) beside the vault, which protects backups of the vault file but not against someone who can read
 * both: docs/adr/0004-file-vault.md.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { chmod, open, readFile, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { Secret } from "../../common/secret.ts";
import { whileLocked } from "./file-lock.ts";
import type { CredentialVault } from "./vault.ts";

const base64 = z.base64();
const vaultFileSchema = z.object({
  format: z.literal(1),
  key: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("key-file") }),
    z.object({
      kind: z.literal("scrypt"),
      salt: base64,
      cost: z.number().int(),
      blockSize: z.number().int(),
    }),
  ]),
  entries: z.record(z.string(), z.object({ nonce: base64, sealed: base64 })),
});
type VaultFile = z.infer<typeof vaultFileSchema>;

const scryptCost = 1 << 16;
const scryptBlockSize = 8;
const tagBytes = 16;

export interface FileVaultOptions {
  readonly vaultPath: string;
  readonly keyPath: string;
  /** Null: use the key file. */
  readonly passphrase: Secret | null;
  /** Used instead of the key file: 32 bytes in base64 that the system's key store keeps. */
  readonly key?: Secret;
}

/** Writes so that after a crash either the old or the new content is there, readable by the owner alone. */
export async function writeFileDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  if (process.platform !== "win32") {
    const directory = await open(dirname(path), "r");
    await directory.sync().finally(() => directory.close());
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** A file of the vault that the system does not let be read. */
function unusable(path: string, error: unknown): Result<never> {
  return fail(
    "state-damaged",
    told({ kind: "path-unread-why", path, text: error instanceof Error ? error.message : String(error) }),
    { path },
    told({ kind: "own-state-folder" }),
  );
}

function deriveKey(passphrase: Secret, salt: Buffer, cost: number, blockSize: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: cost, r: blockSize, p: 1, maxmem: 256 * cost * blockSize };
    scrypt(passphrase.reveal(), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

export class FileVault implements CredentialVault {
  readonly #options: FileVaultOptions;
  #derived: { readonly salt: string; readonly key: Buffer } | null = null;

  constructor(options: FileVaultOptions) {
    this.#options = options;
  }

  async get(entry: string): Promise<Result<Secret>> {
    const loaded = await this.#load();
    if (!loaded.ok) return loaded;
    const sealed = loaded.value?.entries[entry];
    if (loaded.value === null || sealed === undefined) {
      return fail(
        "not-found",
        told({ kind: "vault-lacks-entry", entry }),
        { entry },
        told({ kind: "give-secret-again" }),
      );
    }
    const key = await this.#key(loaded.value);
    if (!key.ok) return key;
    try {
      const bytes = Buffer.from(sealed.sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key.value, Buffer.from(sealed.nonce, "base64"));
      decipher.setAAD(Buffer.from(entry));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      const text = Buffer.concat([
        decipher.update(bytes.subarray(0, bytes.length - tagBytes)),
        decipher.final(),
      ]);
      return ok(new Secret(text.toString("utf8")));
    } catch {
      return fail("vault-locked", told({ kind: "vault-key-other", entry }), { entry });
    }
  }

  put(entry: string, secret: Secret): Promise<Result<void>> {
    return this.#change(async (file) => {
      const key = await this.#key(file);
      if (!key.ok) return key;
      // An entry sealed under another passphrase than the rest would be lost without anybody noticing.
      const first = Object.keys(file.entries)[0];
      if (first !== undefined) {
        const opened = await this.get(first);
        if (!opened.ok) return opened;
      }
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key.value, nonce);
      cipher.setAAD(Buffer.from(entry));
      const sealed = Buffer.concat([
        cipher.update(secret.reveal(), "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      file.entries[entry] = { nonce: nonce.toString("base64"), sealed: sealed.toString("base64") };
      return ok();
    });
  }

  async entries(): Promise<Result<string[]>> {
    const loaded = await this.#load();
    return loaded.ok ? ok(Object.keys(loaded.value?.entries ?? {})) : loaded;
  }

  remove(entry: string): Promise<Result<void>> {
    return this.#change((file) => {
      delete file.entries[entry];
      return Promise.resolve(ok());
    });
  }

  /** Read-modify-write of one file, which `sma` and `sma serve` do beside each other. */
  #change(edit: (file: VaultFile) => Promise<Result<void>>): Promise<Result<void>> {
    const { vaultPath } = this.#options;
    return whileLocked(`${vaultPath}.lock`, async () => {
      const loaded = await this.#load();
      if (!loaded.ok) return loaded;
      const file = loaded.value ?? this.#emptyFile();
      const edited = await edit(file);
      if (!edited.ok) return edited;
      await writeFileDurably(vaultPath, `${JSON.stringify(file, null, 1)}\n`);
      return ok();
    });
  }

  #emptyFile(): VaultFile {
    return {
      format: 1,
      key:
        this.#options.passphrase === null
          ? { kind: "key-file" }
          : {
              kind: "scrypt",
              salt: randomBytes(16).toString("base64"),
              cost: scryptCost,
              blockSize: scryptBlockSize,
            },
      entries: {},
    };
  }

  async #load(): Promise<Result<VaultFile | null>> {
    let text: string;
    try {
      text = await readFile(this.#options.vaultPath, "utf8");
    } catch (error) {
      return isMissing(error) ? ok(null) : unusable(this.#options.vaultPath, error);
    }
    try {
      return ok(vaultFileSchema.parse(JSON.parse(text)));
    } catch (error) {
      return fail("state-damaged", told({ kind: "vault-unread", text: String(error) }), {
        path: this.#options.vaultPath,
      });
    }
  }

  async #key(file: VaultFile): Promise<Result<Buffer>> {
    if (file.key.kind === "scrypt") {
      if (this.#options.passphrase === null)
        return fail("vault-locked", told({ kind: "vault-wants-passphrase" }));
      if (this.#derived?.salt !== file.key.salt) {
        const { salt, cost, blockSize } = file.key;
        if (cost > 1 << 20 || blockSize > 32)
          return fail("state-damaged", told({ kind: "vault-parameters-absurd" }));
        const key = await deriveKey(this.#options.passphrase, Buffer.from(salt, "base64"), cost, blockSize);
        this.#derived = { salt, key };
      }
      return ok(this.#derived.key);
    }
    return this.#keyFromFile(Object.keys(file.entries).length > 0);
  }

  async #keyFromFile(mustExist: boolean): Promise<Result<Buffer>> {
    const path = this.#options.keyPath;
    if (this.#options.key !== undefined) {
      const key = Buffer.from(this.#options.key.reveal(), "base64");
      return key.length === 32 ? ok(key) : fail("vault-locked", told({ kind: "key-store-no-key" }));
    }
    try {
      const key = Buffer.from((await readFile(path, "utf8")).trim(), "base64");
      if (key.length !== 32) return fail("state-damaged", told({ kind: "vault-key-damaged" }), { path });
      if (process.platform !== "win32") await chmod(path, 0o600);
      return ok(key);
    } catch (error) {
      if (!isMissing(error)) return unusable(path, error);
      if (mustExist)
        return fail(
          "vault-locked",
          told({ kind: "vault-key-missing" }),
          { path },
          told({ kind: "use-window-or-backup" }),
        );
      const key = randomBytes(32);
      await writeFileDurably(path, `${key.toString("base64")}\n`);
      return ok(key);
    }
  }
}
