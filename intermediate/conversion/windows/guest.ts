import type { Told } from "../../../common/domain/remark.ts";
import type { Hive } from "./registry.ts";

/** A partition as Windows tells it from others. */
export interface PartitionIdentity {
  /** Index of its disk among the job's. */
  readonly disk: number;
  readonly startBytes: number;
  /** Of an MBR's disk; null on a GPT. */
  readonly signature: number | null;
  /** Of a GPT's partition, in lower case; null on an MBR. */
  readonly guid: string | null;
}

/** A dynamic volume that became a basic partition. */
export interface FormerVolume {
  readonly guid: string;
  readonly disk: number;
  readonly startBytes: number;
}

export interface WindowsVersion {
  /** 5.2 is Server 2003, 6.0 is 2008, 6.1 is 2008 R2, 6.3 is 2012 R2, 10.0 all later ones. */
  readonly major: number;
  readonly minor: number;
  /** As Windows names itself; may be empty. */
  readonly product: string;
}

/** A Windows system whose system hive is open. */
export interface WindowsGuest {
  /** HKEY_LOCAL_MACHINE\SYSTEM. */
  readonly system: Hive;
  /** The control sets that it starts with: the current one, and the default where that is another. */
  readonly controlSets: readonly string[];
  readonly version: WindowsVersion;
  /** Names in System32\drivers, in lower case. */
  readonly driverFiles: ReadonlySet<string>;
  readonly partitions: readonly PartitionIdentity[];
  readonly formerVolumes: readonly FormerVolume[];
}

export interface WindowsStepOutcome {
  readonly changes: readonly Told[];
  readonly notes: readonly Told[];
}

/** One thing that a Windows needs elsewhere; looks for itself whether there is anything to do. */
export interface WindowsStep {
  readonly id: string;
  run(guest: WindowsGuest): WindowsStepOutcome;
}

export function isAtLeast({ version }: WindowsGuest, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
