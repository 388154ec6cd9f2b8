/**
 * A finding: one thing about a source that the admin should know before migrating it, the evidence for it, and what
 * it does to the data in either replication mode. It carries a message and parameters instead of prose, so that it
 * can be read in every language that report-text/ has.
 */
import { z } from "zod";
import { evidenceSchema, type Evidence } from "./facts.ts";
import {
  codeOf,
  findingCodes,
  findingMessages,
  findingParameters,
  type FindingMessage,
  type FindingParameters,
} from "./finding-parameters.ts";

export type { FindingCode, FindingMessage, FindingParameters } from "./finding-parameters.ts";

/**
 * - `blocker`: the migration would fail, or its result would not work, in every mode: a job starts only when the
 *   admin accepts the code.
 * - `warning`: it works after a decision or some work by the admin.
 * - `info`: good to know; nothing has to be done.
 */
export const severities = ["blocker", "warning", "info"] as const;
export const severitySchema = z.enum(severities);
export type Severity = z.infer<typeof severitySchema>;

/** How the data travels: the disk's used blocks, or the filesystems' files into a new standard layout. */
export const replicationModes = ["block", "file"] as const;
export const replicationModeSchema = z.enum(replicationModes);
export type ReplicationMode = z.infer<typeof replicationModeSchema>;

/**
 * What becomes of the subject in a mode. `kept`: arrives as it is. `changed`: arrives in another form. `left-out`: does
 * not travel; the source still has it. `at-risk`: may arrive inconsistent or may not start. `fails`: cannot be done.
 * `unaffected`: the mode makes no difference to it. `unknown`: not enough is known to tell.
 */
export const effects = ["kept", "changed", "left-out", "at-risk", "fails", "unaffected", "unknown"] as const;
export const effectSchema = z.enum(effects);
export type Effect = z.infer<typeof effectSchema>;

export const subjectKinds = [
  "system",
  "disk",
  "partition",
  "volume",
  "filesystem",
  "mount",
  "network-interface",
  "service",
  "boot",
  "network",
  "collection",
] as const;
export const subjectSchema = z.object({
  kind: z.enum(subjectKinds),
  /** The name by which the source knows it (`/dev/sda2`, `vg0`, `/srv/nfs`, `mysql`); empty for the whole system. */
  name: z.string(),
});
export type Subject = z.infer<typeof subjectSchema>;

export const modeEffectsSchema = z.object({ block: effectSchema, file: effectSchema });
export type ModeEffects = z.infer<typeof modeEffectsSchema>;

const parametersSchema = z.custom<FindingParameters[FindingMessage]>(
  (value) => typeof value === "object" && value !== null,
  { message: "an object of parameters" },
);

export const findingSchema = z
  .object({
    code: z.enum(findingCodes),
    message: z.enum(findingMessages),
    severity: severitySchema,
    subject: subjectSchema,
    effects: modeEffectsSchema,
    evidence: z.array(evidenceSchema),
    params: parametersSchema,
  })
  .refine((finding) => finding.code === codeOf(finding.message), {
    path: ["code"],
    message: "not the message's code",
  })
  .refine((finding) => findingParameters[finding.message].safeParse(finding.params).success, {
    path: ["params"],
    message: "not the message's parameters",
  });
export type Finding = z.infer<typeof findingSchema>;

/** More evidence than this tells an admin nothing new; the first lines are kept. */
const evidenceLimit = 6;

/** Builds a finding; `params` must be those of `message`. */
export function finding<M extends FindingMessage>(
  message: M,
  parts: {
    readonly severity: Severity;
    readonly subject: Subject;
    /** One effect stands for both modes. */
    readonly effects: Effect | ModeEffects;
    readonly evidence: readonly Evidence[];
    readonly params: FindingParameters[M];
  },
): Finding {
  return {
    code: codeOf(message),
    message,
    severity: parts.severity,
    subject: parts.subject,
    effects:
      typeof parts.effects === "string" ? { block: parts.effects, file: parts.effects } : parts.effects,
    evidence: parts.evidence.slice(0, evidenceLimit),
    params: parts.params,
  };
}

/** What makes two findings of two assessments the same one: its code and what it is about. */
export function findingIdentity(of: { readonly code: string; readonly subject: Subject }): string {
  return `${of.code}\u0000${of.subject.kind}\u0000${of.subject.name}`;
}

/** Most severe first, then by code and subject, so that the same facts always give the same order. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    compareText(a.code, b.code) ||
    compareText(a.subject.name, b.subject.name)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
