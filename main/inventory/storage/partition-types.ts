import { wordTable } from "../../../common/word-table.ts";

/**
 * Partition type codes. MBR ids as in the PC partition id list that sfdisk prints, GPT GUIDs as in the UEFI
 * specification, Microsoft's, Linux's and systemd's lists.
 */
const mbrNames = wordTable<string>({
  "0x00": "empty",
  "0x01": "FAT12",
  "0x04": "FAT16 <32M",
  "0x05": "extended",
  "0x06": "FAT16",
  "0x07": "HPFS/NTFS/exFAT",
  "0x0b": "W95 FAT32",
  "0x0c": "W95 FAT32 (LBA)",
  "0x0e": "W95 FAT16 (LBA)",
  "0x0f": "W95 extended (LBA)",
  "0x11": "hidden FAT12",
  "0x12": "diagnostics",
  "0x14": "hidden FAT16 <32M",
  "0x16": "hidden FAT16",
  "0x17": "hidden HPFS/NTFS",
  "0x1b": "hidden W95 FAT32",
  "0x1c": "hidden W95 FAT32 (LBA)",
  "0x27": "hidden NTFS WinRE",
  "0x41": "PPC PReP boot",
  "0x42": "SFS (Windows dynamic disk)",
  "0x82": "Linux swap",
  "0x83": "Linux",
  "0x85": "Linux extended",
  "0x86": "NTFS volume set",
  "0x87": "NTFS volume set",
  "0x88": "Linux plaintext",
  "0x8e": "Linux LVM",
  "0xa5": "FreeBSD",
  "0xa6": "OpenBSD",
  "0xa9": "NetBSD",
  "0xbe": "Solaris boot",
  "0xbf": "Solaris",
  "0xda": "non-FS data",
  "0xea": "Linux extended boot",
  "0xee": "GPT protective",
  "0xef": "EFI System",
  "0xfb": "VMware VMFS",
  "0xfc": "VMware VMKCORE",
  "0xfd": "Linux RAID autodetect",
  "0xfe": "LANstep",
});

const gptNames = wordTable<string>({
  "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "EFI System",
  "21686148-6449-6e6f-744e-656564454649": "BIOS boot",
  "024dee41-33e7-11d3-9d69-0008c781f39f": "MBR partition scheme",
  "e3c9e316-0b5c-4db8-817d-f92df00215ae": "Microsoft reserved",
  "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "Microsoft basic data",
  "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3": "Microsoft LDM metadata",
  "af9b60a0-1431-4f62-bc68-3311714a69ad": "Microsoft LDM data",
  "e75caf8f-f680-4cee-afa3-b001e56efc2d": "Microsoft Storage Spaces",
  "de94bba4-06d1-4d40-a16a-bfd50179d6ac": "Windows recovery environment",
  "0fc63daf-8483-4772-8e79-3d69d8477de4": "Linux filesystem",
  "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": "Linux swap",
  "e6d6d379-f507-44c2-a23c-238f2a3df928": "Linux LVM",
  "a19d880f-05fc-4d3b-a006-743f0f84911e": "Linux RAID",
  "4f68bce3-e8cd-4db1-96e7-fbcaf984b709": "Linux root (x86-64)",
  "44479540-f297-41b2-9af7-d131d5f0458a": "Linux root (x86)",
  "b921b045-1df0-41c3-af44-4c6f280d3fae": "Linux root (ARM64)",
  "933ac7e1-2eb4-4f13-b844-0e14e2aef915": "Linux home",
  "3b8f8425-20e0-4f3b-907f-1a25a76f98e8": "Linux server data",
  "4d21b016-b534-45c2-a9fb-5c16e091fd2d": "Linux variable data",
  "bc13c2ff-59e6-4262-a352-b275fd6f7172": "Linux extended boot",
  "8da63339-0007-60c0-c436-083ac8230908": "Linux reserved",
  "ca7d7ccb-63ed-4c53-861c-1742536059cc": "LUKS",
  "7ffec5c9-2d00-49b7-8941-3ea10a5586b7": "Linux plain dm-crypt",
  "6a898cc3-1dd2-11b2-99a6-080020736631": "ZFS",
  "516e7cba-6ecf-11d6-8ff8-00022d09712b": "FreeBSD ZFS",
  "516e7cb4-6ecf-11d6-8ff8-00022d09712b": "FreeBSD data",
  "516e7cb6-6ecf-11d6-8ff8-00022d09712b": "FreeBSD UFS",
  "9e1a2d38-c612-4316-aa26-8b49521e5a8b": "PReP boot",
  "cafecafe-9b03-4f30-b4c6-b4b80ceff106": "Ceph",
  "48465300-0000-11aa-aa11-00306543ecac": "Apple HFS+",
});

/** `83`, `0x83`, ` 5`, a GUID in any case → the form of `PartitionFacts.type`; null where it is neither. */
export function normalizePartitionType(text: string | null | undefined): string | null {
  const trimmed = text?.trim().toLowerCase() ?? "";
  const hex = /^(?:0x)?([0-9a-f]{1,2})$/.exec(trimmed);
  if (hex) return `0x${(hex[1] ?? "").padStart(2, "0")}`;
  const guid = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/.exec(trimmed);
  return guid?.[1] ?? null;
}

export function partitionTypeName(type: string | null): string | null {
  return type === null ? null : (mbrNames[type] ?? gptNames[type] ?? null);
}

const gptByName = new Map(
  Object.entries(gptNames).map(([type, name]) => [name.toLowerCase(), type] as const),
);

/** The GUID for what fdisk calls a GPT partition's type, e.g. `Linux LVM`; null for names not known here. */
export function gptTypeOfName(name: string): string | null {
  return gptByName.get(name.trim().toLowerCase()) ?? null;
}

const extendedTypes = new Set(["0x05", "0x0f", "0x85", "0x15", "0x1f", "0xc5", "0xd5"]);
const dynamicTypes = new Set([
  "0x42",
  "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3",
  "af9b60a0-1431-4f62-bc68-3311714a69ad",
]);

export function isExtendedType(type: string | null): boolean {
  return type !== null && extendedTypes.has(type);
}

/** A partition of a Windows dynamic disk (LDM). */
export function isDynamicType(type: string | null): boolean {
  return type !== null && dynamicTypes.has(type);
}

/** MBR: numbers from 5 on are logical. */
export function partitionRole(
  table: "gpt" | "mbr" | "hybrid" | "none" | "dasd" | "other" | null,
  type: string | null,
  number: number | null,
): "primary" | "extended" | "logical" | null {
  if (isExtendedType(type)) return "extended";
  const isMbr = table === "mbr" || (table === null && type?.startsWith("0x") === true);
  if (isMbr) return number === null ? null : number >= 5 ? "logical" : "primary";
  return table === "gpt" || table === "hybrid" || table === "dasd" || type?.includes("-") === true
    ? "primary"
    : null;
}

/** What blkid, lsblk, parted and sfdisk call partition tables. */
export function partitionTableKind(
  name: string | null | undefined,
): "gpt" | "mbr" | "hybrid" | "none" | "dasd" | "other" | null {
  const word = name?.trim().toLowerCase() ?? "";
  if (word === "") return null;
  if (word === "gpt" || word === "gpt_sync_mbr") return word === "gpt" ? "gpt" : "hybrid";
  if (word === "dos" || word === "msdos" || word === "mbr") return "mbr";
  if (word === "dasd") return "dasd";
  if (word === "loop" || word === "unknown" || word === "none") return "none";
  if (/^(hybrid|pmbr)/.test(word)) return "hybrid";
  return "other";
}
