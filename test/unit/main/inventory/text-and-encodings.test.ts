import { describe, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { decodeText, restoreBytes } from "../../../../main/inventory/decode.ts";
import { factsFromText, recognizeText } from "../../../../main/inventory/facts-from-text.ts";

/** systeminfo of an invented server with labels as Windows words them. */
function systeminfo(
  labels: readonly string[],
  os: string,
  configuration: string,
  locale: string,
  memory: readonly [string, string],
): string {
  const values = [
    "SRV01",
    os,
    "6.3.9600 N/A Build 9600",
    "Microsoft Corporation",
    configuration,
    "Multiprocessor Free",
    "User",
    "",
    "00252-70000-00000-AA535",
    "2015/01/02, 3:04:05",
    "2024/01/02, 3:04:05",
    "VMware, Inc.",
    "VMware Virtual Platform",
    "x64-based PC",
    "1",
    "Phoenix Technologies LTD 6.00, 2018/04/05",
    "C:\\Windows",
    "C:\\Windows\\system32",
    "\\Device\\HarddiskVolume1",
    locale,
    locale,
    "(UTC+09:00) X",
    memory[0],
    memory[1],
  ];
  return `\r\n${values.map((value, index) => `${labels[index % labels.length]}${index}:              ${value}\r\n`).join("")}`;
}

const japanese = systeminfo(
  ["ホスト名", "OS 名", "OS バージョン", "システムの種類"],
  "Microsoft Windows Server 2012 R2 Standard",
  "メンバー サーバー",
  "ja;日本語",
  ["8,191 MB", "5,123 MB"],
);
const chinese = systeminfo(
  ["主机名", "OS 名称", "OS 版本", "系统制造商"],
  "Microsoft Windows Server 2012 R2 Datacenter",
  "独立服务器",
  "zh-cn;中文(中国)",
  ["4,095 MB", "2,001 MB"],
);
const german = systeminfo(
  ["Hostname", "Betriebssystemname", "Systemgröße für Ä"],
  "Microsoft Windows Server 2012 R2 Standard",
  "Eigenständiger Server",
  "de;Deutsch (Deutschland)",
  ["16.383 MB", "1.024 MB"],
);

/** Characters to Shift_JIS or GBK by trying every two-byte pair that TextDecoder knows. */
function encodeWith(encoding: string, text: string): Uint8Array {
  const table = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(encoding);
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    const single = decoder.decode(Uint8Array.of(lead));
    if (single.length === 1 && single !== "\ufffd") table.set(single, [lead]);
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail));
      if (character.length === 1 && character !== "\ufffd" && !table.has(character))
        table.set(character, [lead, trail]);
    }
  }
  return Uint8Array.from(
    [...text].flatMap((character) =>
      character < "\u0080" ? [character.charCodeAt(0)] : [...(table.get(character) ?? [0x3f])],
    ),
  );
}

describe("systeminfo in any language and encoding", () => {
  it.each([
    ["Japanese in UTF-8", new TextEncoder().encode(japanese), "ja", 8191],
    ["Japanese in UTF-16", Buffer.from(`\ufeff${japanese}`, "utf16le"), "ja", 8191],
    ["Japanese in Shift_JIS", encodeWith("shift_jis", japanese), "ja", 8191],
    ["Simplified Chinese in GBK", encodeWith("gb18030", chinese), "zh-cn", 4095],
    [
      "German in code page 850",
      Uint8Array.from(
        [...german].map(
          (character) =>
            ({ ö: 0x94, ß: 0xe1, ü: 0x81, Ä: 0x8e, ä: 0x84 })[character] ?? character.charCodeAt(0),
        ),
      ),
      "de",
      16383,
    ],
  ])("reads %s", (_name, bytes, language, memoryMib) => {
    const facts = unwrap(factsFromText(bytes));
    expect(facts.os).toMatchObject({
      family: "windows",
      version: "2012 R2",
      kind: "server",
      build: "6.3.9600",
      architecture: "x86_64",
      language,
      hostName: "SRV01",
    });
    expect(facts.platform.kind).toBe("vmware");
    expect(facts.memory.totalBytes).toBe(memoryMib * 1024 * 1024);
  });

  it("names the code page it read", () => {
    expect(decodeText(encodeWith("shift_jis", japanese)).encoding).toBe("shift_jis");
    expect(decodeText(encodeWith("gb18030", chinese)).encoding).toBe("gb18030");
    expect(decodeText(encodeWith("shift_jis", japanese)).text).toContain("ホスト名");
    expect(decodeText(encodeWith("gb18030", chinese)).text).toContain("主机名");
  });
});

describe("bytes that travel as lone surrogates", () => {
  it("are read in the code page that fits", () => {
    const escaped = [...encodeWith("shift_jis", "日本語版システム")]
      .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : String.fromCharCode(0xdc00 + byte)))
      .join("");
    expect(restoreBytes(`Description: ${escaped}\n`)).toBe("Description: 日本語版システム\n");
  });
  it("leave sound text alone", () => {
    expect(restoreBytes("Größe 日本語 😀")).toBe("Größe 日本語 😀");
  });
});

describe("pasted text", () => {
  it.each([
    ['{"blockdevices": []}', "lsblk --json"],
    ["NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINT\nsda      8:0    0   20G  0 disk \n", "lsblk"],
    ['/dev/sda1: UUID="a" TYPE="ext4"\n', "blkid"],
    ["Filesystem     1K-blocks Used Available Use% Mounted on\n/dev/sda1 1 1 1 10% /\n", "df"],
    ["Personalities : [raid1]\nunused devices: <none>\n", "/proc/mdstat"],
    ["UUID=0a1b / ext4 defaults 0 1\n", "/etc/fstab"],
    ["ID=debian\nVERSION_ID=12\n", "/etc/os-release"],
    ["Linux web 5.10.0-8-amd64 #1 SMP x86_64 GNU/Linux\n", "uname -a"],
    ["  PV         VG     Fmt  Attr PSize  PFree\n  /dev/sda2  centos lvm2 a--  19.00g    0\n", "pvs"],
    ["Disk /dev/sda: 21.5 GB, 21474836480 bytes\n", "fdisk -l"],
  ])("is recognised by its shape: %j", (text, name) => {
    expect(recognizeText(text)?.name).toBe(name);
  });

  it("is taken apart at shell prompts", () => {
    const facts = unwrap(
      factsFromText(
        "root@web:~# cat /etc/os-release\nID=debian\nVERSION_ID=11\nroot@web:~# lsblk\nNAME   MAJ:MIN RM SIZE RO TYPE MOUNTPOINT\nsda      8:0    0  20G  0 disk \n`-sda1   8:1    0  20G  0 part /\n",
      ),
    );
    expect(facts.os).toMatchObject({ distro: "debian", version: "11" });
    expect(facts.storage.devices.map((device) => device.id)).toEqual(["/dev/sda", "/dev/sda1"]);
  });

  it("that is no tool's output is refused rather than guessed at", () => {
    const result = factsFromText("Dear admin, please find attached the server.\n", { fileName: "mail.txt" });
    expect(!result.ok && result.failure.code).toBe("bundle-invalid");
    expect(!result.ok && result.failure.message).toMatch(/mail\.txt/);
  });
});
