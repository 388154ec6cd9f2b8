/** What is done with a migrated system: instances, cutovers, snapshots, receipts. */
import { z } from "zod";
import { cutoverViewSchema, type CutoverState } from "../domain/cutover.ts";
import {
  instanceNameSchema,
  instanceSpecSchema,
  listedInstanceSchema,
  instanceViewSchema,
} from "../domain/instance.ts";
import { orphanReportSchema } from "../domain/orphan.ts";
import type { KeptRemark } from "../domain/remark.ts";
import { receiptVerificationSchema, signedReceiptSchema } from "../domain/receipt.ts";
import { replicaSnapshotSchema, restoredFileSchema } from "./intermediate-tasks.ts";
import { jobReference } from "./references.ts";

const instanceReference = z.object({ instance: instanceNameSchema });
/** What a drill and a cutover have in common. */
const cutoverOrder = jobReference.extend({
  instance: instanceNameSchema,
  /** How long the instance may take to show that its system runs. */
  timeoutSeconds: z.number().int().min(1).max(86_400).default(900),
  /** How long the instance's old system may take to shut down before the plug is pulled. */
  graceSeconds: z.number().int().min(0).max(3_600).default(60),
});
/** The name that a person types before data is given up. */
const confirmation = { confirmName: z.string().nullable().default(null) };
const cutoverStart = cutoverOrder.extend({
  withoutDrill: z.boolean().default(false),
  /**
   * With the newest complete copy although the source could not be copied once more: heeded where the job's last run
   * failed or was stopped, and never instead of trying.
   */
  withLastCopy: z.boolean().default(false),
});
const confirmedCutover = jobReference.extend(confirmation);

/** What a window asks for by `cutover.begin`. */
const cutoverAct = z.discriminatedUnion("act", [
  cutoverOrder.extend({ act: z.literal("drill") }),
  cutoverStart.extend({ act: z.literal("start") }),
  confirmedCutover.extend({ act: z.literal("rollback") }),
  confirmedCutover.extend({ act: z.literal("finalise") }),
]);

export const cutoverProcedures = {
  "instance.list": { input: z.object({}), output: z.array(listedInstanceSchema) },
  /** Makes an instance, stopped; its disks are copies of the image files named, the first boots. */
  "instance.create": {
    input: instanceSpecSchema.extend({ diskPaths: z.array(z.string().min(1)).max(16).default([]) }),
    output: instanceViewSchema,
  },
  "instance.start": { input: instanceReference, output: instanceViewSchema },
  "instance.stop": {
    input: instanceReference.extend({ graceSeconds: z.number().int().min(0).max(3_600).default(60) }),
    output: instanceViewSchema,
  },
  /** With all its disks; `confirmName` is the instance's own. */
  "instance.remove": { input: instanceReference.extend(confirmation), output: z.null() },
  /** Removes what cutovers made for it and no disk needs any more; what is not on the ledger stays. */
  "instance.clean": { input: instanceReference, output: z.null() },
  /** What migrations left behind, and the command that removes each thing. Looks, and changes nothing. */
  "doctor.orphans": { input: z.object({}), output: orphanReportSchema },
  "cutover.show": { input: jobReference, output: cutoverViewSchema },
  /** Everything on an instance of its own, which is removed again: the real one is not touched. */
  "cutover.drill": { input: cutoverOrder, output: cutoverViewSchema },
  /**
   * Gives the instance the migrated disks, or goes on with a cutover that was interrupted. An incremental job has its
   * final run first, unless that failed and `withLastCopy` does without.
   */
  "cutover.start": {
    input: cutoverStart,
    output: cutoverViewSchema,
  },
  /** `confirmName`, the source's name, is wanted where something written since would be lost. */
  "cutover.rollback": { input: confirmedCutover, output: cutoverViewSchema },
  /** Gives the old disks up; `confirmName` is the source's name. */
  "cutover.finalise": { input: confirmedCutover, output: cutoverViewSchema },
  /**
   * Any of these four in the engine's background: answers once it is under way, refused or over. It goes on when whoever
   * asked goes away; `cutover-state` and `cutover-note` tell how far it is.
   */
  "cutover.begin": { input: cutoverAct, output: cutoverViewSchema },
  /** The states of a job's replica that are kept, one for each earlier run. */
  "snapshot.list": { input: jobReference, output: z.array(replicaSnapshotSchema) },
  /** Makes one of them into qcow2 images on the target. */
  "snapshot.restore": {
    input: jobReference.extend({ run: z.number().int().min(1) }),
    output: z.array(restoredFileSchema),
  },
  "receipt.show": {
    input: jobReference.extend({
      /** Null: the newest. */
      run: z.number().int().min(1).nullable().default(null),
      /** Where to put it as a PDF as well; null: nowhere. */
      pdfPath: z.string().min(1).nullable().default(null),
    }),
    output: z.object({ path: z.string(), authorityFingerprint: z.string(), signed: signedReceiptSchema }),
  },
  /** Offline: the signature, and whether files are what the receipt says. */
  "receipt.verify": {
    input: z.object({
      receiptPath: z.string().min(1),
      /** PEM file of the authority to believe; null: this installation's own, or else the receipt's. */
      authorityPath: z.string().min(1).nullable().default(null),
      files: z
        .array(
          z.object({ path: z.string().min(1), diskId: z.number().int().min(0).nullable().default(null) }),
        )
        .max(64)
        .default([]),
    }),
    output: receiptVerificationSchema,
  },
} as const;

/** How far a drill or cutover of this process has come. */
export type CutoverEvent =
  | {
      readonly type: "cutover-note";
      readonly job: string;
      readonly note: string;
      /** The note as data. */
      readonly said: KeptRemark | null;
      /** Bytes, both 0 where there is nothing to count. */
      readonly done: number;
      readonly total: number;
    }
  /** `cutover.show` would answer something else than before. */
  | {
      readonly type: "cutover-state";
      readonly job: string;
      readonly state: CutoverState;
      readonly isHeld: boolean;
    };
