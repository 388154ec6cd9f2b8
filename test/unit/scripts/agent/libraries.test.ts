import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { provideLibrary } from "../../../../scripts/agent/libraries.ts";
import type { LibraryRecipe, PinnedSource } from "../../../../scripts/agent/recipes.ts";
import { linuxX8664 } from "../../../../scripts/agent/targets.ts";
import { Steps } from "../../../../scripts/agent/steps.ts";

/** A library of one file, from a Debian mirror of one file on loopback. */

const folder = mkdtempSync(join(tmpdir(), "sma-libraries-"));
const tarball = join(folder, "thing_2.orig.tar.gz");
const asked: string[] = [];
const server = createServer((request, reply) => {
  asked.push(request.url ?? "");
  if (request.url?.endsWith("/thing_2.orig.tar.gz") === true) reply.end(readFileSync(tarball));
  else reply.writeHead(404).end();
});
let mirror = "";
let sha256 = "";
let cache = "";

beforeAll(async () => {
  mkdirSync(join(folder, "thing-2"));
  writeFileSync(join(folder, "thing-2/header.h"), "#define THING 2\n");
  writeFileSync(join(folder, "thing-2/unwanted"), "");
  execFileSync("tar", ["-C", folder, "-czf", tarball, "thing-2"]);
  sha256 = createHash("sha256").update(readFileSync(tarball)).digest("hex");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/debian`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  cache = mkdtempSync(join(folder, "cache-"));
  asked.length = 0;
});

const source = (version: string, checksum: string): PinnedSource => ({
  version,
  pools: ["pool/main/t/thing", "pool/updates/main/t/thing"],
  file: `thing_${version}.orig.tar.gz`,
  sha256: checksum,
});

const recipe = (
  sources: readonly PinnedSource[],
  script = 'mkdir "$OUT/include"; cp "$SOURCE"/* "$OUT/include/"',
) => ({ name: "thing", sources, leaveOut: ["unwanted"], script }) satisfies LibraryRecipe;

const provide = (wanted: LibraryRecipe) =>
  provideLibrary(wanted, linuxX8664, { cache, mirrors: [mirror], jobs: 1, steps: new Steps(true) });

test("takes the next pinned source when the mirror no longer has the first, and builds it once", async () => {
  const wanted = recipe([source("1", "0".repeat(64)), source("2", sha256)]);
  const built = await provide(wanted);
  expect(built.version).toBe("2");
  expect(readdirSync(join(built.folder, "include"))).toEqual(["header.h"]);
  expect(asked.filter((url) => url.includes("thing_1"))).toHaveLength(2);

  asked.length = 0;
  expect(await provide(wanted)).toEqual(built);
  expect(asked).toEqual([]);
});

test("never builds from a file whose checksum is not the pinned one", async () => {
  await expect(provide(recipe([source("2", "f".repeat(64))]))).rejects.toThrow(/thing_2\.orig\.tar\.gz/);
  expect(readdirSync(join(cache, "sources"))).toEqual([]);
});

test("builds again when the recipe changes, from the source that it has", async () => {
  const first = await provide(recipe([source("2", sha256)]));
  asked.length = 0;
  const second = await provide(recipe([source("2", sha256)], 'mkdir "$OUT/lib"'));
  expect(second.folder).not.toBe(first.folder);
  expect(asked).toEqual([]);
});

test("a build that fails leaves nothing behind that a later one would take for finished", async () => {
  const broken = recipe([source("2", sha256)], 'mkdir "$OUT/lib"; echo "no such compiler"; exit 3');
  await expect(provide(broken)).rejects.toThrow(/no such compiler/);
  expect(readdirSync(join(cache, "libraries"))).toEqual([]);
});
