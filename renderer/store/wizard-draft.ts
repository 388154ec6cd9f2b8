/** What the wizard has been told so far. It survives going back, a reload and a closed window. */
import { z } from "zod";
import { imageFormatSchema } from "../../common/api/intermediate.ts";
import type { ProcedureInput } from "../../common/api/procedures.ts";

export const wizardSteps = ["source", "check", "target", "plan", "review"] as const;
export type WizardStep = (typeof wizardSteps)[number];

/** Numbers stay text while they are typed: half a number is no reason to lose what was typed. */
export const wizardDraftSchema = z.object({
  step: z.enum(wizardSteps),
  /** Ids of sources. */
  sources: z.array(z.string()).max(1000),
  replication: z.enum(["block", "file"]),
  /** By source id; a source without an entry takes every fixed disk. */
  disks: z.record(z.string(), z.array(z.string())),
  acceptedFindings: z.array(z.string()),
  network: z.enum(["internet", "vpc"]),
  vpc: z.string(),
  vSwitch: z.string(),
  directory: z.string(),
  listenAddress: z.string(),
  advertisedAddresses: z.string(),
  controlPort: z.string(),
  dataPort: z.string(),
  compression: z.enum(["fast", "balanced", "small", "off"]),
  /** MiB a second; empty for no limit. */
  limitMiB: z.string(),
  dataConnections: z.string(),
  continueOnReadError: z.boolean(),
  imageFormats: z.array(imageFormatSchema),
  bootCheck: z.boolean(),
  bootMemoryMiB: z.string(),
  bootTimeoutSeconds: z.string(),
  /** The review's question "I have read this". */
  confirmed: z.boolean(),
});
export type WizardDraft = z.infer<typeof wizardDraftSchema>;

export const emptyDraft: WizardDraft = {
  step: "source",
  sources: [],
  replication: "block",
  disks: {},
  acceptedFindings: [],
  network: "internet",
  vpc: "",
  vSwitch: "",
  directory: "",
  listenAddress: "0.0.0.0",
  advertisedAddresses: "",
  controlPort: "8080",
  dataPort: "8703",
  compression: "fast",
  limitMiB: "",
  dataConnections: "2",
  continueOnReadError: false,
  imageFormats: ["qcow2"],
  bootCheck: true,
  bootMemoryMiB: "1024",
  bootTimeoutSeconds: "600",
  confirmed: false,
};

/** What is wrong with a field; the screens have words for each. */
export type DraftProblem =
  | { readonly kind: "required" }
  | { readonly kind: "whole-number"; readonly minimum: number; readonly maximum: number }
  | { readonly kind: "same-ports" }
  | { readonly kind: "absolute-path" }
  | { readonly kind: "addresses" };

export type DraftProblems = Partial<Record<keyof WizardDraft, DraftProblem>>;

/** Everything that stands in the way of leaving `step`, by field. */
export function problemsOf(step: WizardStep, draft: WizardDraft): DraftProblems {
  const problems: DraftProblems = {};
  const wholeNumber = (field: keyof WizardDraft, minimum: number, maximum: number, mayBeEmpty = false) => {
    const text = String(draft[field]).trim();
    if (mayBeEmpty && text === "") return;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum)
      problems[field] = { kind: "whole-number", minimum, maximum };
  };
  switch (step) {
    case "source":
      if (draft.sources.length === 0) problems.sources = { kind: "required" };
      break;
    case "check":
      break;
    case "target":
      if (draft.directory.trim() !== "" && !/^(\/|[A-Za-z]:[\\/])/.test(draft.directory.trim()))
        problems.directory = { kind: "absolute-path" };
      if (draft.listenAddress.trim() === "") problems.listenAddress = { kind: "required" };
      if (addressesOf(draft).some((address) => /[\s/@]/.test(address)) || addressesOf(draft).length > 16)
        problems.advertisedAddresses = { kind: "addresses" };
      wholeNumber("controlPort", 1, 65535);
      wholeNumber("dataPort", 1, 65535);
      if (problems.dataPort === undefined && draft.controlPort.trim() === draft.dataPort.trim())
        problems.dataPort = { kind: "same-ports" };
      break;
    case "plan":
      wholeNumber("limitMiB", 1, 100_000, true);
      wholeNumber("dataConnections", 1, 8);
      if (draft.imageFormats.length === 0) problems.imageFormats = { kind: "required" };
      if (draft.bootCheck) {
        wholeNumber("bootMemoryMiB", 128, 65536);
        wholeNumber("bootTimeoutSeconds", 10, 7200);
      }
      break;
    case "review":
      if (!draft.confirmed) problems.confirmed = { kind: "required" };
      break;
  }
  return problems;
}

/** The first step that is not complete; steps after it cannot be entered yet. */
export function firstOpenStep(draft: WizardDraft): WizardStep {
  return wizardSteps.find((step) => Object.keys(problemsOf(step, draft)).length > 0) ?? "review";
}

export function addressesOf(draft: WizardDraft): string[] {
  return draft.advertisedAddresses
    .split(/[,\n]/)
    .map((address) => address.trim())
    .filter((address) => address !== "");
}

const tuningOf = {
  fast: { codec: "zstd", level: 1 },
  balanced: { codec: "zstd", level: 3 },
  small: { codec: "zstd", level: 9 },
  off: { codec: "raw", level: 1 },
} as const;

type Choices = ProcedureInput<"job.create">["choices"];

/** The draft as the engine takes it, for one of its sources. The draft must be without problems. */
export function choicesOf(draft: WizardDraft, source: string): Choices {
  return {
    diskPaths: draft.disks[source] ?? [],
    directory: draft.directory.trim() === "" ? null : draft.directory.trim(),
    listenAddress: draft.listenAddress.trim(),
    advertisedAddresses: addressesOf(draft),
    controlPort: Number(draft.controlPort),
    dataPort: Number(draft.dataPort),
    imageFormats: draft.imageFormats,
    tuning: {
      ...tuningOf[draft.compression],
      rateBytesPerSecond: draft.limitMiB.trim() === "" ? 0 : Number(draft.limitMiB) * 1024 * 1024,
    },
    dataConnections: Number(draft.dataConnections),
    continueOnReadError: draft.continueOnReadError,
    bootCheck: draft.bootCheck,
    ...(draft.bootCheck
      ? { bootMemoryMiB: Number(draft.bootMemoryMiB), bootTimeoutSeconds: Number(draft.bootTimeoutSeconds) }
      : {}),
    acceptedFindings: draft.acceptedFindings,
  };
}
