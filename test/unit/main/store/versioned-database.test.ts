import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { openVersionedDatabase } from "../../../../main/store/versioned-database.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sma-versions-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const first = "CREATE TABLE thing (name TEXT) STRICT; INSERT INTO thing VALUES ('kept');";
const second = "ALTER TABLE thing ADD COLUMN size INTEGER;";
const open = (...versions: string[]) =>
  openVersionedDatabase(directory, { fileName: "t.sqlite", name: "the test", synchronous: "FULL", versions });

it("takes each new version of the schema once, and keeps what is there", () => {
  unwrap(open(first)).close();
  unwrap(open(first, second)).close();
  const database = unwrap(open(first, second));
  expect(database.prepare("SELECT * FROM thing").all()).toEqual([{ name: "kept", size: null }]);
  database.close();
});

it("refuses what a newer assistant wrote, and leaves it as it is", () => {
  unwrap(open(first, second)).close();
  expect(open(first)).toMatchObject({ failure: { code: "state-damaged" } });
  unwrap(open(first, second)).close();
});

it("takes nothing of a version that fails midway", () => {
  unwrap(open(first)).close();
  expect(open(first, `${second} DROP TABLE none;`)).toMatchObject({ failure: { code: "state-damaged" } });
  const database = unwrap(open(first));
  expect(database.prepare("SELECT * FROM thing").all()).toEqual([{ name: "kept" }]);
  database.close();
});
