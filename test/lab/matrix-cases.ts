/** What the matrix tries: whole servers, broken ones, and changes of firmware. */
import type { ConversionPlan } from "../../common/domain/conversion.ts";
import type { FaultName } from "./faults.ts";
import { nameOfGuest, type LabGuest } from "./layouts.ts";

export interface MatrixCase extends LabGuest {
  /** What is broken before the migration. */
  readonly faults: readonly FaultName[];
  readonly firmware: ConversionPlan["firmware"];
  /** The intermediate is killed in the middle of the conversion, and the job resumed. */
  readonly isKilled?: true;
}

const whole = (
  suite: LabGuest["suite"],
  layout: LabGuest["layout"],
  kernel: LabGuest["kernel"],
): MatrixCase => ({
  suite,
  layout,
  kernel,
  faults: [],
  firmware: "same",
});
const plain = whole("bookworm", "mbr-plain", "cloud");
const broken = (...faults: FaultName[]): MatrixCase => ({ ...plain, faults });

export const matrixCases: readonly MatrixCase[] = [
  plain,
  whole("bookworm", "mbr-extended", "cloud"),
  whole("bookworm", "gpt-lvm", "cloud"),
  whole("bookworm", "gpt-xfs", "full"),
  whole("bookworm", "uefi-btrfs", "full"),
  whole("bookworm", "mbr-plain", "dracut"),
  whole("bullseye", "mbr-plain", "cloud"),
  whole("bullseye", "gpt-lvm", "cloud"),
  whole("trixie", "mbr-plain", "cloud"),
  whole("trixie", "gpt-lvm", "cloud"),
  whole("trixie", "uefi-btrfs", "full"),
  { ...whole("bookworm", "gpt-xfs", "full"), firmware: "uefi" },
  { ...whole("bookworm", "uefi-btrfs", "full"), firmware: "bios" },
  { ...whole("bookworm", "mbr-plain", "dracut"), faults: ["no-virtio"] },
  { ...whole("bookworm", "mbr-plain", "selinux"), faults: ["selinux-permissive"] },
  { ...whole("bookworm", "mbr-plain", "selinux"), faults: ["red-hat-ways"] },
  { ...plain, isKilled: true },
  broken("static-address"),
  broken("no-virtio"),
  broken("stale-fstab"),
  broken("broken-grub"),
  broken("wrong-root"),
  broken("lost-filesystem"),
  broken("wrong-root", "lost-filesystem"),
  broken("grub-rescue"),
];

/** `bookworm/gpt-xfs/full to uefi`, `bookworm/mbr-plain/cloud, wrong-root` */
export const nameOfCase = ({ faults, firmware, isKilled, ...guest }: MatrixCase): string =>
  [
    `${nameOfGuest(guest)}${firmware === "same" ? "" : ` to ${firmware}`}`,
    ...faults,
    ...(isKilled === true ? ["killed in its conversion"] : []),
  ].join(", ");
