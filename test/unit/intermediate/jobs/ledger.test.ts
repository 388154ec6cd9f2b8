import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { Ledger } from "../../../../intermediate/jobs/ledger.ts";

let outside = "";
let folder = "";
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "sma-ledger-"));
  folder = join(outside, "job");
  mkdirSync(folder);
});
afterEach(() => rmSync(outside, { recursive: true, force: true }));

const open = async (): Promise<Ledger> => unwrap(await Ledger.open(folder));
const at = (...names: string[]): string => join(folder, ...names);

async function make(ledger: Ledger, name: string): Promise<void> {
  await ledger.claim(at(name));
  writeFileSync(at(name), name);
}

describe("a ledger", () => {
  test("removes exactly what it lists, and its directory", async () => {
    const ledger = await open();
    await make(ledger, "one");
    await ledger.claim(at("images"), "directory");
    mkdirSync(at("images"));
    await make(ledger, "images/two");
    await ledger.claim(at("never-made"));
    expect(unwrap(await (await open()).removeAll([]))).toBeUndefined();
    expect(existsSync(folder)).toBe(false);
  });

  test("is on disk before the file that it lists", async () => {
    const ledger = await open();
    await ledger.claim(at("one"));
    expect(readFileSync(at("ledger.json"), "utf8")).toContain('"one"');
    expect(existsSync(at("one"))).toBe(false);
  });

  test("leaves a stranger's file and the directory around it, and says so", async () => {
    const ledger = await open();
    await make(ledger, "one");
    await ledger.claim(at("images"), "directory");
    mkdirSync(at("images"));
    writeFileSync(at("images", "holiday.jpg"), "mine");
    const result = await ledger.removeAll([]);
    expect(result).toMatchObject({ ok: false, failure: { code: "storage-failed" } });
    expect(readFileSync(at("images", "holiday.jpg"), "utf8")).toBe("mine");
    expect(existsSync(at("one"))).toBe(false);
    rmSync(at("images", "holiday.jpg"));
    expect((await (await open()).removeAll([])).ok).toBe(true);
  });

  test("never follows a symbolic link, be it the file or a folder on the way", async () => {
    const precious = join(outside, "precious");
    mkdirSync(precious);
    writeFileSync(join(precious, "two"), "keep");
    const ledger = await open();
    await make(ledger, "one");
    rmSync(at("one"));
    symlinkSync(join(precious, "two"), at("one"));
    await ledger.claim(at("images"), "directory");
    mkdirSync(at("images"));
    await make(ledger, "images/two");
    rmSync(at("images"), { recursive: true });
    symlinkSync(precious, at("images"));
    expect((await ledger.removeAll([])).ok).toBe(false);
    expect(readFileSync(join(precious, "two"), "utf8")).toBe("keep");
    await expect(ledger.claim(at("images", "three"))).rejects.toThrow("no directory of its own");
  });

  test("refuses to claim what lies outside or belongs to somebody else", async () => {
    const ledger = await open();
    for (const path of [outside, folder, join(folder, "..", "x"), "/etc/passwd"]) {
      await expect(ledger.claim(path), path).rejects.toThrow("not within");
    }
    writeFileSync(at("foreign"), "mine");
    await expect(ledger.claim(at("foreign"))).rejects.toThrow("not this job's");
  });

  test("keeps a folder that it is told to keep", async () => {
    const ledger = await open();
    await make(ledger, "one");
    await ledger.claim(at("images"), "directory");
    mkdirSync(at("images"));
    await make(ledger, "images/disk.qcow2");
    expect((await ledger.removeAll(["images"])).ok).toBe(true);
    expect(existsSync(at("images", "disk.qcow2"))).toBe(true);
    expect(existsSync(at("one"))).toBe(false);
    expect(existsSync(at("ledger.json"))).toBe(false);
  });

  test("remembers a removal that was cut short", async () => {
    const ledger = await open();
    await make(ledger, "one");
    writeFileSync(at("foreign"), "mine");
    await ledger.removeAll(["images"]);
    expect((await Ledger.open(folder)).ok).toBe(true);
    const again = await open();
    expect(again.unfinishedRemoval).toBeUndefined();
    await make(ledger, "late");
    rmSync(at("late"));
    mkdirSync(at("late"));
    await ledger.removeAll(["images"]);
    expect((await open()).unfinishedRemoval).toEqual(["images"]);
  });
});
