/** The desktop's key store as it may be on a bad day; that it works on a good one is seen in test/e2e/window. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { openWindowVault } from "../../../main/electron/vault-key.ts";

const store = vi.hoisted(() => ({ isThere: true, backend: "gnome_libsecret", ring: 7 }));
vi.mock("electron", () => ({
  safeStorage: {
    isEncryptionAvailable: () => store.isThere,
    getSelectedStorageBackend: () => store.backend,
    encryptString: (text: string) => Buffer.from(Buffer.from(text).map((byte) => byte ^ store.ring)),
    decryptString(hidden: Buffer) {
      if (store.ring === 0) throw new Error("the key ring is locked");
      return Buffer.from(hidden.map((byte) => byte ^ store.ring)).toString("utf8");
    },
  },
}));

let directory = "";
const sealed = () => join(directory, "vault.key.sealed");
beforeEach(() => {
  Object.assign(store, { isThere: true, backend: "gnome_libsecret", ring: 7 });
  directory = mkdtempSync(join(tmpdir(), "sma-vault-key-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("the window's vault", () => {
  it("has a key that only the key store gives, and the same one every time", async () => {
    const first = unwrap(await openWindowVault(directory));
    expect(Buffer.from(first.key ?? "", "base64")).toHaveLength(32);
    expect(readFileSync(sealed(), "utf8")).not.toContain(first.key);
    expect(unwrap(await openWindowVault(directory))).toEqual(first);
    expect(first.description).toEqual({ protection: "system-key-store", reason: null });
  });

  it.each([
    ["another key ring", { ring: 9 }],
    ["a locked one", { ring: 0 }],
    ["none any more", { isThere: false }],
    ["one that hides nothing", { backend: "basic_text" }],
  ])("does not begin another key where its own is behind %s", async (_what, change) => {
    unwrap(await openWindowVault(directory));
    const before = readFileSync(sealed());
    Object.assign(store, change);
    expect(await openWindowVault(directory)).toMatchObject({ ok: false, failure: { code: "vault-locked" } });
    expect(readFileSync(sealed())).toEqual(before);
  });

  it("says why it uses a key file: there is no key store, or the vault was begun with one", async () => {
    store.isThere = false;
    expect(unwrap(await openWindowVault(directory)).description.reason).toBe("no-key-store");
    expect(existsSync(sealed())).toBe(false);
    store.isThere = true;
    writeFileSync(join(directory, "vault.key"), "begun by the command line");
    const opened = unwrap(await openWindowVault(directory));
    expect(opened).toEqual({
      key: null,
      description: { protection: "key-file", reason: "begun-with-key-file" },
    });
  });
});
