import { describe, expect, it } from "vitest";
import { bundleLimits } from "../../../../common/domain/bundle.ts";
import { unwrap } from "../../../../common/result.ts";
import { readBundle } from "../../../../main/inventory/bundle-reader.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, isLittle: boolean): Uint8Array => {
  const buffer = Buffer.from(`\ufeff${text}`, "utf16le");
  return isLittle ? buffer : buffer.swap16();
};
const minimal = JSON.stringify({ format: 1, files: { "/etc/os-release": "ID=debian\nVERSION_ID=12\n" } });

describe("reading a bundle", () => {
  it("takes a partial one and leaves the rest unknown", () => {
    const bundle = unwrap(readBundle(bytes('{"format":1}'), "empty.json"));
    const facts = factsFromBundle(bundle);
    expect(facts.os.distro).toBeNull();
    expect(facts.storage.swaps).toBeNull();
    expect(facts.storage.deviceListComplete).toBe(false);
    expect(facts.network.interfaces).toBeNull();
    expect(facts.services).toBeNull();
  });

  it.each([
    ["UTF-8 with a byte order mark", bytes(`\ufeff${minimal}`)],
    ["UTF-16 little-endian, as PowerShell's > writes", utf16(minimal, true)],
    ["UTF-16 big-endian", utf16(minimal, false)],
    ["UTF-16 without a byte order mark", Buffer.from(minimal, "utf16le")],
  ])("reads %s", (_name, content) => {
    expect(factsFromBundle(unwrap(readBundle(content, "b.json"))).os).toMatchObject({
      distro: "debian",
      version: "12",
    });
  });

  it.each([
    ["an empty file", bytes(""), "", /empty/],
    ["a file cut short", bytes(minimal.slice(0, -9)), "", /cut short/],
    [
      "a file cut between two braces at its end",
      bytes('{"format":1,"files":{"/etc/issue":"a"},"commands":{"df -P":{"stdout":"a"}}'),
      "",
      /cut short; of it 1 files and 1 outputs are whole, up to "df -P"/,
    ],
    ["a file cut in its first file", bytes('{"format":1,"files":{"/etc/iss'), "", /nothing in it is whole/],
    ["a file with zeros behind its end", bytes(`${minimal}\u0000\u0000`), "", /something follows the end/],
    ["two bundles in one file", bytes(`${minimal}\n${minimal}`), "line 2", /something follows the end/],
    [
      "a file that is there twice with different texts",
      bytes('{"format":1,"files":{"/etc/issue":"a","\\u002fetc/issue":"b"}}'),
      'files["/etc/issue"]',
      /twice with different values/,
    ],
    [
      "two platforms",
      bytes('{"format":1,"platform":"linux","files":{"/etc/issue":"{\\"a"},"platform":"windows"}'),
      "platform",
      /twice/,
    ],
    [
      "an output whose field is there twice",
      bytes('{"format":1,"commands":{"df -P":{"stdout":"a","stdout": "b"}}}'),
      'commands["df -P"].stdout',
      /twice/,
    ],
    ["what is no JSON", bytes("<html>"), "", /JSON|cut/],
    ["another generation", bytes('{"format":2,"files":{}}'), "format", /format 2/],
    ["a platform that is none", bytes('{"format":1,"platform":"vms"}'), "platform", /platform/],
    [
      "a file that is no text",
      bytes('{"format":1,"files":{"/etc/issue":7}}'),
      'files["/etc/issue"]',
      /issue/,
    ],
    [
      "an exit code that is no number",
      bytes('{"format":1,"commands":{"df -P":{"stdout":"","exitCode":"x"}}}'),
      'commands["df -P"].exitCode',
      /exitCode/,
    ],
    ["a list for a bundle", bytes("[1]"), "", /./],
  ])("refuses %s and names file and field", (_name, content, field, message) => {
    const result = readBundle(content, "fleet/web-1.json");
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.failure.code).toBe("bundle-invalid");
    expect(result.failure.message).toMatch(/^fleet\/web-1\.json\b/);
    expect(result.failure.message).toMatch(message);
    expect(result.failure.context["file"]).toBe("fleet/web-1.json");
    if (field !== "") expect(result.failure.context["field"]).toBe(field);
  });

  it("takes a file that is there twice with the same text, and equal keys of different objects", () => {
    const text =
      '{"format":1,"files":{"/etc/a":"1,2","/etc/a": "1,2"},"commands":{"x":{"stdout":"1"},"y":{"stdout":"2"}}}';
    expect(unwrap(readBundle(bytes(text), "b.json")).files).toEqual({ "/etc/a": "1,2" });
  });

  it("refuses deep nesting before it parses", () => {
    const deep = `{"format":1,"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    const result = readBundle(bytes(deep), "deep.json");
    expect(!result.ok && result.failure.message).toMatch(/nested 200001 levels/);
  });

  it("refuses more files than a bundle may have", () => {
    const files = Object.fromEntries(
      Array.from({ length: bundleLimits.files + 1 }, (_, index) => [`/f${index}`, ""]),
    );
    const result = readBundle(bytes(JSON.stringify({ format: 1, files })), "many.json");
    expect(!result.ok && result.failure.context["field"]).toBe("files");
  });

  it("does not let a key reach an object's prototype", () => {
    const bundle = unwrap(
      readBundle(
        bytes('{"format":1,"files":{"__proto__":"x","/etc/hostname":"a"},"__proto__":{"polluted":1}}'),
        "p.json",
      ),
    );
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(factsFromBundle(bundle).os.hostName).toBe("a");
  });
});

describe("hostile bundles", () => {
  it("bounds a million partitions and says that some were left out", { timeout: 60_000 }, () => {
    const rows = Array.from({ length: 1_000_000 }, (_, index) => `   8 ${index} 1 sda${index + 1}`).join(
      "\n",
    );
    const bundle = unwrap(
      readBundle(
        bytes(JSON.stringify({ format: 1, files: { "/proc/partitions": rows.slice(0, 15_000_000) } })),
        "big.json",
      ),
    );
    const facts = factsFromBundle(bundle);
    expect(facts.storage.devices.length).toBeLessThanOrEqual(20_001);
    expect(facts.collection.gaps.some((gap) => gap.reason === "too-large")).toBe(true);
  });

  it("keeps markup as text and control characters out of evidence", () => {
    const bundle = unwrap(
      readBundle(
        bytes(
          JSON.stringify({
            format: 1,
            files: {
              "/etc/hostname": "<img src=x onerror=alert(1)>\n",
              "/etc/os-release": 'ID=debian\nPRETTY_NAME="\u001b[31mDebian"\n',
            },
          }),
        ),
        "x.json",
      ),
    );
    const facts = factsFromBundle(bundle);
    expect(facts.os.hostName).toBe("<img src=x onerror=alert(1)>");
    for (const line of facts.os.evidence) expect(line.text).not.toMatch(/[\u0000-\u001f]/);
  });

  it("ends on devices that claim to lie on each other", () => {
    const lsblk = {
      blockdevices: [
        { name: "dm-0", kname: "dm-0", type: "lvm", pkname: "dm-1" },
        { name: "dm-1", kname: "dm-1", type: "crypt", pkname: "dm-0" },
      ],
    };
    const bundle = unwrap(
      readBundle(
        bytes(JSON.stringify({ format: 1, commands: { "lsblk -J": { stdout: JSON.stringify(lsblk) } } })),
        "loop.json",
      ),
    );
    expect(factsFromBundle(bundle).storage.devices).toHaveLength(2);
  });

  it("is not slowed down by lines made for backtracking", { timeout: 60_000 }, () => {
    const evil = [
      `/dev/sda1 ${"*".repeat(50_000)}`,
      `${"a ".repeat(40_000)}on / type`,
      `PRETTY_NAME="${"\\".repeat(50_000)}`,
      `${"-".repeat(60_000)}`,
      `${" ".repeat(60_000)}x:`,
      `md0 : active ${"x[0] ".repeat(20_000)}`,
    ].join("\n");
    const commands = Object.fromEntries(
      [
        "lsblk",
        "df",
        "mount",
        "fdisk -l",
        "pvs",
        "multipath -ll",
        "ip addr",
        "systeminfo",
        "diskpart",
        "vssadmin list writers",
        "ipconfig /all",
        "dmsetup table",
        "ls -l /boot",
        "rpm -qa",
      ].map((name) => [name, { stdout: evil }]),
    );
    const files = Object.fromEntries(
      [
        "/etc/fstab",
        "/etc/os-release",
        "/etc/redhat-release",
        "/proc/mdstat",
        "/proc/mounts",
        "/proc/self/mountinfo",
        "/etc/network/interfaces",
        "/etc/netplan/a.yaml",
      ].map((name) => [name, evil]),
    );
    for (const platform of ["linux", "windows"]) {
      const bundle = unwrap(
        readBundle(bytes(JSON.stringify({ format: 1, platform, files, commands })), "evil.json"),
      );
      expect(factsFromBundle(bundle).model).toBe(1);
    }
  });
});
