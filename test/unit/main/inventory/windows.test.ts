import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import type { Facts } from "../../../../common/domain/facts.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";

function facts(commands: Readonly<Record<string, string>>): Facts {
  const outputs = Object.fromEntries(
    Object.entries(commands).map(([name, stdout]) => [name, { stdout, stderr: "", exitCode: 0 }]),
  );
  return factsFromBundle(bundleSchema.parse({ format: 1, platform: "windows", commands: outputs }));
}

describe("a systeminfo with lines cut out", () => {
  const cut =
    "\r\nHost Name:                 SRV1\r\nOS Name:                   Microsoft Windows Server 2019 Standard\r\n" +
    "OS Version:                10.0.17763 N/A Build 17763\r\nOS Manufacturer:           Microsoft Corporation\r\n" +
    "OS Configuration:          Standalone Server\r\nSystem Type:               x64-based PC\r\n";

  it("does not take the system's maker for the machine's", () => {
    expect(facts({ systeminfo: cut }).platform).toMatchObject({ kind: null, vendor: null, product: null });
  });
});

describe("Windows disks", () => {
  const wmi = {
    "wmi Win32_DiskDrive":
      "DeviceID=\\\\.\\PHYSICALDRIVE0\nIndex=0\nModel=VMware Virtual disk SCSI Disk Device\nSize=42944186880\nInterfaceType=SCSI\nMediaType=Fixed hard disk media\nBytesPerSector=512\n\nDeviceID=\\\\.\\PHYSICALDRIVE1\nIndex=1\nModel=Data\nSize=10737418240\nInterfaceType=SCSI\nMediaType=Fixed hard disk media\n\n",
    "wmi Win32_DiskPartition":
      "DeviceID=Disk #0, Partition #0\nDiskIndex=0\nIndex=0\nType=Installable File System\nSize=104857600\nStartingOffset=1048576\nPrimaryPartition=TRUE\nBootPartition=TRUE\n\nDeviceID=Disk #0, Partition #1\nDiskIndex=0\nIndex=1\nType=Extended w/Extended Int 13\nSize=42837475328\nStartingOffset=105906176\nPrimaryPartition=FALSE\nBootPartition=FALSE\n\nDeviceID=Disk #1, Partition #0\nDiskIndex=1\nIndex=0\nType=Logical Disk Manager\nSize=10736369664\nStartingOffset=1048576\nPrimaryPartition=TRUE\nBootPartition=FALSE\n\n",
    "wmi Win32_LogicalDisk":
      "DeviceID=C:\nDriveType=3\nFileSystem=NTFS\nSize=104853504\nFreeSpace=4853504\nVolumeName=System\n\nDeviceID=D:\nDriveType=5\nFileSystem=\nSize=\nFreeSpace=\n\nDeviceID=Z:\nDriveType=4\nFileSystem=NTFS\nSize=1000\nFreeSpace=10\nProviderName=\\\\nas\\share\n\n",
    "wmi Win32_LogicalDiskToPartition":
      'Antecedent=\\\\SRV\\root\\cimv2:Win32_DiskPartition.DeviceID="Disk #0, Partition #0"\nDependent=\\\\SRV\\root\\cimv2:Win32_LogicalDisk.DeviceID="C:"\n\n',
  };

  it("are listed with partitions and volumes, the dynamic one by its partition alone", () => {
    const { storage } = facts(wmi);
    const byId = new Map(storage.devices.map((device) => [device.id, device]));
    expect(
      storage.devices.filter((device) => device.kind === "disk").map((device) => device.sizeBytes),
    ).toEqual([42944186880, 10737418240]);
    expect(byId.get("\\\\.\\PHYSICALDRIVE0")).toMatchObject({ partitionTable: "mbr", isDynamic: null });
    expect(byId.get("\\\\.\\PHYSICALDRIVE1")).toMatchObject({ isDynamic: true });
    expect(byId.get("Disk #0, Partition #1")?.partition?.role).toBe("extended");
    expect(byId.get("C:")).toMatchObject({
      parents: ["Disk #0, Partition #0"],
      content: { type: "ntfs", label: "System" },
      usage: { usedBytes: 100000000 },
    });
    expect(byId.get("D:")?.kind).toBe("rom");
    expect(storage.mounts.find((mount) => mount.where === "Z:\\")).toMatchObject({
      isNetwork: true,
      what: "\\\\nas\\share",
    });
    expect(storage).toMatchObject({ deviceListComplete: true, dynamicDisksLookedFor: true });
  });

  it("are the same partitions to WMI and to the storage cmdlets", () => {
    const { storage } = facts({
      ...wmi,
      "wmi MSFT_Partition":
        "DiskNumber=0\nPartitionNumber=1\nDriveLetter=C\nOffset=1048576\nSize=104857600\nMbrType=7\nIsActive=TRUE\n\n",
    });
    const first = storage.devices.filter(
      (device) =>
        device.kind === "partition" &&
        device.partition?.startBytes === 1048576 &&
        device.parents[0]?.endsWith("0"),
    );
    expect(first).toHaveLength(1);
    expect(first[0]).toMatchObject({
      sizeBytes: 104857600,
      partition: { number: 1, type: "0x07", role: "primary", isActive: true },
    });
  });

  it("do not let Get-Disk alone pass for a search for dynamic disks", () => {
    const { storage } = facts({
      "powershell Get-Disk | ConvertTo-Json":
        '[{"Number":0,"FriendlyName":"X","PartitionStyle":"GPT","Size":1000}]',
    });
    expect(storage.devices[0]).toMatchObject({ kind: "disk", partitionTable: "gpt", isDynamic: null });
    expect(storage.dynamicDisksLookedFor).toBe(false);
  });

  it.each([
    [
      "English",
      "  Disk ###  Status         Size     Free     Dyn  Gpt",
      "  Disk 0    Online          100 GB      0 B   *    *",
      "Simple",
    ],
    [
      "German",
      "  Datenträger ###  Status         Größe    Frei     Dyn  GPT",
      "  Datenträger 0    Online          100 GB      0 B   *    *",
      "Einfach",
    ],
    [
      "Japanese",
      "  ディスク      状態           サイズ   空き   ダイナ GPT",
      "  ディスク 0    オンライン      100 GB      0 B   *    *",
      "シンプル",
    ],
  ])("are told dynamic by diskpart in %s", (_language, header, row, layout) => {
    // Each column's dashes begin where its heading does on the console.
    const first = /^( +\S+ ?\S* +)/.exec(row)?.[1] ?? "";
    const width = [...first].reduce((sum, character) => sum + (character > "\u2e80" ? 2 : 1), 0);
    const rule = `  ${"-".repeat(width - 4)}  -------------  -------  -------  ---  ---`;
    const cells = row
      .slice(first.length)
      .trim()
      .split(/\s{2,}/);
    const line = `${first}${(cells[0] ?? "").padEnd(15 - [...(cells[0] ?? "")].filter((character) => character > "\u2e80").length)} 100 GB      0 B   *    *`;
    const { storage } = facts({
      diskpart: `DISKPART> list disk\n\n${header}\n${rule}\n${line}\n\nDISKPART> list volume\n\n  Volume ###  Ltr  Label        Fs     Type        Size     Status     Info\n  ----------  ---  -----------  -----  ----------  -------  ---------  --------\n  Volume 0     D   Data         NTFS   ${layout}\n`,
    });
    expect(storage.devices.find((device) => device.kind === "disk")).toMatchObject({
      isDynamic: true,
      partitionTable: "gpt",
    });
  });

  it("show BitLocker under the volume that it encrypts", () => {
    const { storage } = facts({
      ...wmi,
      "manage-bde -status":
        "Volume C: [System]\n[OS Volume]\n\n    Size:                 40 GB\n    Percentage Encrypted: 100.0%\n",
    });
    const container = storage.devices.find((device) => device.content?.type === "BitLocker");
    expect(storage.devices.find((device) => device.id === "C:")?.parents).toContain(container?.id);
  });
});

describe("Windows at run time", () => {
  it.each([
    [
      "English",
      "Writer name: 'SqlServerWriter'\n   Writer Id: {a65faa63-5ea8-4ebc-9dbd-a0c4db26912a}\n   Writer Instance Id: {1}\n   State: [8] Failed\n   Last error: Non-retryable error\n\nWriter name: 'System Writer'\n   Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}\n   State: [1] Stable\n   Last error: No error\n",
    ],
    [
      "German",
      'Verfassername: "SqlServerWriter"\n   Verfasserkennung: {a65faa63-5ea8-4ebc-9dbd-a0c4db26912a}\n   Status: [8] Fehlgeschlagen\n   Letzter Fehler: Nicht wiederholbarer Fehler\n\nVerfassername: "System Writer"\n   Status: [1] Stabil\n   Letzter Fehler: Kein Fehler\n',
    ],
    [
      "Chinese",
      "编写器名称: 'SqlServerWriter'\n   编写器 Id: {a65faa63-5ea8-4ebc-9dbd-a0c4db26912a}\n   状态: [8] 失败\n   上次错误: 不可重试的错误\n\n编写器名称: 'System Writer'\n   状态: [1] 稳定\n   上次错误: 无错误\n",
    ],
  ])("tells failed VSS writers from stable ones in %s", (_language, text) => {
    const writers = facts({ "vssadmin list writers": text }).vssWriters;
    expect(writers?.map((writer) => [writer.name, writer.state, writer.isFailed])).toEqual([
      ["SqlServerWriter", 8, true],
      ["System Writer", 1, false],
    ]);
  });

  it("knows nothing of VSS where it was not asked", () => {
    expect(facts({ ver: "Microsoft Windows [Version 6.1.7601]" }).vssWriters).toBeNull();
  });

  it("finds databases and the domain controller among services", () => {
    const { services } = facts({
      "wmi Win32_Service":
        "Name=MSSQL$PROD\nDisplayName=SQL Server (PROD)\nState=Running\nStartMode=Auto\n\nName=NTDS\nDisplayName=AD\nState=Running\nStartMode=Auto\n\nName=Spooler\nDisplayName=x\nState=Running\nStartMode=Auto\n\n",
    });
    expect(services?.map((service) => [service.name, service.role, service.isRunning])).toEqual([
      ["sql-server", "database", true],
      ["active-directory", "domain-controller", true],
    ]);
  });

  it("tells static from DHCP by WMI and by ipconfig in another language", () => {
    const wmi = facts({
      "wmi Win32_NetworkAdapterConfiguration":
        "Description=Intel\nIndex=7\nMACAddress=00:50:56:AA:BB:CC\nIPEnabled=TRUE\nDHCPEnabled=FALSE\nIPAddress=192.0.2.10,fe80::1\nIPSubnet=255.255.255.0,64\nDefaultIPGateway=192.0.2.1\nDNSServerSearchOrder=192.0.2.53\n\n",
      "wmi Win32_NetworkAdapter":
        "Index=7\nName=Intel\nNetConnectionID=LAN\nMACAddress=00:50:56:AA:BB:CC\n\n",
    }).network.interfaces;
    expect(wmi).toMatchObject([
      {
        name: "LAN",
        mac: "00:50:56:aa:bb:cc",
        addressing: "static",
        addresses: ["192.0.2.10/24"],
        gateways: ["192.0.2.1"],
        dnsServers: ["192.0.2.53"],
      },
    ]);
    const german = facts({
      "ipconfig /all":
        "\r\nEthernet-Adapter LAN-Verbindung:\r\n\r\n   Physikalische Adresse . . . . . . : 00-50-56-AA-BB-CC\r\n   DHCP aktiviert. . . . . . . . . . : Ja\r\n   IPv4-Adresse  . . . . . . . . . . : 192.0.2.10(Bevorzugt) \r\n   Subnetzmaske  . . . . . . . . . . : 255.255.255.0\r\n   Standardgateway . . . . . . . . . : 192.0.2.1\r\n",
    }).network.interfaces;
    expect(german).toMatchObject([
      { mac: "00:50:56:aa:bb:cc", addressing: "dhcp", addresses: ["192.0.2.10/24"], gateways: ["192.0.2.1"] },
    ]);
  });

  it("tells firmware and virtio drivers, and absent from unseen", () => {
    const uefi = facts({
      "bcdedit /enum {current}": "path                    \\Windows\\system32\\winload.efi\n",
      "reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State /v UEFISecureBootEnabled":
        "    UEFISecureBootEnabled    REG_DWORD    0x1\n",
      "wmi Win32_SystemDriver": "Name=viostor\nState=Running\n\n",
    });
    expect(uefi.firmware).toMatchObject({ kind: "uefi", secureBoot: true });
    expect(uefi.bootImages).toMatchObject({ virtioBlock: "installed", virtioNet: "absent" });
    expect(facts({}).bootImages.virtioBlock).toBeNull();
    expect(facts({ bcdedit: "path \\Windows\\system32\\winload.exe\n" }).firmware.kind).toBe("bios");
  });

  it.each([
    ["Microsoft Corporation", "Virtual Machine", "hyper-v"],
    ["VMware, Inc.", "VMware7,1", "vmware"],
    ["Alibaba Cloud", "Alibaba Cloud ECS", "alibaba-cloud"],
    ["Amazon EC2", "t3.medium", "aws"],
    ["Xen", "HVM domU", "xen"],
    ["Dell Inc.", "PowerEdge R740", "physical"],
  ])("names the platform of %s %s", (vendor, product, kind) => {
    expect(
      facts({ "wmi Win32_ComputerSystem": `Manufacturer=${vendor}\nModel=${product}\n\n` }).platform.kind,
    ).toBe(kind);
  });
});
