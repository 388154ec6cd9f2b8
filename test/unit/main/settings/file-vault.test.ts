import { mkdir, mkdtemp, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { Secret } from "../../../../common/secret.ts";
import { FileVault } from "../../../../main/settings/file-vault.ts";

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "sma-vault-"))));
afterEach(() => rm(directory, { recursive: true, force: true }));

function open(passphrase: string | null = null): FileVault {
  return new FileVault({
    vaultPath: join(directory, "vault.json"),
    keyPath: join(directory, "vault.key"),
    passphrase: passphrase === null ? null : new Secret(passphrase),
  });
}

it("gives back what was put in, also to a vault opened later", async () => {
  unwrap(await open().put("a/password", new Secret("pässwörd")));
  expect(unwrap(await open().get("a/password")).reveal()).toBe("pässwörd");
});

it("keeps secrets out of its file and files away from others", async () => {
  unwrap(await open().put("entry", new Secret("hunter2-in-the-clear")));
  for (const name of ["vault.json", "vault.key"]) {
    const path = join(directory, name);
    expect(await readFile(path, "utf8")).not.toContain("hunter2");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  }
});

it.each([
  ["by one assistant", 1],
  ["by several, each of which knows nothing of the others", 4],
])("keeps every secret when many are put at once %s", async (_by, assistants) => {
  const vaults = Array.from({ length: assistants }, () => open());
  const names = Array.from({ length: 20 }, (_, index) => `entry-${index}`);
  const put = (name: string, index: number) =>
    vaults[index % assistants]?.put(name, new Secret(`secret of ${name}`));
  for (const done of await Promise.all(names.map(put))) expect(done).toEqual({ ok: true });
  for (const name of names) expect(unwrap(await open().get(name)).reveal()).toBe(`secret of ${name}`);
});

it("opens with its passphrase and no other", async () => {
  unwrap(await open("right").put("entry", new Secret("s")));
  expect(unwrap(await open("right").get("entry")).reveal()).toBe("s");
  expect(await open("wrong").get("entry")).toMatchObject({ failure: { code: "vault-locked" } });
  expect(await open(null).get("entry")).toMatchObject({ failure: { code: "vault-locked" } });
});

it("refuses to add an entry under a wrong passphrase", async () => {
  unwrap(await open("right").put("entry", new Secret("s")));
  expect(await open("wrong").put("other", new Secret("t"))).toMatchObject({
    failure: { code: "vault-locked" },
  });
  expect(await open("right").get("other")).toMatchObject({ failure: { code: "not-found" } });
});

it("does not make a new key over entries that the old one sealed", async () => {
  unwrap(await open().put("entry", new Secret("s")));
  await unlink(join(directory, "vault.key"));
  expect(await open().get("entry")).toMatchObject({ failure: { code: "vault-locked" } });
  expect(await open().put("other", new Secret("t"))).toMatchObject({ failure: { code: "vault-locked" } });
});

it("notices an entry that was moved under another name", async () => {
  unwrap(await open().put("low", new Secret("s")));
  const path = join(directory, "vault.json");
  await writeFile(path, (await readFile(path, "utf8")).replace('"low"', '"high"'));
  expect(await open().get("high")).toMatchObject({ failure: { code: "vault-locked" } });
});

it("says that a damaged file is damaged", async () => {
  await writeFile(join(directory, "vault.json"), "{ not json");
  expect(await open().get("entry")).toMatchObject({ failure: { code: "state-damaged" } });
});

it.each(["vault.json", "vault.key"])("says that %s cannot be read, and what to look at", async (name) => {
  await mkdir(join(directory, name));
  for (const done of [
    await open().put("a/password", new Secret("x")),
    await open().put("b", new Secret("y")),
  ])
    expect(done).toMatchObject({
      ok: false,
      failure: { code: "state-damaged", context: { path: join(directory, name) } },
    });
});
