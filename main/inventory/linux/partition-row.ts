import type { PartitionTableKind } from "../../../common/domain/facts.ts";
import type { DeviceClaim } from "../storage/device-draft.ts";
import { splitPartitionName } from "../storage/device-names.ts";
import { isDynamicType, partitionRole, partitionTypeName } from "../storage/partition-types.ts";
import type { DeviceStatement } from "../storage/statement.ts";

export interface PartitionRow {
  readonly disk: string | null;
  readonly name: string;
  readonly table: PartitionTableKind | null;
  readonly number: number | null;
  readonly type: string | null;
  readonly role?: "primary" | "extended" | "logical" | null;
  readonly startBytes: number | null;
  readonly sizeBytes: number | null;
  readonly isSizeExact: boolean;
  readonly label?: string | null;
  readonly uuid?: string | null;
  readonly isActive?: boolean | null;
}

/** The statement about one partition of a table dump. */
export function partitionStatement(
  row: PartitionRow,
  evidence: DeviceStatement["evidence"],
): DeviceStatement {
  const number = row.number ?? splitPartitionName(row.name)?.number ?? null;
  const claim: DeviceClaim = {
    kind: "partition",
    parents: row.disk === null ? [] : [row.disk],
    // An extended partition's size is that of its container, which lsblk shows as 1K.
    size: row.sizeBytes === null ? null : { bytes: row.sizeBytes, isExact: row.isSizeExact },
    ...(isDynamicType(row.type) ? { isDynamic: true } : {}),
    partition: {
      number,
      type: row.type,
      typeName: partitionTypeName(row.type),
      role: row.role ?? partitionRole(row.table, row.type, number),
      startBytes: row.startBytes,
      label: row.label ?? null,
      uuid: row.uuid?.toLowerCase() ?? null,
      isActive: row.isActive ?? null,
    },
  };
  return { name: row.name, claim, evidence };
}

/** Partition n of a disk, as the kernel names it. */
export function partitionName(disk: string, number: number): string {
  return /\d$/.test(disk) ? `${disk}p${number}` : `${disk}${number}`;
}
