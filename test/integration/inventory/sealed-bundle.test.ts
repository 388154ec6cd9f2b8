import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { isSealed, openSealedBundle, sealBundle } from "../../../main/inventory/bundle-seal.ts";

const script = resolve(import.meta.dirname, "../../../resources/collectors/seal-bundle.sh");
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.warn("SKIPPED seal-bundle.sh: openssl is not installed");

describe("a sealed bundle", () => {
  const document = Buffer.from('{"format":1,"files":{"/etc/hostname":"日本\\n"}}');
  let privateKey: KeyObject;
  let otherKey: KeyObject;
  let folder = "";

  beforeAll(() => {
    privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    otherKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    folder = mkdtempSync("/tmp/sma-seal-test-");
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const seal = (): string => sealBundle(document, createPublicKey(privateKey), randomBytes);

  it("opens with the key it was sealed to and shows nothing of its content", () => {
    const container = Buffer.from(seal());
    expect(isSealed(container)).toBe(true);
    expect(isSealed(document)).toBe(false);
    expect(container.toString()).not.toContain("hostname");
    expect(Buffer.from(unwrap(openSealedBundle(container, privateKey, "b.sealed")))).toEqual(document);
  });

  it("is refused by another installation, which says why", () => {
    const result = openSealedBundle(Buffer.from(seal()), otherKey, "b.sealed");
    expect(!result.ok && result.failure).toMatchObject({
      code: "bundle-invalid",
      context: { file: "b.sealed", field: "key" },
    });
    expect(!result.ok && result.failure.message).toMatch(/another installation/);
  });

  it("is refused when any part of it was altered or cut", () => {
    const container = seal();
    for (const label of ["wrapped", "data"]) {
      const at = container.indexOf(`\n${label} `) + label.length + 20;
      const altered = container.slice(0, at) + (container[at] === "A" ? "B" : "A") + container.slice(at + 1);
      const result = openSealedBundle(Buffer.from(altered), privateKey, "b.sealed");
      expect(!result.ok && result.failure.context["field"], label).toBe(label);
    }
    for (const length of [0, 19, 60, container.length - 40]) {
      expect(
        openSealedBundle(Buffer.from(container.slice(0, length)), privateKey, "b.sealed").ok,
        `${length}`,
      ).toBe(false);
    }
  });

  it.skipIf(!hasOpenssl)(
    "can be made on a source that has nothing but openssl, and leaves no key behind",
    () => {
      const pem = join(folder, "assistant.pem");
      writeFileSync(pem, createPublicKey(privateKey).export({ type: "spki", format: "pem" }));
      const run = spawnSync("sh", [script, pem], { input: document });
      expect(run.status, run.stderr.toString()).toBe(0);
      expect(Buffer.from(unwrap(openSealedBundle(run.stdout, privateKey, "b.sealed")))).toEqual(document);
      expect(openSealedBundle(run.stdout, otherKey, "b.sealed").ok).toBe(false);
      const text = run.stdout.toString();
      const at = text.indexOf("\ndata ") + 8;
      const altered = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
      expect(openSealedBundle(Buffer.from(altered), privateKey, "b.sealed").ok).toBe(false);
      for (const base of ["/dev/shm", "/run", "/tmp"])
        expect(readdirSync(base).filter((name) => name.startsWith("sma-seal."))).toEqual([]);
    },
  );
});
