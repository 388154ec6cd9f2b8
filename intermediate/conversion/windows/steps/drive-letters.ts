import type { Told } from "../../../../common/domain/remark.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import type { FormerVolume, PartitionIdentity, WindowsGuest, WindowsStep } from "../guest.ts";
import { registryTypes, type RegistryValue } from "../registry.ts";

const key = "MountedDevices";
const gptMark = Buffer.from("DMIO:ID:", "latin1");

/**
 * Windows finds the partition of a letter by the disk's signature and the partition's offset (MBR), or by the
 * partition's GUID (GPT and dynamic volumes). A copy keeps all of them; a dynamic volume on an MBR has become a partition
 * that is found the other way, and its letter is told so.
 */
export const driveLetters: WindowsStep = {
  id: "windows-drive-letters",
  run(guest) {
    const changes: Told[] = [];
    const notes: Told[] = [];
    const lost: string[] = [];
    for (const value of guest.system.values(key) ?? []) {
      if (isKnown(value, guest.partitions)) continue;
      const letter = /^\\DosDevices\\([A-Z]:)$/i.exec(value.name)?.[1];
      const moved = partitionOf(value, guest);
      if (moved !== null) {
        const data = Buffer.alloc(12);
        data.writeUInt32LE(moved.signature ?? 0);
        data.writeBigUInt64LE(BigInt(moved.startBytes), 4);
        guest.system.set(key, { name: value.name, type: registryTypes.binary, data });
        if (letter !== undefined) changes.push(told({ kind: "windows-letter-kept", letter }));
      } else if (letter !== undefined && isPartition(value)) lost.push(letter);
    }
    if (lost.length > 0) {
      notes.push(told({ kind: "windows-letters-lost", letters: lost.toSorted() }));
    }
    return { changes, notes };
  },
};

const isMbr = ({ data }: RegistryValue): boolean => data.length === 12;
const isGpt = ({ data }: RegistryValue): boolean => data.length === 24 && data.subarray(0, 8).equals(gptMark);
/** Anything else is a CD drive, a stick or a share. */
const isPartition = (value: RegistryValue): boolean => isMbr(value) || isGpt(value);

function isKnown(value: RegistryValue, partitions: readonly PartitionIdentity[]): boolean {
  if (isMbr(value)) {
    const signature = value.data.readUInt32LE();
    const startBytes = Number(value.data.readBigUInt64LE(4));
    return partitions.some((each) => each.signature === signature && each.startBytes === startBytes);
  }
  return isGpt(value) && partitions.some(({ guid }) => guid !== null && isGuid(value, guid));
}

/** The partition that the volume of this value has become, where that is found by signature and offset now. */
function partitionOf(value: RegistryValue, guest: WindowsGuest): PartitionIdentity | null {
  if (!isGpt(value)) return null;
  const volume: FormerVolume | undefined = guest.formerVolumes.find(({ guid }) => isGuid(value, guid));
  const partition = guest.partitions.find(
    ({ disk, startBytes }) => disk === volume?.disk && startBytes === volume.startBytes,
  );
  return partition !== undefined && partition.signature !== null ? partition : null;
}

/** The first three fields of a GUID are little-endian in Windows' own form; the volume manager's is the other. */
function isGuid({ data }: RegistryValue, guid: string): boolean {
  const plain = Buffer.from(guid.replaceAll("-", ""), "hex");
  if (plain.length !== 16) return false;
  const mixed = Buffer.concat([
    ...[plain.subarray(0, 4), plain.subarray(4, 6), plain.subarray(6, 8)].map((field) =>
      Buffer.from(field).reverse(),
    ),
    plain.subarray(8),
  ]);
  const told = data.subarray(8);
  return told.equals(plain) || told.equals(mixed);
}
