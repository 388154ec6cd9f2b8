import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDeb } from "../../../scripts/package/deb.ts";

const name = "server-migration-assistant";
const directory = mkdtempSync(join(tmpdir(), "sma-deb-"));
const isRoot = process.getuid?.() === 0;
const environment = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: directory,
  SMA_STATE_DIR: join(directory, "state"),
};
let packagePath: string;

beforeAll(() => {
  const umask = process.umask(0o077);
  try {
    packagePath = buildDeb({ fast: true, outDirectory: directory });
  } finally {
    process.umask(umask);
  }
});
afterAll(() => {
  if (isRoot) execFileSync("dpkg", ["--purge", name], { stdio: "ignore" });
  rmSync(directory, { recursive: true, force: true });
});

describe("the Debian package", () => {
  it("is for everybody, though it was made where files are their owner's alone", () => {
    const list = execFileSync("dpkg-deb", ["--contents", packagePath], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    const modes = new Set(list.split("\n").map((line) => line.slice(0, 10)));
    expect([...modes].toSorted()).toEqual(["", "-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x"]);
  });

  it.skipIf(!isRoot)(
    "installs, runs without anything of npm, and leaves nothing behind when it is removed",
    async () => {
      expect(statSync(packagePath).size).toBeGreaterThan(20_000_000);
      execFileSync("dpkg", ["--force-depends", "--install", packagePath], { stdio: "ignore" });
      expect(execFileSync("sma", ["help"], { env: environment, encoding: "utf8" })).toContain("sma migrate");
      expect(
        JSON.parse(execFileSync("sma", ["source", "list", "--json"], { env: environment, encoding: "utf8" })),
      ).toEqual([]);

      // What a target host runs: without a start document it says so, in the one line that is waited for.
      const refused = spawnSync("sma-intermediate", { input: "{}", encoding: "utf8" });
      expect(JSON.parse(refused.stdout)).toMatchObject({ ready: false, failure: { code: "input-invalid" } });
      const serve = spawn("sma", ["serve", "--port", "0"], {
        env: environment,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(createInterface({ input: serve.stdout }), "line")) as [string];
      const link = /http:\S+/.exec(line)?.[0] ?? "";
      const entered = await fetch(link);
      const cookie = (entered.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
      const page = await fetch(new URL("/", link), { headers: { cookie } });
      expect(await page.text()).toContain('<div id="root">');
      serve.kill("SIGTERM");
      await once(serve, "exit");

      execFileSync("dpkg", ["--purge", name], { stdio: "ignore" });
      for (const left of [
        `/usr/lib/${name}`,
        "/usr/bin/sma",
        "/usr/bin/sma-intermediate",
        `/usr/share/applications/${name}.desktop`,
      ])
        expect(existsSync(left), left).toBe(false);
    },
  );
});
