import { inEnglish } from "../../../support/in-english.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fail, ok } from "../../../../common/result.ts";
import type { Assistant } from "../../../../main/assistant.ts";
import type { CommandContext, OptionValues } from "../../../../main/cli/command.ts";
import { findOrAddSource } from "../../../../main/cli/commands/migrate.ts";
import { addSource } from "../../../../main/cli/source-options.ts";
import { memoryVault } from "../../../support/alibaba-cloud/cloud-bench.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-options-"));
  writeFileSync(join(folder, "password"), "correct horse\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An assistant that knows the source `web1` and answers `source.add` so. */
function given(added: unknown, more: OptionValues = {}) {
  const vault = memoryVault();
  const call = (name: string) =>
    Promise.resolve(name === "source.list" ? ok([{ name: "web1", id: "1" }]) : added);
  const assistant = { vault, call } as unknown as Assistant;
  const options = { "password-file": join(folder, "password"), ...more };
  return { vault, assistant, context: { options, terminal: { canAsk: false } } as unknown as CommandContext };
}

it("a source that is added has its password in the vault", async () => {
  const { vault, assistant, context } = given(ok({ name: "web2" }));
  await addSource(context, assistant, "admin@web2");
  expect(await vault.entries()).toMatchObject({
    value: [expect.stringMatching(/^source\/web2\/.*\/password$/)],
  });
});

it.each([
  ["is refused", fail("already-exists", inEnglish("there is one")), {}],
  ["has wrong options", ok({ name: "web2" }), { elevate: "by-magic" }],
  ["has a wrong jump host", ok({ name: "web2" }), { jump: ["a:b:c:d:zz"] }],
])("a source that %s leaves no secret in the vault", async (_why, added, more) => {
  const { vault, assistant, context } = given(added, more);
  await addSource(context, assistant, "admin@web2").catch(() => undefined);
  expect(await vault.entries()).toEqual(ok([]));
});

it("a destination whose source is known puts no second password into the vault", async () => {
  const { vault, assistant, context } = given(fail("already-exists", inEnglish("there is one")));
  expect(await findOrAddSource(context, assistant, "admin@web1:22")).toBe("web1");
  expect(await vault.entries()).toEqual(ok([]));
});
