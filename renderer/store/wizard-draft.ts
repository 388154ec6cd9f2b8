/** What the wizard has been told so far. It survives going back, a reload and a closed window. */
import { z } from "zod";
import { imageFormatSchema, type Tuning } from "../../common/api/intermediate.ts";
import {
  cloudInitChoices,
  firmwareChoices,
  hostNameSchema,
  networkChoices,
} from "../../common/domain/conversion.ts";
import { consistencyModeSchema, hookSchema } from "../../common/domain/run.ts";
import type { ProcedureInput } from "../../common/api/procedures.ts";

export const wizardSteps = ["source", "check", "target", "plan", "review"] as const;
export type WizardStep = (typeof wizardSteps)[number];

/** In the order in which screens offer them. */
export const compressions = ["adaptive", "fast", "balanced", "small", "off"] as const;

/** Numbers stay text while they are typed: half a number is no reason to lose what was typed. */
export const wizardDraftSchema = z.object({
  step: z.enum(wizardSteps),
  /** Ids of sources. */
  sources: z.array(z.string()).max(1000),
  /** By source id; a source without an entry takes every fixed disk. */
  disks: z.record(z.string(), z.array(z.string())),
  acceptedFindings: z.array(z.string()),
  directory: z.string(),
  listenAddress: z.string(),
  advertisedAddresses: z.string(),
  controlPort: z.string(),
  dataPort: z.string(),
  compression: z.enum(compressions),
  /** MiB a second; empty for no limit. */
  limitMiB: z.string(),
  dataConnections: z.string(),
  continueOnReadError: z.boolean(),
  usedBlocksOnly: z.boolean(),
  hasWindow: z.boolean(),
  windowFrom: z.string(),
  windowTo: z.string(),
  consistency: consistencyModeSchema,
  /** Commands on the source around the consistent moment, one a line. */
  hooksBefore: z.string(),
  hooksAfter: z.string(),
  hookTimeoutSeconds: z.string(),
  isIncremental: z.boolean(),
  intervalHours: z.string(),
  keepRuns: z.string(),
  conversion: z.boolean(),
  resultNetwork: z.enum(networkChoices),
  cloudInit: z.enum(cloudInitChoices),
  firmware: z.enum(firmwareChoices),
  hostName: z.string(),
  serialConsole: z.boolean(),
  resetMachineId: z.boolean(),
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
  disks: {},
  acceptedFindings: [],
  directory: "",
  listenAddress: "0.0.0.0",
  advertisedAddresses: "",
  controlPort: "8080",
  dataPort: "8703",
  compression: "adaptive",
  limitMiB: "",
  dataConnections: "2",
  continueOnReadError: false,
  usedBlocksOnly: true,
  hasWindow: false,
  windowFrom: "22:00",
  windowTo: "06:00",
  consistency: "auto",
  hooksBefore: "",
  hooksAfter: "",
  hookTimeoutSeconds: "60",
  isIncremental: false,
  intervalHours: "24",
  keepRuns: "3",
  conversion: true,
  resultNetwork: "keep",
  cloudInit: "leave",
  firmware: "same",
  hostName: "",
  serialConsole: false,
  resetMachineId: false,
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
  | { readonly kind: "time-of-day" }
  | { readonly kind: "empty-window" }
  | { readonly kind: "host" }
  | { readonly kind: "absolute-path" }
  | { readonly kind: "addresses" }
  | { readonly kind: "commands" };

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
      if (draft.hasWindow) {
        for (const field of ["windowFrom", "windowTo"] as const)
          if (!timeOfDay.test(draft[field].trim())) problems[field] = { kind: "time-of-day" };
        if (problems.windowTo === undefined && draft.windowFrom.trim() === draft.windowTo.trim())
          problems.windowTo = { kind: "empty-window" };
      }
      for (const field of ["hooksBefore", "hooksAfter"] as const)
        if (!hookListSchema.safeParse(hooksOf(draft, field)).success) problems[field] = { kind: "commands" };
      if (hasHooks(draft)) wholeNumber("hookTimeoutSeconds", 1, 3600);
      if (draft.isIncremental) {
        wholeNumber("intervalHours", 1, 168);
        wholeNumber("keepRuns", 1, 99);
      }
      if (
        draft.conversion &&
        draft.hostName.trim() !== "" &&
        !hostNameSchema.safeParse(draft.hostName.trim()).success
      )
        problems.hostName = { kind: "host" };
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

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

const hookListSchema = z.array(hookSchema.pick({ command: true })).max(16);

function hooksOf(draft: WizardDraft, field: "hooksBefore" | "hooksAfter"): { readonly command: string }[] {
  return draft[field]
    .split("\n")
    .map((line) => line.trim())
    .filter((command) => command !== "")
    .map((command) => ({ command }));
}

export function hasHooks(draft: WizardDraft): boolean {
  return `${draft.hooksBefore}${draft.hooksAfter}`.trim() !== "";
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

export type Compression = WizardDraft["compression"];

/** What the words for compression mean. */
export const tuningOf = {
  adaptive: { codec: "adaptive", level: 1 },
  fast: { codec: "zstd", level: 1 },
  balanced: { codec: "zstd", level: 3 },
  small: { codec: "zstd", level: 9 },
  off: { codec: "raw", level: 1 },
} as const satisfies Record<Compression, Omit<Tuning, "rateBytesPerSecond">>;

/** The word that comes nearest to a tuning. */
export function compressionOf(tuning: Tuning): Compression {
  if (tuning.codec === "raw") return "off";
  if (tuning.codec === "adaptive") return "adaptive";
  return tuning.level <= 1 ? "fast" : tuning.level <= 5 ? "balanced" : "small";
}

type Choices = ProcedureInput<"job.create">["choices"];

/** The draft as the engine takes it, for one of its sources. The draft must be without problems. */
export function choicesOf(draft: WizardDraft, source: string): Choices {
  const timed = (field: "hooksBefore" | "hooksAfter") =>
    hooksOf(draft, field).map((hook) => ({ ...hook, timeoutSeconds: Number(draft.hookTimeoutSeconds) }));
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
    usedBlocksOnly: draft.usedBlocksOnly,
    runs: {
      incremental: draft.isIncremental
        ? { intervalHours: Number(draft.intervalHours), keep: Number(draft.keepRuns) }
        : null,
      consistency: draft.consistency,
      hooks: { before: timed("hooksBefore"), after: timed("hooksAfter") },
      transferWindow: draft.hasWindow ? { from: draft.windowFrom.trim(), to: draft.windowTo.trim() } : null,
    },
    conversion: {
      enabled: draft.conversion,
      network: draft.resultNetwork,
      cloudInit: draft.cloudInit,
      firmware: draft.firmware,
      // A name belongs to one machine.
      hostName: draft.hostName.trim() === "" || draft.sources.length > 1 ? null : draft.hostName.trim(),
      serialConsole: draft.serialConsole,
      resetMachineId: draft.resetMachineId,
    },
    bootCheck: draft.bootCheck,
    ...(draft.bootCheck
      ? { bootMemoryMiB: Number(draft.bootMemoryMiB), bootTimeoutSeconds: Number(draft.bootTimeoutSeconds) }
      : {}),
    acceptedFindings: draft.acceptedFindings,
  };
}
