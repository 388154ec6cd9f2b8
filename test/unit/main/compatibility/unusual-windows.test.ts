import { describe, expect, it } from "vitest";
import { assessCapture, type Capture, codesOf, wmiList } from "./captures.ts";

const gib = 1024 ** 3;
const windows = (commands: Readonly<Record<string, string>>): Capture => ({ platform: "windows", commands });
const drive = { DeviceID: "\\\\.\\PHYSICALDRIVE0", Index: 0, InterfaceType: "SCSI", Size: 100 * gib };
const os = (more: Readonly<Record<string, string | number>>): Capture =>
  windows({ "wmi Win32_OperatingSystem": wmiList({ Version: "10.0.17763", ProductType: 3, ...more }) });

const diskpart = (disks: readonly string[], volumes: readonly string[]): Capture =>
  windows({
    diskpart: [
      "  Disk ###  Status         Size     Free     Dyn  Gpt",
      "  --------  -------------  -------  -------  ---  ---",
      ...disks,
      "",
      "  Volume ###  Ltr  Label        Fs     Type        Size     Status     Info",
      "  ----------  ---  -----------  -----  ----------  -------  ---------  --------",
      ...volumes,
    ].join("\r\n"),
  });

type Row = readonly [what: string, capture: Capture, has: readonly string[], hasNot: readonly string[]];

const getPartition = (...groups: readonly string[]): string =>
  groups
    .map((rows) => {
      const [head = "", ...partitions] = rows.split("|");
      return `\r\n\r\n   ${head}\r\n\r\nPartitionNumber  DriveLetter Offset            Size Type\r\n---------------  ----------- ------            ---- ----\r\n${partitions.join("\r\n")}\r\n`;
    })
    .join("");

const rows: readonly Row[] = [
  [
    "an extended partition in the table that Get-Partition prints, by the disk's path",
    windows({
      "powershell Get-Partition": getPartition(
        "DiskPath: \\\\?\\scsi#disk&ven_vmware|1                           1048576         500 MB IFS|2                C           525336576    59.51 GB IFS|0                           64424509440     40 GB Extended XINT13|3                D           64425558016     40 GB Logical",
      ),
    }),
    ["extended-partition"],
    ["dynamic-disk"],
  ],
  [
    "dynamic disks in the tables that Get-Partition prints, by the disk's number, sizes in German",
    windows({
      "powershell Get-Partition": getPartition(
        "Disk Number: 0|1                           1048576         100 MB System|2                C           525336576    59,51 GB Basic",
        "Disk Number: 1|1                           17408             1 MB LDM Metadata|3                           135266304    99,87 GB LDM Data",
      ),
    }),
    ["dynamic-disk"],
    ["extended-partition"],
  ],
  [
    "an evaluation edition by its English name",
    os({ Caption: "Microsoft Windows Server 2019 Standard Evaluation" }),
    ["os-evaluation"],
    [],
  ],
  [
    "an evaluation edition by its Japanese name",
    os({ Caption: "Microsoft Windows Server 2019 Datacenter 評価版" }),
    ["os-evaluation"],
    [],
  ],
  [
    "an evaluation edition that only the number of its edition tells",
    os({ Caption: "Microsoft Windows Server 2019 Standard", OperatingSystemSKU: 79 }),
    ["os-evaluation"],
    [],
  ],
  [
    "a full edition",
    os({ Caption: "Microsoft Windows Server 2019 Standard", OperatingSystemSKU: 7 }),
    [],
    ["os-evaluation"],
  ],
  [
    "a disk that is offline by WMI's number",
    windows({
      "wmi Win32_DiskDrive": wmiList(drive),
      "wmi MSFT_Disk": wmiList({ Number: 0, PartitionStyle: 2, Size: 100 * gib, OperationalStatus: 53267 }),
    }),
    ["disk-offline"],
    ["disk-undetermined"],
  ],
  [
    "a disk that is online by WMI's number",
    windows({
      "wmi MSFT_Disk": wmiList({ Number: 0, PartitionStyle: 2, Size: 100 * gib, OperationalStatus: 53264 }),
    }),
    [],
    ["disk-offline"],
  ],
  [
    "a disk with sectors of 4 KiB",
    windows({
      "powershell Get-Disk | ConvertTo-Json": JSON.stringify({
        Number: 0,
        PartitionStyle: "GPT",
        Size: 100 * gib,
        LogicalSectorSize: 4096,
        OperationalStatus: "Online",
      }),
    }),
    ["sector-size"],
    [],
  ],
  [
    "BitLocker on a volume without a letter",
    windows({
      "wmi Win32_EncryptableVolume": wmiList({
        DeviceID: "\\\\?\\Volume{a1b2}\\",
        DriveLetter: "",
        ProtectionStatus: 1,
        ConversionStatus: 1,
      }),
    }),
    ["encrypted"],
    [],
  ],
  [
    "the firmware's partition, of which Windows shows no filesystem",
    windows({
      "wmi Win32_DiskDrive": wmiList(drive),
      "wmi MSFT_Partition": wmiList({
        DiskNumber: 0,
        PartitionNumber: 1,
        Offset: 1048576,
        Size: 104857600,
        GptType: "{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}",
      }),
    }),
    [],
    ["content-undetermined"],
  ],
  [
    "a volume on a folder, which its partition's paths name",
    windows({
      "wmi Win32_DiskDrive": wmiList(drive),
      "wmi MSFT_Partition": wmiList({
        DiskNumber: 0,
        PartitionNumber: 2,
        Offset: 16777216,
        Size: 99 * gib,
        GptType: "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}",
        AccessPaths: "C:\\Mount\\Data\\,\\\\?\\Volume{a1b2}\\",
      }),
      "wmi Win32_Volume": wmiList({
        DeviceID: "\\\\?\\Volume{a1b2}\\",
        DriveType: 3,
        FileSystem: "ReFS",
        Capacity: 99 * gib,
        FreeSpace: 50 * gib,
      }),
    }),
    ["unsupported-filesystem"],
    ["content-undetermined"],
  ],
  [
    "drives for floppies and a full DVD",
    windows({
      "wmi Win32_DiskDrive": wmiList(drive),
      "wmi Win32_LogicalDisk": wmiList(
        { DeviceID: "A:", DriveType: 2, FileSystem: "", Size: "", FreeSpace: "" },
        { DeviceID: "E:", DriveType: 5, FileSystem: "UDF", Size: 4 * gib, FreeSpace: 0 },
      ),
    }),
    [],
    ["low-space", "content-without-filesystem", "content-undetermined"],
  ],
  [
    "a dynamic mirror that lost a disk, beside a basic disk of the same number",
    diskpart(
      [
        "  Disk 0    Online          100 GB  1024 KB        *",
        "  Disk 1    Online          200 GB      0 B   *    *",
        "  Disk M0   Missing         200 GB      0 B   *     ",
      ],
      ["  Volume 2     E   Data         NTFS   Mirror       199 GB  Failed Rd"],
    ),
    ["dynamic-disk", "raid-degraded"],
    [],
  ],
  [
    "a dynamic mirror in order",
    diskpart(
      ["  Disk 1    Online          200 GB      0 B   *    *"],
      ["  Volume 2     E   Data         NTFS   Mirror       199 GB  Healthy  "],
    ),
    ["dynamic-disk"],
    ["raid-degraded"],
  ],
];

describe("what Windows shows of itself", () => {
  it.each(rows)("%s", (_, capture, has, hasNot) => {
    const codes = codesOf(assessCapture(capture));
    expect(codes).toEqual(expect.arrayContaining([...has]));
    expect(codes.filter((code) => hasNot.includes(code))).toEqual([]);
  });

  it("a missing member of a dynamic group is none of the disks that are there", () => {
    const capture = diskpart(
      [
        "  Disk 0    Online          100 GB  1024 KB        *",
        "  Disk M0   Missing         200 GB      0 B   *     ",
      ],
      [],
    );
    const { disks, findings } = assessCapture(capture);
    expect(disks.map(({ id }) => id)).toEqual(["\\\\.\\PHYSICALDRIVE0"]);
    expect(findings.map(({ code }) => code)).not.toContain("dynamic-disk");
  });
});

describe("diskpart in a language of wide characters", () => {
  it("is read by the shapes of its cells, for its columns do not stand under their headings", () => {
    const { disks, findings } = assessCapture(
      windows({
        diskpart: [
          "  ディスク      状態           サイズ   空き   ダイナ GPT",
          "  ###                                          ミック",
          "  ------------  -------------  -------  -------  ---  ---",
          "  ディスク 0    オンライン           238 GB  1024 KB        *",
          "  ディスク 1    オンライン           931 GB      0 B   *     ",
          "",
          "  Volume ###  Ltr Label        Fs    Type        Size     Status     Info",
          "  ----------  --- -----------  ----  ----------  -------  ---------  --------",
          "  Volume 0     D                       DVD-ROM         0 B  メディアなし           ",
          "  Volume 1         システムで予約済み    NTFS   パーティション      100 MB  正常         システム    ",
          "  Volume 2     C                NTFS   パーティション       59 GB  正常         ブート     ",
          "  Volume 3     E   データ          NTFS   ストライプ        199 GB  正常                 ",
          "",
          "ディスク 1 が選択されました。",
          "",
          "DISKPART> select disk 1",
          "",
          "  Partition ###  Type                Size     Offset",
          "  -------------  ------------------  -------  -------",
          "  Partition 1    ダイナミック データ             931 GB  1024 KB",
        ].join("\r\n"),
      }),
    );
    expect(disks.map(({ sizeBytes, partitionTable }) => [sizeBytes, partitionTable])).toEqual([
      [238 * gib, "gpt"],
      [931 * gib, "mbr"],
    ]);
    const dynamic = findings.filter(({ code }) => code === "dynamic-disk").map(({ subject }) => subject.name);
    expect(dynamic).toEqual(["E:", "\\\\.\\PHYSICALDRIVE1"]);
    expect(findings.filter(({ code }) => code === "content-without-filesystem")).toEqual([]);
  });
});
