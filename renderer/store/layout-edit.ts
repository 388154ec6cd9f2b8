import type { Told } from "../../common/domain/remark.ts";
/**
 * What a person does to the layout that file replication proposes, and what comes of it. Pure, so that a picture can
 * follow every keystroke and every pixel.
 */
import { z } from "zod";
import type { LayoutProposal } from "../../common/api/layout-procedures.ts";
import { changeLayout, checkLayout } from "../../common/domain/check-layout.ts";
import { needOf } from "../../common/domain/partition-capacity.ts";
import {
  mebibyte,
  partitionFor,
  targetFilesystemSchema,
  type PartitionChange,
  type TargetLayout,
  type TargetPartition,
} from "../../common/domain/target-layout.ts";

/** One partition's difference from the proposed layout. A size stays text while it is typed; empty: as proposed. */
export const partitionEditSchema = z.object({
  /** The mount point; `swap` for the first swap area. */
  partition: z.string(),
  size: z.string(),
  filesystem: targetFilesystemSchema.nullable(),
  joined: z.boolean(),
});
export type PartitionEdit = z.infer<typeof partitionEditSchema>;

const gibibyte = 1024 * mebibyte;
const units: Readonly<Record<string, number>> = { m: mebibyte, g: gibibyte, t: 1024 * gibibyte };

/** `20 GiB`, `512M`, `1.5 t`: whole MiB, rounded up; null where it is no size. A number alone says too little. */
export function readSize(text: string): number | null {
  const [, number = "", unit = ""] = /^(\d{1,9}(?:[.,]\d{1,6})?)\s*([mgt])(?:i?b)?$/i.exec(text.trim()) ?? [];
  const bytes = Number(number.replace(",", ".")) * (units[unit.toLowerCase()] ?? 0);
  const whole = Math.ceil(bytes / mebibyte) * mebibyte;
  return number !== "" && whole > 0 && Number.isSafeInteger(whole) ? whole : null;
}

/** As {@link readSize} takes it, without rounding. */
export function writeSize(bytes: number): string {
  const whole = Math.ceil(bytes / mebibyte) * mebibyte;
  return whole % gibibyte === 0 ? `${whole / gibibyte} GiB` : `${whole / mebibyte} MiB`;
}

/** The key by which an edit speaks of a partition; null for what cannot be changed. */
export function editKeyOf(partition: TargetPartition): string | null {
  if (partition.role === "bios-boot") return null;
  return partition.role === "swap" ? "swap" : partition.mountPoint;
}

export interface PlannedPartition {
  /** The same for a partition throughout all changes. */
  readonly key: string;
  /** For {@link PartitionEdit.partition}; null: nothing of it can be changed. */
  readonly edit: string | null;
  /** As it will be made; of one that is joined, as it was proposed. */
  readonly partition: TargetPartition;
  /** The partition above that takes its files; null: it has a partition of its own. */
  readonly joinedInto: string | null;
  readonly usedBytes: number;
  readonly leastBytes: number;
  /** What is wrong with it. */
  readonly problem:
    | { readonly kind: "size" }
    | { readonly kind: "too-small"; readonly leastBytes: number }
    | { readonly kind: "other"; readonly message: Told }
    | null;
}

export interface PlannedDisk {
  readonly table: "gpt" | "mbr";
  readonly sizeBytes: number;
  readonly partitions: readonly PlannedPartition[];
}

export interface PlannedLayout {
  readonly disks: readonly PlannedDisk[];
  /** What is wrong with the layout as a whole. */
  readonly problems: readonly Told[];
  readonly isFine: boolean;
}

/** The edits as a job's plan takes them; those of an unreadable size leave the proposed one. */
export function changesOf(edits: readonly PartitionEdit[]): PartitionChange[] {
  return edits.flatMap(({ partition, size, filesystem, joined }): PartitionChange[] => {
    if (joined) return [{ partition, joined: true }];
    const sizeBytes = readSize(size);
    const change: PartitionChange = {
      partition,
      ...(sizeBytes === null ? {} : { sizeBytes }),
      ...(filesystem === null ? {} : { filesystem }),
    };
    return Object.keys(change).length > 1 ? [change] : [];
  });
}

/** The edits with one more; an edit that says nothing is left out. */
export function withEdit(
  edits: readonly PartitionEdit[],
  partition: string,
  change: Partial<Omit<PartitionEdit, "partition">>,
): PartitionEdit[] {
  const none: PartitionEdit = { partition, size: "", filesystem: null, joined: false };
  const old = edits.find((each) => each.partition === partition) ?? none;
  const edit = { ...old, ...change };
  const rest = edits.filter((each) => each.partition !== partition);
  return edit.size === "" && edit.filesystem === null && !edit.joined ? rest : [...rest, edit];
}

/** The proposed layout with the edits, and what is wrong with it. Edits of partitions that are gone are passed over. */
export function planLayout(proposal: LayoutProposal, edits: readonly PartitionEdit[]): PlannedLayout {
  const { basis, proposed } = proposal;
  const layout = changesOf(edits).reduce<TargetLayout>((sum, change) => {
    const changed = changeLayout(sum, change, "");
    return changed.ok ? changed.value : sum;
  }, proposed);
  const found = checkLayout(layout, basis);
  const mounted = new Set(
    layout.disks.flatMap(({ partitions }) =>
      partitions.map((each) => ("mountPoint" in each ? each.mountPoint : "")),
    ),
  );
  const isMade = (each: TargetPartition): boolean => !("mountPoint" in each) || mounted.has(each.mountPoint);
  const firstSwap = proposed.disks
    .flatMap(({ partitions }) => partitions)
    .find(({ role }) => role === "swap");
  const ofPartition = new Set<string>();
  let at = -1;
  const disks = proposed.disks.map((disk, d): PlannedDisk => {
    // Joining only takes away: what is left keeps its order, and a disk without partitions is not made.
    const isDiskMade = disk.partitions.some(isMade);
    if (isDiskMade) at += 1;
    const made = isDiskMade ? layout.disks[at] : undefined;
    let index = -1;
    const partitions = disk.partitions.map((original, p): PlannedPartition => {
      const isOwn = isMade(original);
      if (isOwn) index += 1;
      const partition = (isOwn ? made?.partitions[index] : undefined) ?? original;
      // Edits speak of the first swap area alone.
      const edit = original.role === "swap" && original !== firstSwap ? null : editKeyOf(original);
      const field = `disks.${at}.partitions.${index}.`;
      const own = isOwn ? found.filter((each) => each.field.startsWith(field)) : [];
      for (const each of own) ofPartition.add(each.field);
      const need = needOf(layout, basis, partition);
      const given = edits.find((each) => edit !== null && each.partition === edit);
      const problem = (): PlannedPartition["problem"] => {
        if (!isOwn) return null;
        if (given !== undefined && given.size.trim() !== "" && readSize(given.size) === null)
          return { kind: "size" };
        if (partition.sizeBytes < need.leastBytes) return { kind: "too-small", leastBytes: need.leastBytes };
        return own[0] === undefined ? null : { kind: "other", message: own[0].message };
      };
      return {
        key: `${d} ${p}`,
        edit,
        partition,
        joinedInto:
          isOwn || !("mountPoint" in original)
            ? null
            : (partitionFor(layout, original.mountPoint)?.mountPoint ?? null),
        usedBytes: need.usedBytes,
        leastBytes: need.leastBytes,
        problem: problem(),
      };
    });
    return { table: disk.table, sizeBytes: made?.sizeBytes ?? 0, partitions };
  });
  const problems = found.filter(({ field }) => !ofPartition.has(field)).map(({ message }) => message);
  const isFine =
    problems.length === 0 &&
    disks.every(({ partitions }) => partitions.every(({ problem }) => problem === null));
  return { disks, problems, isFine };
}
