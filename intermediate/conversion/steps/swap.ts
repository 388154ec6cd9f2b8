import { told } from "../../../common/domain/report-text/told.ts";
import type { FstabEntry } from "../fstab.ts";
import { parseFstab, resolveDevice } from "../fstab.ts";
import type { BlockDevice } from "../inspect.ts";
import type { ConversionStep, StepChange, StepOutcome } from "../guest.ts";

/** Partition types of swap areas: MBR and GPT. */
const swapTypes = new Set(["0x82", "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"]);

export interface LostSwap {
  readonly entry: FstabEntry;
  readonly device: BlockDevice;
  readonly uuid: string | null;
  readonly label: string | null;
}

/** Swap areas of fstab whose header was not copied, where it is certain which device each of them was on. */
export function lostSwap(fstab: readonly FstabEntry[], devices: readonly BlockDevice[]): LostSwap[] {
  const empty = devices.filter(
    ({ type, partitionType }) => type === null && swapTypes.has(partitionType?.toLowerCase() ?? ""),
  );
  const lost: LostSwap[] = [];
  for (const entry of fstab.filter(({ type }) => type === "swap")) {
    const named = resolveDevice(entry.device, devices);
    if (named?.type === "swap") continue;
    const tag = /^(UUID|LABEL)=(.+)$/.exec(entry.device);
    const byUuid = /^\/dev\/disk\/by-uuid\/(.+)$/.exec(entry.device);
    const uuid = tag?.[1] === "UUID" ? (tag[2] ?? null) : (byUuid?.[1] ?? null);
    const label = tag?.[1] === "LABEL" ? (tag[2] ?? null) : null;
    const free = empty.filter((device) => !lost.some((other) => other.device === device));
    const device =
      named?.type === null ? named : named === undefined && free.length === 1 ? free[0] : undefined;
    if (device !== undefined) lost.push({ entry, device, uuid, label });
  }
  return lost;
}

/** A swap area whose contents were not worth copying is made anew under its old name, so that fstab holds. */
export const swap: ConversionStep = {
  id: "swap",
  applies: ({ fstab }) => fstab.some(({ type }) => type === "swap"),

  async run({ appliance, tree, devices }): Promise<StepOutcome> {
    const changes: StepChange[] = [];
    for (const { entry, device, uuid, label } of lostSwap(
      parseFstab(tree.text("/etc/fstab") ?? ""),
      devices,
    )) {
      const named = [
        ...(label === null ? [] : [`label:${label}`]),
        ...(uuid === null ? [] : [`uuid:${uuid}`]),
      ];
      await appliance.must("mkswap", device.path, ...named);
      changes.push(told({ kind: "swap-anew", device: entry.device, on: device.volume ?? device.path }));
    }
    return { changes };
  },
};
