import type { BootVerdict } from "../../common/domain/boot-verdict.ts";
import type { ImageFile, ImageFormat } from "../../common/domain/image.ts";
import type {
  ConversionOutcome,
  ConversionPlan,
  GuestSummary,
  MovedDevices,
} from "../../common/domain/conversion.ts";
import type { LayoutOutcome } from "../../common/domain/layout-outcome.ts";
import type { KeptRemark } from "../../common/domain/remark.ts";
import type { SourceVolume, TargetLayout } from "../../common/domain/target-layout.ts";
import type { Failure, Result } from "../../common/result.ts";

/** A received disk at rest. Nobody writes to it while a task runs. */
export interface ReplicaFile {
  readonly diskId: number;
  /** Raw, and never written. */
  readonly replicaPath: string;
  /** The conversion's qcow2 overlay over the replica, where the task works on that. */
  readonly overlayPath?: string | null;
  readonly sizeBytes: number;
  /** Its device on the source; absent for a disk of a new layout. */
  readonly sourcePath?: string;
}

export interface TaskProgress {
  readonly done: number;
  /** 0 while unknown. */
  readonly total: number;
  readonly unit: "bytes" | "seconds";
  /** What is going on, for a person: English words, and the same as data. */
  readonly note: string;
  readonly said: KeptRemark;
}

export interface TaskContext {
  readonly signal: AbortSignal;
  report(progress: TaskProgress): void;
  /** Writes a file down in the job's ledger; to be awaited before the file is created. Throws a FailureError. */
  claim(path: string): Promise<void>;
}

/** The long work that other folders do; handed in by the composition root. */
export interface TaskImplementations {
  /** Why `convert` cannot work on this machine; null where it can. */
  conversionUnavailable(): Promise<Failure | null>;
  /** Why `makeLayout` cannot work on this machine; null where it can. */
  layoutUnavailable(): Promise<Failure | null>;
  /**
   * Brings the replicas' files into `<directory>/disk-<index>.raw`, one for each disk of the layout, and compares both
   * sides. The replicas are not written. After a failure or an end it may be repeated.
   */
  makeLayout(
    options: TaskContext & {
      readonly replicas: readonly ReplicaFile[];
      readonly layout: TargetLayout;
      readonly volumes: readonly SourceVolume[];
      readonly excludes: readonly { readonly mountPoint: string; readonly text: string }[];
      readonly directory: string;
    },
  ): Promise<Result<LayoutOutcome>>;
  /**
   * Makes `<workDirectory>/disk-<id>.qcow2` over each replica and the system in them fit to boot on the target. After
   * a failure none is there; whatever an interrupted try left is made anew.
   */
  convert(
    options: TaskContext & {
      readonly disks: readonly ReplicaFile[];
      readonly workDirectory: string;
      readonly firmware: "bios" | "uefi";
      readonly conversion: ConversionPlan;
      /** Where the source's devices went in a new layout; null where the disks are as they were. */
      readonly moved?: MovedDevices | null | undefined;
    },
  ): Promise<Result<ConversionOutcome>>;
  buildImages(
    options: TaskContext & {
      readonly disks: readonly ReplicaFile[];
      readonly formats: readonly ImageFormat[];
      readonly outputDirectory: string;
    },
  ): Promise<Result<ImageFile[]>>;
  checkBoot(
    options: TaskContext & {
      readonly disks: readonly ReplicaFile[];
      readonly workDirectory: string;
      readonly firmware: "bios" | "uefi";
      readonly memoryMiB: number;
      readonly timeoutSeconds: number;
      /** The system in the overlays, as the conversion found it; null for a bare replica. */
      readonly guest: GuestSummary | null;
      /** Try remedies where it does not boot, and keep those that help in the overlays. */
      readonly repair: boolean;
    },
  ): Promise<Result<BootVerdict>>;
}
