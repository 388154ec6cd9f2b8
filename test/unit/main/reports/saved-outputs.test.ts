/** Outputs of single tools, saved under any name: what they are is told by their shape alone. */
import { describe, expect, it } from "vitest";
import { defaultEstimateOptions } from "../../../../main/compatibility/estimate.ts";
import { targetLimits } from "../../../../main/compatibility/target-limits.ts";
import { assessBytes } from "../../../../main/reports/assess-bytes.ts";

const assessed = (bytes: Uint8Array) =>
  assessBytes({
    id: "a",
    input: "a.txt",
    bytes,
    choices: { target: targetLimits.local, estimate: defaultEstimateOptions },
  }).assessed;

function codesIn(bytes: Uint8Array): readonly string[] {
  const result = assessed(bytes);
  if (result.kind === "failed") throw new Error(result.failure.message);
  return result.assessment.findings.map(({ code }) => code);
}
const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** `ボリューム C: [ラベルなし]` in Shift_JIS: its second byte is an opening brace. */
const japaneseBitLocker = Buffer.concat([
  Buffer.from("837b838a8385815b83802043", "hex"),
  Buffer.from(": ["),
  Buffer.from("8389837883", "hex"),
  Buffer.from("8b82c882b5", "hex"),
  Buffer.from("]\r\n[OS Volume]\r\n\r\n    BitLocker:  2.0\r\n    Percent:          100.0%\r\n"),
]);

const rows: readonly (readonly [what: string, bytes: Uint8Array, codes: readonly string[]])[] = [
  ["manage-bde in Shift_JIS, which begins like JSON to a careless eye", japaneseBitLocker, ["encrypted"]],
  [
    "gdisk",
    text(
      "GPT fdisk (gdisk) version 1.0.3\n\nPartition table scan:\n  MBR: protective\n  GPT: present\n\nDisk /dev/sda: 41943040 sectors, 20.0 GiB\nSector size (logical/physical): 512/512 bytes\n\nNumber  Start (sector)    End (sector)  Size       Code  Name\n   1            2048        41943006   20.0 GiB    8E00  Linux LVM\n",
    ),
    ["lvm"],
  ],
  [
    "multipath of its first generation",
    text(
      "mpath0 (36006016016701a00a7ca8a4a6e2fde11) dm-2 DGC,RAID 5\n[size=10G][features=1 queue_if_no_path][hwhandler=1 emc]\n\\_ round-robin 0 [prio=2][active]\n \\_ 1:0:0:0 sdb 8:16  [active][ready]\n \\_ 2:0:0:0 sdc 8:32  [active][ready]\n",
    ),
    ["multipath"],
  ],
  [
    "parted in Chinese",
    text(
      "型号：VMware Virtual disk (scsi)\n磁盘 /dev/sda: 42.9GB\n扇区大小 (逻辑/物理)：512B/512B\n分区表：gpt\n磁盘标志：\n\n编号  起始点  结束点  大小    文件系统  名称  标志\n 1    1049kB  42.9GB  42.9GB                      lvm\n",
    ),
    ["lvm"],
  ],
  [
    "wmic's own table in UTF-16",
    Buffer.from(
      "\ufeffName                   Size         Type                     \r\r\nDisk #0, Partition #0  104857600    Logical Disk Manager     \r\r\n",
      "utf16le",
    ),
    ["dynamic-disk"],
  ],
  [
    "Get-Disk, whose headings take two lines",
    text(
      "\r\nNumber Friendly Name                  Serial Number                    HealthStatus         OperationalStatus      Total Size Partition \r\n                                                                                                                              Style      \r\n------ -------------                  -------------                    ------------         -----------------      ---------- ---------- \r\n0      Msft Virtual Disk                                               Healthy              Online                     127 GB GPT        \r\n1      Msft Virtual Disk                                               Healthy              Offline                    1.5 TB RAW        \r\n",
    ),
    ["disk-offline", "windows-data-disks"],
  ],
  [
    "systeminfo of a domain controller in Korean, without anything else",
    Buffer.concat([
      text("OS:                      Microsoft Windows Server 2016 Standard\r\n"),
      text("OS Version:              10.0.14393 N/A Build 14393\r\n"),
      text("OS Manufacturer:         Microsoft Corporation\r\n"),
      text("OS 구성:                 주 도메인 컨트롤러\r\n"),
    ]),
    ["domain-controller"],
  ],
  [
    "vssadmin's list of shadow copies, in German",
    text(
      "Inhalte der Schattenkopiesatz-ID: {0b2a}\r\n   1 Schattenkopie(n) waren enthalten bei der Erstellungszeit: 01.02.2024 07:00:12\r\n      Schattenkopie-ID: {a1b2}\r\n         Ursprüngliches Volume: (C:)\\\\?\\Volume{c3d4}\\\r\n         Schattenkopievolume: \\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy7\r\n",
    ),
    ["shadow-copies"],
  ],
  [
    "hostnamectl",
    text(
      "   Static hostname: a\n  Operating System: Fedora Linux 40\n            Kernel: Linux 6.8.0\n      Architecture: x86-64\n",
    ),
    ["os-unsupported"],
  ],
  [
    "lsblk's JSON, cut short: what is whole of it counts, and more disks may be missing",
    text(
      '{\n   "blockdevices": [\n      {"name":"sda", "size":"20G", "type":"disk", "children": [\n         {"name":"sda1", "size":"20G", "type":"part", "fstype":"crypto_LUKS"}, {"name":"sd',
    ),
    ["encrypted", "disks-undetermined", "collection"],
  ],
];

describe("saved outputs of single tools", () => {
  it.each(rows)("%s", (_, bytes, codes) => {
    expect(codesIn(bytes)).toEqual(expect.arrayContaining([...codes]));
  });
});

describe("files that hold no bundle as they are", () => {
  it.each([
    ["a ZIP archive", Buffer.from("504b0304140000000800", "hex"), /it is a ZIP archive/],
    ["a bundle under gzip", Buffer.from("1f8b0800000000000003", "hex"), /it is compressed by gzip/],
    [
      "a bundle behind the greeting of a shell",
      text('Welcome to web-1!\nLast login: today\n{"format": 1,\n"files": {}}\n'),
      /2 lines stand before the bundle, which begins in line 3/,
    ],
  ])("%s is called what it is", (_, bytes, message) => {
    expect(assessed(bytes)).toMatchObject({
      kind: "failed",
      failure: { code: "bundle-invalid", message: expect.stringMatching(message) as string },
    });
  });
});
