/** What stands in the way of a step of the wizard, by field. Pure: asked at every keystroke. */
import { z } from "zod";
import { settingsSchema, type Settings } from "../../common/api/desk-procedures.ts";
import type { LayoutProposal } from "../../common/api/layout-procedures.ts";
import { instanceTypeSchema } from "../../common/domain/cloud.ts";
import { hostNameSchema } from "../../common/domain/conversion.ts";
import { parseExcludeList } from "../../common/domain/exclude-list.ts";
import { instanceNameSchema } from "../../common/domain/instance-name.ts";
import { hookSchema } from "../../common/domain/run.ts";
import { excludeTextSchema } from "../../common/domain/target-layout.ts";
import { planLayout } from "./layout-edit.ts";
import { addressesOf, hasHooks, hooksOf } from "./wizard-choices.ts";
import { isReceivedElsewhere, wizardSteps, type WizardDraft, type WizardStep } from "./wizard-draft.ts";

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
  | { readonly kind: "commands" }
  | { readonly kind: "linux-only" }
  | { readonly kind: "host-is-source" }
  | { readonly kind: "host-gone" }
  | { readonly kind: "exclude-path"; readonly index: number }
  | { readonly kind: "exclude-twice"; readonly index: number }
  | { readonly kind: "exclude-line"; readonly index: number; readonly line: number }
  | { readonly kind: "layout" }
  | { readonly kind: "instance-name" }
  | { readonly kind: "instance-type" }
  | { readonly kind: "one-source" };

export type DraftProblems = Partial<Record<keyof WizardDraft, DraftProblem>>;

/** What the draft is judged by besides itself. */
export interface DraftSurroundings {
  /** Some of the chosen sources are Windows servers. */
  readonly hasWindows: boolean;
  /** Ids of sources that can be a target host. */
  readonly hosts: ReadonlySet<string>;
  /** Of the one source that is chosen; null where there are several, or it was not asked yet. */
  readonly proposal: LayoutProposal | null;
  /** That the settings propose. */
  readonly ports: Settings["ports"];
}

const nothingKnown: DraftSurroundings = {
  hasWindows: false,
  hosts: new Set(),
  proposal: null,
  ports: settingsSchema.parse({}).ports,
};
const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;
const hookListSchema = z.array(hookSchema.pick({ command: true })).max(16);

/** Everything that stands in the way of leaving `step`, by field. */
export function problemsOf(
  step: WizardStep,
  draft: WizardDraft,
  surroundings: DraftSurroundings = nothingKnown,
): DraftProblems {
  switch (step) {
    case "source":
      return draft.sources.length === 0 ? { sources: { kind: "required" } } : {};
    case "check":
      return {};
    case "target":
      return targetProblems(draft, surroundings);
    case "plan":
      return { ...fileProblems(draft, surroundings), ...planProblems(draft) };
    case "review":
      return draft.confirmed ? {} : { confirmed: { kind: "required" } };
  }
}

/** Notes what is wrong with fields that hold whole numbers. */
function numberCheck(draft: WizardDraft, problems: DraftProblems) {
  return (field: keyof WizardDraft, minimum: number, maximum: number, mayBeEmpty = false): void => {
    const text = String(draft[field]).trim();
    if (mayBeEmpty && text === "") return;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum)
      problems[field] = { kind: "whole-number", minimum, maximum };
  };
}

function targetProblems(draft: WizardDraft, { hosts, ports }: DraftSurroundings): DraftProblems {
  const problems: DraftProblems = {};
  const wholeNumber = numberCheck(draft, problems);
  const directory = draft.directory.trim();
  if (isReceivedElsewhere(draft)) {
    if (draft.targetHost === "") problems.targetHost = { kind: "required" };
    else if (draft.sources.includes(draft.targetHost)) problems.targetHost = { kind: "host-is-source" };
    else if (hosts.size > 0 && !hosts.has(draft.targetHost)) problems.targetHost = { kind: "host-gone" };
    if (draft.targetProgram.trim() === "") problems.targetProgram = { kind: "required" };
    if (directory === "") problems.directory = { kind: "required" };
    else if (!directory.startsWith("/")) problems.directory = { kind: "absolute-path" };
  } else if (directory !== "" && !/^(\/|[A-Za-z]:[\\/])/.test(directory))
    problems.directory = { kind: "absolute-path" };
  if (draft.targetKind === "alibaba-cloud") Object.assign(problems, cloudProblems(draft));
  if (draft.listenAddress.trim() === "") problems.listenAddress = { kind: "required" };
  if (addressesOf(draft).some((address) => /[\s/@]/.test(address)) || addressesOf(draft).length > 16)
    problems.advertisedAddresses = { kind: "addresses" };
  wholeNumber("controlPort", 1, 65535, true);
  wholeNumber("dataPort", 1, 65535, true);
  const given = (text: string, proposed: number) => (text.trim() === "" ? proposed : Number(text));
  if (
    problems.dataPort === undefined &&
    given(draft.controlPort, ports.control) === given(draft.dataPort, ports.data)
  )
    problems.dataPort = { kind: "same-ports" };
  return problems;
}

/** What is wrong with a target in the cloud alone. */
export function cloudProblems(draft: WizardDraft): DraftProblems {
  const problems: DraftProblems = {};
  const isNew = draft.cloudResult === "new-instance";
  const isInstance = draft.cloudResult !== "image";
  const wanted: (keyof WizardDraft)[] = [
    ...(["cloudAccount", "cloudRegion", "cloudBucket"] as const),
    ...(isNew || draft.cloudNetwork === "vpc" ? (["cloudVpc", "cloudVSwitch"] as const) : []),
    ...(isNew ? (["cloudInstanceType", "cloudSecurityGroup"] as const) : []),
    ...(draft.cloudResult === "existing-instance" ? (["cloudInstanceId"] as const) : []),
    ...(isInstance ? (["cloudInstanceName"] as const) : []),
  ];
  for (const field of wanted) if (String(draft[field]).trim() === "") problems[field] = { kind: "required" };
  const type = draft.cloudInstanceType.trim();
  if (isNew && type !== "" && !instanceTypeSchema.safeParse(type).success)
    problems.cloudInstanceType = { kind: "instance-type" };
  const name = draft.cloudInstanceName.trim();
  if (isInstance && name !== "" && !instanceNameSchema.safeParse(name).success)
    problems.cloudInstanceName = { kind: "instance-name" };
  // An instance belongs to one system.
  if (isInstance && draft.sources.length > 1) problems.cloudInstanceName = { kind: "one-source" };
  return problems;
}

function fileProblems(draft: WizardDraft, { hasWindows, proposal }: DraftSurroundings): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.replication === "block") return problems;
  if (hasWindows) problems.replication = { kind: "linux-only" };
  const edits = draft.layouts[draft.sources[0] ?? ""] ?? [];
  if (draft.sources.length === 1 && proposal !== null && !planLayout(proposal, edits).isFine)
    problems.layouts = { kind: "layout" };
  const excludes = excludesProblem(draft.excludes);
  if (excludes !== null) problems.excludes = excludes;
  return problems;
}

/** The first thing that is wrong with the exclude lists. */
function excludesProblem(excludes: WizardDraft["excludes"]): DraftProblem | null {
  for (const [index, { mountPoint, text }] of excludes.entries()) {
    if (!excludeTextSchema.shape.mountPoint.safeParse(mountPoint.trim()).success)
      return { kind: "exclude-path", index };
    if (excludes.findIndex((each) => each.mountPoint.trim() === mountPoint.trim()) !== index)
      return { kind: "exclude-twice", index };
    const list = parseExcludeList(text, { ignoresCase: false, fileName: mountPoint });
    if (!list.ok) return { kind: "exclude-line", index, line: Number(list.failure.context["line"] ?? 1) };
  }
  return null;
}

function planProblems(draft: WizardDraft): DraftProblems {
  const problems: DraftProblems = {};
  const wholeNumber = numberCheck(draft, problems);
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
  wholeNumber("expireAfterDays", 1, 365);
  const hostName = draft.hostName.trim();
  if (draft.conversion && hostName !== "" && !hostNameSchema.safeParse(hostName).success)
    problems.hostName = { kind: "host" };
  const drivers = draft.virtioDriversPath.trim();
  if (draft.conversion && drivers !== "" && !drivers.startsWith("/"))
    problems.virtioDriversPath = { kind: "absolute-path" };
  if (draft.imageFormats.length === 0) problems.imageFormats = { kind: "required" };
  if (draft.bootCheck) {
    wholeNumber("bootMemoryMiB", 128, 65536);
    wholeNumber("bootTimeoutSeconds", 10, 7200);
  }
  return problems;
}

/** The first step that is not complete; steps after it cannot be entered yet. */
export function firstOpenStep(
  draft: WizardDraft,
  surroundings: DraftSurroundings = nothingKnown,
): WizardStep {
  return (
    wizardSteps.find((step) => Object.keys(problemsOf(step, draft, surroundings)).length > 0) ?? "review"
  );
}
