/** Finds the groups of dynamic disks among replicas. */
import { open, type FileHandle } from "node:fs/promises";
import type { ReplicaFile } from "../../tasks/implementations.ts";
import { findHeader, readDatabase, type LdmDatabase, type ReadDisk } from "./ldm-database.ts";
import { ldmMbrType, ldmTypes, readTable } from "./partition-table.ts";
import type { DynamicDisk } from "./plan-layout.ts";

export interface DiskGroup {
  readonly name: string;
  readonly disks: readonly DynamicDisk[];
  /** The newest copy that can be read; null where none can. */
  readonly database: LdmDatabase | null;
}

/** Reads exactly so much of a file; null beyond its end. */
export function readerOf(file: FileHandle, sizeBytes: number): ReadDisk {
  return async (offset, length) => {
    if (offset < 0 || offset + length > sizeBytes) return null;
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytesRead === length ? bytes : null;
  };
}

export async function findGroups(replicas: readonly ReplicaFile[]): Promise<DiskGroup[]> {
  const groups = new Map<string, { name: string; disks: DynamicDisk[]; databases: LdmDatabase[] }>();
  for (const { diskId, replicaPath, sizeBytes } of replicas) {
    const file = await open(replicaPath, "r");
    try {
      const read = readerOf(file, sizeBytes);
      const start = await read(0, 34 * 512);
      const table = start === null ? null : readTable(start);
      if (table === null) continue;
      const metadata =
        table.kind === "gpt" ? (table.entries.find(({ type }) => type === ldmTypes.metadata) ?? null) : null;
      const isDynamic =
        table.kind === "gpt" ? metadata !== null : table.entries.some(({ type }) => type === ldmMbrType);
      const header = isDynamic ? await findHeader(read, sizeBytes, metadata) : null;
      if (header === null) continue;
      const group = groups.get(header.groupGuid) ?? { name: header.groupName, disks: [], databases: [] };
      group.disks.push({ diskId, sizeBytes, table, header });
      const database = await readDatabase(read, header);
      if (database !== null) group.databases.push(database);
      groups.set(header.groupGuid, group);
    } finally {
      await file.close();
    }
  }
  return [...groups.values()].map(({ name, disks, databases }) => {
    const [newest] = databases.toSorted((a, b) =>
      a.sequence < b.sequence ? 1 : a.sequence > b.sequence ? -1 : 0,
    );
    return { name, disks, database: newest ?? null };
  });
}
