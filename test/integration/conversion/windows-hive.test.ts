/** Registry hives as this project edits them, read by libhivex, which knows them independently. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { HiveError } from "../../../intermediate/conversion/windows/hive-cells.ts";
import { HiveFile } from "../../../intermediate/conversion/windows/hive-file.ts";
import {
  dwordValue,
  readDword,
  readText,
  textValue,
} from "../../../intermediate/conversion/windows/registry.ts";
import { makeHive, type HiveContents } from "../../support/windows-guest/make-hive.ts";

const folder = mkdtempSync(join(tmpdir(), "sma-hive-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "hive");

function open(contents: HiveContents): HiveFile {
  makeHive(path, contents);
  return new HiveFile(readFileSync(path));
}

/** What hivexsh shows below a key: paths with their values, as it prints them. */
function shown(hive: HiveFile, ...keys: string[]): string[] {
  writeFileSync(path, hive.finish());
  const commands = keys.flatMap((key) => [`cd \\${key}`, "ls", "lsval"]);
  const input = `${commands.join("\n")}\nquit\n`;
  return execFileSync("hivexsh", [path], { input, encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "");
}

const contents: HiveContents = {
  "ControlSet001\\Control\\Time": { Bias: "dword:60", Name: "string:W. Europe Standard Time" },
  "ControlSet001\\Services\\atapi": { Start: "dword:3", Group: "string:SCSI Miniport" },
  Select: { Current: "dword:1" },
};

describe("a registry hive", () => {
  test("is read whatever the case of names", () => {
    const hive = open(contents);
    expect(readDword(hive, "CONTROLSET001\\control\\TIME", "bias")).toBe(60);
    expect(readText(hive, "ControlSet001\\Control\\Time", "NAME")).toBe("W. Europe Standard Time");
    expect(hive.values("ControlSet001\\Services\\atapi")?.map(({ name }) => name)).toEqual([
      "Start",
      "Group",
    ]);
    expect(hive.hasKey("ControlSet001\\Nothing")).toBe(false);
    expect(hive.value("Select", "Default")).toBeNull();
    expect(hive.isChanged).toBe(false);
  });

  test("gets values in place of others, in cells of their own and in new keys, as libhivex sees it", () => {
    const hive = open(contents);
    hive.set("ControlSet001\\Services\\atapi", dwordValue("Start", 0));
    hive.set(
      "ControlSet001\\Services\\atapi",
      textValue("Group", "a much longer text than there was before"),
    );
    hive.set("ControlSet001\\Services\\partmgr\\Parameters", dwordValue("SanPolicy", 1));
    hive.set("Select", { name: "Raw", type: 3, data: Buffer.from("00ff10", "hex") });
    hive.set("Select", { name: "Emptied", type: 3, data: Buffer.alloc(0) });
    const lines = shown(hive, "ControlSet001\\Services", "ControlSet001\\Services\\partmgr\\Parameters");
    expect(lines).toEqual(["atapi", "partmgr", '"SanPolicy"=dword:00000001']);
    expect(shown(hive, "ControlSet001\\Services\\atapi")).toEqual([
      '"Start"=dword:00000000',
      '"Group"="a much longer text than there was before"',
    ]);
    expect(shown(hive, "Select")).toContain('"Raw"=hex(3):00,ff,10');
    // Read back by ourselves, and changed once more.
    const again = new HiveFile(readFileSync(path));
    again.set("Select", dwordValue("Current", 2));
    expect(shown(again, "Select")).toContain('"Current"=dword:00000002');
  });

  test("takes many keys, in order, and libhivex adds to what was made", () => {
    const hive = open({ Root: {} });
    const names = Array.from({ length: 300 }, (_, index) => `key ${(index * 37) % 300}`);
    for (const name of names) hive.set(`Root\\${name}`, dwordValue("Number", names.indexOf(name)));
    const listed = shown(hive, "Root");
    expect(listed).toEqual(names.toSorted((a, b) => (a.toUpperCase() < b.toUpperCase() ? -1 : 1)));
    execFileSync("hivexsh", ["-w", path], { input: "cd \\Root\nadd another\ncommit\nquit\n" });
    const after = new HiveFile(readFileSync(path));
    expect(after.hasKey("Root\\another")).toBe(true);
    expect(names.every((name, index) => readDword(after, `Root\\${name}`, "Number") === index)).toBe(true);
  });

  test("that waits for its log, is damaged or none at all is refused with the reason", () => {
    const hive = open(contents).finish();
    const broken = (change: (file: Buffer) => void): Buffer => {
      const file = Buffer.from(hive);
      change(file);
      let sum = 0;
      for (let at = 0; at < 0x1fc; at += 4) sum ^= file.readUInt32LE(at);
      file.writeUInt32LE(sum >>> 0, 0x1fc);
      return file;
    };
    const refusal = (file: Buffer): string => {
      try {
        const opened = new HiveFile(file);
        opened.values("ControlSet001\\Control\\Time");
        return "taken";
      } catch (error) {
        if (!(error instanceof HiveError) && !(error instanceof RangeError)) throw error;
        return error.message;
      }
    };
    expect(refusal(hive)).toBe("taken");
    expect(refusal(broken((file) => file.writeUInt32LE(99, 4)))).toMatch(/its log waits to be replayed/);
    expect(refusal(broken((file) => file.writeUInt32LE(0x7ffff000, 0x28)))).toMatch(/cut off/);
    expect(refusal(broken((file) => file.writeUInt32LE(0x7ffffff0, 0x24)))).toMatch(/leads out of it/);
    expect(refusal(Buffer.concat([hive.subarray(0, 0x1fc), Buffer.alloc(0x3000)]))).toMatch(/header/);
    expect(refusal(Buffer.alloc(100))).toMatch(/no registry hive/);
    // Whatever byte is wrong: an answer or a refusal, never an endless loop or another error.
    for (let at = 0x1000; at + 4 <= hive.length; at += 3)
      refusal(broken((file) => file.fill(0xff, at, at + 4)));
  });
});
