/** Whether a layout can be made for a source, and how a plan's changes make one of the proposed. Pure. */
import { fail, ok, type Result } from "../result.ts";
import type { Told } from "./remark.ts";
import { told } from "./report-text/told.ts";
import { checkPartitionSizes } from "./partition-capacity.ts";
import {
  diskMarginBytes,
  inMebibytes,
  mebibyte,
  type FilePlan,
  type LayoutBasis,
  type LayoutProblem,
  type PartitionChange,
  type TargetDisk,
  type TargetLayout,
  type TargetPartition,
  utf8Length,
} from "./target-layout.ts";

const largestMbrBytes = 2 ** 32 * 512;

/** Everything that is wrong with a layout for this source; empty where it can be made. Pure, for every keystroke. */
export function checkLayout(layout: TargetLayout, basis: LayoutBasis): LayoutProblem[] {
  const problems: LayoutProblem[] = [];
  const add = (field: string, message: Told): void => void problems.push({ field, message });
  const seen = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const [d, disk] of layout.disks.entries()) {
    const at = `disks.${d}`;
    checkDisk(disk, at, add);
    for (const [p, partition] of disk.partitions.entries()) {
      const field = `${at}.partitions.${p}`;
      if (partition.sizeBytes % mebibyte !== 0)
        add(`${field}.sizeBytes`, told({ kind: "not-whole-mebibytes" }));
      if (partition.role === "bios-boot") continue;
      if (partition.uuid !== null) {
        const other = ids.get(partition.uuid.toLowerCase());
        if (other !== undefined) add(`${field}.uuid`, told({ kind: "same-as-other", other }));
        ids.set(partition.uuid.toLowerCase(), field);
        const isShort = partition.uuid.length === 9;
        if (isShort !== (partition.role === "esp"))
          add(
            `${field}.uuid`,
            isShort ? told({ kind: "is-fat-number" }) : told({ kind: "is-no-fat-number" }),
          );
      }
      checkLabel(partition, field, add);
      if (partition.role === "swap") continue;
      const other = seen.get(partition.mountPoint);
      if (other !== undefined)
        add(
          `${field}.mountPoint`,
          told({ kind: "mount-point-taken", mountPoint: partition.mountPoint, other }),
        );
      seen.set(partition.mountPoint, field);
    }
  }
  checkBoot(layout, basis, add);
  problems.push(...checkPartitionSizes(layout, basis));
  return problems;
}

function checkDisk(disk: TargetDisk, at: string, add: (field: string, message: Told) => void): void {
  const needed = disk.partitions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 2 * diskMarginBytes);
  if (disk.sizeBytes % mebibyte !== 0) add(`${at}.sizeBytes`, told({ kind: "not-whole-mebibytes" }));
  if (needed > disk.sizeBytes)
    add(
      `${at}.sizeBytes`,
      told({ kind: "less-than-partitions", size: inMebibytes(disk.sizeBytes), needed: inMebibytes(needed) }),
    );
  if (disk.table !== "mbr") return;
  if (disk.partitions.length > 4) add(`${at}.table`, told({ kind: "mbr-four-partitions" }));
  if (disk.sizeBytes > largestMbrBytes) add(`${at}.table`, told({ kind: "mbr-two-tebibytes" }));
  for (const [p, { role }] of disk.partitions.entries())
    if (role === "bios-boot") add(`${at}.partitions.${p}.role`, told({ kind: "mbr-no-bios-boot" }));
}

function checkLabel(
  partition: Exclude<TargetPartition, { role: "bios-boot" }>,
  field: string,
  add: (field: string, message: Told) => void,
): void {
  const { label } = partition;
  if (label === null) return;
  const most =
    partition.role === "esp" ? 11 : partition.role === "data" && partition.filesystem === "xfs" ? 12 : 16;
  if (utf8Length(label) > most) add(`${field}.label`, told({ kind: "label-too-long", most }));
}

function checkBoot(
  layout: TargetLayout,
  { firmware }: LayoutBasis,
  add: (field: string, message: Told) => void,
): void {
  const [first] = layout.disks;
  if (first === undefined) return;
  const all = layout.disks.flatMap(({ partitions }) => partitions);
  if (!all.some((each) => each.role === "data" && each.mountPoint === "/"))
    add("disks", told({ kind: "no-root-partition" }));
  const boots = ["/boot", "/"];
  const bootPath = boots.find((path) => all.some((each) => each.role === "data" && each.mountPoint === path));
  if (
    bootPath !== undefined &&
    !first.partitions.some((each) => each.role === "data" && each.mountPoint === bootPath)
  )
    add("disks.0", told({ kind: "first-disk-starts", path: bootPath }));
  if (firmware === "uefi" && !first.partitions.some(({ role }) => role === "esp"))
    add("disks.0.partitions", told({ kind: "uefi-needs-esp" }));
  if (
    firmware === "bios" &&
    first.table === "gpt" &&
    !first.partitions.some(({ role }) => role === "bios-boot")
  )
    add("disks.0.partitions", told({ kind: "bios-needs-boot-partition" }));
}

/** A layout as a plan wants it. `input-invalid` names the first field that is wrong, and counts the others. */
export function settleLayout(
  proposed: TargetLayout,
  plan: FilePlan,
  basis: LayoutBasis,
): Result<TargetLayout> {
  let layout = plan.layout ?? proposed;
  for (const [index, change] of plan.changes.entries()) {
    const changed = changeLayout(layout, change, `files.changes.${index}`);
    if (!changed.ok) return changed;
    layout = changed.value;
  }
  const problems = checkLayout(layout, basis);
  const [first] = problems;
  if (first === undefined) return ok(layout);
  const others = problems.length - 1;
  const field = `files.layout.${first.field}`;
  const what = { field, about: describeField(layout, first.field), why: first.message };
  return fail(
    "input-invalid",
    others === 0
      ? told({ kind: "layout-problem", ...what })
      : told({ kind: "layout-problem-of-many", ...what, others }),
    { field, problems: problems.map((problem) => `${problem.field}: ${problem.message.what}`) },
  );
}

/** `/home: ` for a field of its partition, so that a person need not count. */
function describeField(layout: TargetLayout, field: string): string {
  const [, disk, , partition] = field.split(".");
  const found = layout.disks[Number(disk)]?.partitions[Number(partition)];
  if (found === undefined) return "";
  return `${"mountPoint" in found ? found.mountPoint : found.role}: `;
}

/** A layout with one thing changed. The disk grows or shrinks with its partitions. */
export function changeLayout(
  layout: TargetLayout,
  change: PartitionChange,
  field: string,
): Result<TargetLayout> {
  const isMeant = (each: TargetPartition): boolean =>
    change.partition === "swap"
      ? each.role === "swap"
      : "mountPoint" in each && each.mountPoint === change.partition;
  const target = layout.disks.flatMap(({ partitions }) => partitions).find(isMeant);
  if (target === undefined)
    return fail(
      "input-invalid",
      told({ kind: "layout-no-partition-for", field, mountPoint: change.partition }),
      {
        field: `${field}.partition`,
      },
    );
  if (change.filesystem !== undefined && target.role !== "data")
    return fail(
      "input-invalid",
      told({ kind: "layout-filesystem-given", field, mountPoint: change.partition }),
      {
        field: `${field}.filesystem`,
      },
    );
  if (change.joined === true && change.partition === "/")
    return fail("input-invalid", told({ kind: "layout-nothing-above", field }), { field: `${field}.joined` });
  const changed = (each: TargetPartition): TargetPartition[] => {
    if (each !== target) return [each];
    if (change.joined === true) return [];
    const sizeBytes = change.sizeBytes ?? each.sizeBytes;
    return each.role === "data"
      ? [{ ...each, sizeBytes, filesystem: change.filesystem ?? each.filesystem }]
      : [{ ...each, sizeBytes }];
  };
  const disks = layout.disks
    .map((disk) => {
      const partitions = disk.partitions.flatMap(changed);
      const total = (list: readonly TargetPartition[]): number =>
        list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return {
        ...disk,
        partitions,
        sizeBytes: disk.sizeBytes - total(disk.partitions) + total(partitions),
      };
    })
    .filter(({ partitions }) => partitions.length > 0);
  return ok({ disks });
}
