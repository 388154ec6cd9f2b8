/**
 * What a job writes into its log, as data: a kind and its parameters. Words are found where the line is read
 * (the catalogues in report-text have them in every language); what a program said itself stays as it was said.
 */
import type { ChecksumPolicy } from "../api/intermediate.ts";
import type { FailureCode } from "../failure-codes.ts";
import type { KeptRemark, Told } from "./remark.ts";

/** Things of a job that clean-up removes, as its ledger calls them. */
export type RemovedThing =
  "agent-directory" | "intermediate-job" | "receipt" | "consistent-moment" | "delivery";

/** English words; lines of earlier versions have only those. */
interface Reason {
  readonly why: string;
  readonly said?: KeptRemark | undefined;
}
interface Note {
  readonly text: string;
  readonly said?: KeptRemark | undefined;
}
/** A remark as the reason of a line. */
export const reason = ({ what, said }: Told): Reason => ({ why: what, said });

export interface LogParameters {
  // beginning and end
  readonly failed: { readonly code: FailureCode; readonly message: string };
  readonly retrying: { readonly code: FailureCode; readonly message: string; readonly seconds: number };
  readonly stopped: { readonly goesOn: boolean };
  /** Forward, or back where it is negative. */
  readonly "clock-set": { readonly seconds: number };
  readonly expired: { readonly days: number };
  readonly "clean-up-failed": {
    readonly thing: RemovedThing;
    readonly code: FailureCode;
    readonly message: string;
  };

  // preflight, provision, push
  readonly "disks-chosen": { readonly count: number };
  readonly "new-disks-not-copied": { readonly count: number };
  readonly "layout-planned": { readonly count: number };
  readonly "left-out": { readonly mountPoint: string; readonly entries: number; readonly bytes: number };
  readonly "intermediate-listens": { readonly controlPort: number; readonly dataPort: number };
  readonly "agent-runs": { readonly directory: string };

  // sync
  readonly "intermediate-restarted": object;
  readonly "agent-restarted": object;
  readonly "agent-remark": { readonly text: string };
  readonly "sync-paused": { readonly window: { readonly from: string; readonly to: string } | null };
  readonly "sync-goes-on": object;
  readonly "sync-tuned": {
    /** Null: no compression. */
    readonly level: number | null;
    /** 0: no limit. */
    readonly rateBytesPerSecond: number;
    readonly loadPercent: number;
    /** Absent in logs of earlier versions. */
    readonly checksum?: ChecksumPolicy;
  };
  readonly "still-written": { readonly passes: number };
  readonly "unreadable-zeroed": { readonly ranges: number };

  // holding the source still
  readonly "snapshots-made": { readonly volumes: readonly string[] };
  readonly "snapshots-removed": object;
  readonly "no-snapshots": Reason;
  readonly "snapshots-lost": Reason;
  readonly "read-as-it-is": Reason & { readonly mountPoint: string };
  readonly frozen: { readonly mountPoints: readonly string[] };
  readonly thawed: { readonly seconds: number };
  readonly "held-still-note": Note;
  readonly "hook-done": {
    readonly when: "before" | "after";
    readonly number: number;
    readonly count: number;
  };

  // verify, convert, boot check, image, receipt
  readonly "copying-differing": object;
  readonly "conversion-off": object;
  readonly "old-layout-names": object;
  readonly converted: {
    /** Id of the conversion's step. */
    readonly step: string;
    readonly what: string;
    readonly said?: KeptRemark | undefined;
  };
  readonly "conversion-note": Note;
  readonly "laid-out": { readonly mountPoint: string; readonly entries: number; readonly bytes: number };
  readonly "boot-check-off": object;
  readonly "boots-after-repair": { readonly remedy: string; readonly step?: string | null };
  readonly "boots-degraded": { readonly evidence: string; readonly found?: readonly Told[] };
  readonly "old-images-removed": { readonly count: number };
  readonly "image-delivered": { readonly id: string; readonly name: string; readonly region: string };
  readonly "receipt-signed": { readonly path: string };
}

export type LogKind = keyof LogParameters;
export type LogMessage = { [K in LogKind]: { readonly kind: K } & LogParameters[K] }[LogKind];
