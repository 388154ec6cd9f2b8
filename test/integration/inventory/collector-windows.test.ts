import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { readBundle } from "../../../main/inventory/bundle-reader.ts";
import { factsFromBundle } from "../../../main/inventory/facts-from-bundle.ts";

const collectors = resolve(import.meta.dirname, "../../../resources/collectors");
const hasWine = spawnSync("sh", ["-c", "command -v wine"]).status === 0;
if (!hasWine) console.warn("SKIPPED collect-windows.vbs under wine: wine is not installed");

describe("the WMI collector for Windows without PowerShell", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync("/tmp/sma-wine-");
  });
  afterAll(() => {
    spawnSync("wineserver", ["-k"], { env: { ...process.env, WINEPREFIX: join(folder, "prefix") } });
    rmSync(folder, { recursive: true, force: true });
  });

  it.skipIf(!hasWine)("writes a bundle of what wine's WMI says, with every disk and volume", () => {
    // wine's VBScript knows Asc but not AscW, which are the same for the ASCII that wine's WMI speaks.
    const script = readFileSync(join(collectors, "collect-windows.vbs"), "utf8").replaceAll("AscW(", "Asc(");
    writeFileSync(join(folder, "collect.vbs"), script);
    const output = join(folder, "bundle.json");
    const run = spawnSync(
      "wine",
      [
        "cscript.exe",
        "//nologo",
        `Z:${join(folder, "collect.vbs").replaceAll("/", "\\")}`,
        `Z:${output.replaceAll("/", "\\")}`,
      ],
      {
        env: { ...process.env, WINEPREFIX: join(folder, "prefix"), WINEDEBUG: "-all", DISPLAY: "" },
        encoding: "utf8",
        timeout: 170_000,
      },
    );
    expect(run.status, run.stderr).toBe(0);
    const bundle = unwrap(readBundle(readFileSync(output), "bundle.json"));
    const facts = factsFromBundle(bundle);
    expect(facts.os).toMatchObject({ family: "windows", distro: "windows", architecture: "x86_64" });
    expect(facts.os.build).toMatch(/^\d+\.\d+\.\d+$/);
    expect(facts.os.kind).toBe("client");
    expect(facts.storage.devices.filter((device) => device.kind === "disk").length).toBeGreaterThan(0);
    const system = facts.storage.devices.find((device) => device.id === "C:");
    expect(system?.mountPoints).toEqual(["C:\\"]);
    expect(system?.parents).toEqual(["Disk #0, Partition #0"]);
    expect(system?.usage?.totalBytes).toBeGreaterThan(0);
    expect(facts.storage.deviceListComplete).toBe(true);
    expect(facts.storage.dynamicDisksLookedFor).toBe(true);
    const memoryKib = Number(/MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
    // wine rounds to pages of its own.
    expect(Math.abs((facts.memory.totalBytes ?? 0) - memoryKib * 1024)).toBeLessThan(1024 * 1024);
    expect(facts.services).not.toBeNull();
    expect(bundle.commands["pending-restart"]?.stdout).toBe("");
  });
});

describe("the PowerShell collector", () => {
  const script = readFileSync(join(collectors, "collect-windows.ps1"), "utf8");

  it("uses nothing that PowerShell 2.0 lacks and is plain ASCII", () => {
    expect(script).toMatch(/^[\r\n\t\x20-\x7e]*$/);
    expect(script).not.toMatch(
      /ConvertTo-Json\b|\[ordered\]|\[pscustomobject\]|-notin\b|\s-in\s|::new\(|\$PSScriptRoot|Get-Disk\b|-AsByteStream|\?\?|\.Where\(|\.ForEach\(/,
    );
  });

  it("asks for the same classes and properties as its twin, but for those that came after Server 2003", () => {
    const twin = readFileSync(join(collectors, "collect-windows.vbs"), "utf8");
    const classes = (text: string, pattern: RegExp): ReadonlyMap<string, string> =>
      new Map(
        [...text.matchAll(pattern)].map((match) => [
          match[1] ?? "",
          (match[2] ?? "").replace(/[',]/g, " ").trim().replace(/\s+/g, " "),
        ]),
      );
    const asked = classes(script, /^Add-WmiClass '(\w+)' @\(([^)]*)\)/gm);
    const twinAsked = classes(twin, /^AddWmiClass "(\w+)", "([^"]*)"/gm);
    const newer = ["MSFT_Disk", "MSFT_Partition", "Win32_EncryptableVolume", "MSFT_DedupVolume"];
    expect([...asked.keys()].filter((name) => !newer.includes(name))).toEqual([...twinAsked.keys()]);
    for (const [name, properties] of twinAsked)
      expect(asked.get(name)?.replace(" MUILanguages", ""), name).toBe(properties);
  });

  it("has balanced braces, parentheses and quotes", () => {
    const bare = script
      .replace(/^\s*#.*$/gm, "")
      .replace(/'(?:[^']|'')*'/g, "''")
      .replace(/"(?:[^"`]|`.)*"/g, '""');
    for (const [open, close] of [
      ["{", "}"],
      ["(", ")"],
      ["[", "]"],
    ] as const) {
      expect(bare.split(open).length, open).toBe(bare.split(close).length);
    }
    expect(bare.replace(/''|""/g, "")).not.toMatch(/['"]/);
  });
});
