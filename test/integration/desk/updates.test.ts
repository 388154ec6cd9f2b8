/** Looking for newer versions: off until an address is set, and then nothing but a question and an answer. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isNewer, updateAddressSchema } from "../../../common/domain/update.ts";
import { productVersion } from "../../../common/version.ts";
import { unwrap } from "../../../common/result.ts";
import { createAssistant, type Assistant } from "../../../main/assistant.ts";

const stateDirectory = mkdtempSync(join(tmpdir(), "sma-updates-"));
let assistant: Assistant;
let server: Server;
let address = "";
let answer = "";
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    if (request.url === "/elsewhere") response.writeHead(302, { location: "/" }).end();
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  assistant = unwrap(
    await createAssistant({
      stateDirectory,
      resourcesDirectory: join(stateDirectory, "resources"),
      intermediateCommand: ["false"],
      decideHostKey: () => Promise.resolve(false),
      vault: null,
      vaultPassphrase: null,
      clock: Date.now,
    }),
  );
});
afterAll(async () => {
  await assistant.close();
  server.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

const check = async () => unwrap(await assistant.call("update.check", {}));
const set = async (to: string | null) =>
  unwrap(await assistant.call("settings.set", { updates: { address: to } }));

describe("updates", () => {
  it("are off: nobody is asked", async () => {
    expect(unwrap(await assistant.call("settings.get", {})).settings.updates).toEqual({ address: null });
    assistant.keepSchedule();
    expect(await check()).toEqual({ name: "off" });
    expect(asked).toBe(0);
  });

  it("are told of when the address names a newer version, and only then", async () => {
    await set(address);
    expect(unwrap(await assistant.call("update.show", {}))).toEqual({ name: "not-asked" });
    answer = JSON.stringify({ version: productVersion });
    expect(await check()).toMatchObject({ name: "current" });
    answer = JSON.stringify({ version: "999.0.0", page: "https://example.org/sma" });
    expect(await check()).toMatchObject({
      name: "newer",
      release: { version: "999.0.0", page: "https://example.org/sma" },
    });
    expect(unwrap(await assistant.call("update.show", {})).name).toBe("newer");
    await set(null);
    expect(unwrap(await assistant.call("update.show", {}))).toEqual({ name: "off" });
  });

  it.each([
    ["no JSON", "<html>"],
    ["no version", "{}"],
    ["a version that is none", '{"version":"newest"}'],
    ["a page that is no address", '{"version":"999.0.0","page":"javascript:alert(1)"}'],
    ["far too much", `{"version":"999.0.0","x":"${"x".repeat(70_000)}"}`],
  ])("fail with a word of what is wrong where the answer is %s", async (_what, given) => {
    await set(address);
    answer = given;
    expect(await check()).toMatchObject({ name: "failed", failure: { code: "update-check-failed" } });
  });

  it("do not follow to another address", async () => {
    answer = JSON.stringify({ version: "999.0.0" });
    await set(`${address}elsewhere`);
    expect(await check()).toMatchObject({ name: "failed", failure: { code: "update-check-failed" } });
  });

  it.each(["http://example.org/", "https://user:secret@example.org/", "file:///etc/passwd", "https://", "x"])(
    "are not asked of %s",
    async (wrong) => {
      expect(updateAddressSchema.safeParse(wrong).success).toBe(false);
      const refused = await assistant.call("settings.set", { updates: { address: wrong } });
      expect(refused).toMatchObject({ ok: false, failure: { context: { field: "updates.address" } } });
    },
  );

  it.each([
    ["1.10.0", "1.9.9", true],
    ["2.0.0", "1.99.99", true],
    ["1.2.3", "1.2.3", false],
    ["1.2.2", "1.2.3", false],
    ["newest", "1.0.0", false],
  ])("%s after %s: %s", (version, than, is) => expect(isNewer(version, than)).toBe(is));
});
