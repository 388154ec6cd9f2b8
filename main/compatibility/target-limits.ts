/** What a kind of target can take. The numbers are the targets' own documentation, not measurements. */

const gib = 1024 ** 3;

export interface TargetLimits {
  /** `alibaba-cloud`, `local`: the target's kind. */
  readonly id: string;
  /** For people. */
  readonly title: string;
  readonly maximumSystemDiskBytes: number;
  readonly maximumDataDiskBytes: number;
  /** System disk and data disks together. */
  readonly maximumDisks: number;
}

export const targetLimits = {
  /** ECS: system disk to 2,048 GiB, data disks to 32,768 GiB, sixteen data disks in a migration. */
  "alibaba-cloud": {
    id: "alibaba-cloud",
    title: "Alibaba Cloud ECS",
    maximumSystemDiskBytes: 2048 * gib,
    maximumDataDiskBytes: 32768 * gib,
    maximumDisks: 17,
  },
  /** Images in a local folder: the VHD format ends at 2,040 GiB, qcow2 and raw do not; a job holds 64 disks. */
  local: {
    id: "local",
    title: "local folder",
    maximumSystemDiskBytes: 65536 * gib,
    maximumDataDiskBytes: 65536 * gib,
    maximumDisks: 64,
  },
} as const satisfies Record<string, TargetLimits>;
