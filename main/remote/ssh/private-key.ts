import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ssh2, { type ParsedKey } from "ssh2";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import type { Secret } from "../../../common/secret.ts";

/** `~/` at the start of a path means the assistant's own home directory. */
export function expandHome(path: string, homeDirectory: string): string {
  if (path === "~") return homeDirectory;
  return path.startsWith("~/") ? join(homeDirectory, path.slice(2)) : path;
}

/**
 * Reads and decrypts a private key file: OpenSSH's own format, traditional PEM (RSA, DSA, EC), PKCS#8 (RSA, EC) or
 * PuTTY's. Fails with `key-unreadable` that says whether the file, its format or the passphrase is at fault.
 */
export async function loadPrivateKey(
  path: string,
  homeDirectory: string,
  passphrase: Secret | null,
): Promise<Result<ParsedKey>> {
  const file = expandHome(path, homeDirectory);
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const words =
      why === "ENOENT"
        ? told({ kind: "key-file-absent", file })
        : why === "EACCES"
          ? told({ kind: "key-file-forbidden", file })
          : told({ kind: "key-file-unread", file, text: why });
    return fail("key-unreadable", words, { file });
  }
  return parsePrivateKey(content, file, passphrase);
}

function parsePrivateKey(content: Buffer, file: string, passphrase: Secret | null): Result<ParsedKey> {
  const text = content.toString("latin1");
  const isPkcs8 = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text);
  if (isPkcs8 && text.includes("BEGIN ENCRYPTED") && passphrase === null) return needsPassphrase(file);

  const material = isPkcs8 ? traditionalFromPkcs8(content, passphrase) : content;
  const parsed =
    material instanceof Error
      ? material
      : ssh2.utils.parseKey(material, isPkcs8 ? undefined : passphrase?.reveal());
  if (!(parsed instanceof Error)) {
    // The library gives an array for formats that could hold several keys.
    const key: ParsedKey | undefined = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key !== undefined && key.isPrivateKey()) return ok(key);
    return fail("key-unreadable", told({ kind: "key-file-public", file }), { file });
  }
  if (/no passphrase/i.test(parsed.message)) return needsPassphrase(file);
  if (passphrase !== null && /passphrase|decrypt|integrity|malformed|bad/i.test(parsed.message)) {
    return fail(
      "key-unreadable",
      told({ kind: "passphrase-wrong", file }),
      { file },
      told({ kind: "give-right-passphrase" }),
    );
  }
  return fail("key-unreadable", told({ kind: "key-format-unknown", file, text: parsed.message }), {
    file,
  });
}

function needsPassphrase(file: string): Result<never> {
  return fail(
    "key-unreadable",
    told({ kind: "key-file-closed", file }),
    { file },
    told({ kind: "give-passphrase" }),
  );
}

function traditionalFromPkcs8(content: Buffer, passphrase: Secret | null): string | Error {
  try {
    const key = createPrivateKey({
      key: content,
      ...(passphrase === null ? {} : { passphrase: passphrase.reveal() }),
    });
    switch (key.asymmetricKeyType) {
      case "rsa":
        return key.export({ type: "pkcs1", format: "pem" }).toString();
      case "ec":
        return key.export({ type: "sec1", format: "pem" }).toString();
      default:
        return new Error(
          `PKCS#8 with a key of type ${key.asymmetricKeyType ?? "unknown"}; convert it with ssh-keygen -p`,
        );
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
