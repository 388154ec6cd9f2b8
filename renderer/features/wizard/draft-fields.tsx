/** Fields that are bound to one value of the wizard's draft, with what is wrong said at the field. */
import { Checkbox, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { createContext, use, type ReactNode } from "react";
import type { WizardDraft } from "../../store/wizard-draft.ts";
import type { DraftProblem, DraftProblems } from "../../store/wizard-problems.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";

/** What is wrong with the present step; `isTried`: the person wanted to go on. */
export const StepProblems = createContext<{ readonly problems: DraftProblems; readonly isTried: boolean }>({
  problems: {},
  isTried: false,
});

type KeysOf<T> = { [K in keyof WizardDraft]: WizardDraft[K] extends T ? K : never }[keyof WizardDraft];
type TextKey = Exclude<KeysOf<string>, "step">;
type FlagKey = KeysOf<boolean>;

export function useProblemWords(): (problem: DraftProblem) => string {
  const { common, wizard } = useTexts();
  const format = useFormats();
  return (problem) => {
    switch (problem.kind) {
      case "required":
        return common.problems.required;
      case "whole-number":
        return common.problems.wholeNumber(format.integer(problem.minimum), format.integer(problem.maximum));
      case "same-ports":
        return common.problems.samePorts;
      case "absolute-path":
        return common.problems.absolutePath;
      case "addresses":
        return common.problems.addresses;
      case "time-of-day":
        return common.problems.timeOfDay;
      case "empty-window":
        return common.problems.emptyWindow;
      case "commands":
        return common.problems.commands;
      case "host":
        return common.problems.host;
      case "linux-only":
        return wizard.problems.linuxOnly;
      case "host-is-source":
        return wizard.problems.hostIsSource;
      case "host-gone":
        return wizard.problems.hostGone;
      case "exclude-path":
        return wizard.problems.excludePath;
      case "exclude-twice":
        return wizard.problems.excludeTwice;
      case "exclude-line":
        return wizard.problems.excludeLine(format.integer(problem.line));
      case "layout":
        return wizard.problems.layout;
      case "instance-name":
        return wizard.problems.instanceName;
      case "instance-type":
        return wizard.problems.instanceType;
      case "one-source":
        return wizard.problems.oneSource;
    }
  };
}

/** The words for what is wrong with a field, or null. An empty field is told so once the person wanted to go on. */
export function useFieldError(field: keyof WizardDraft): string | null {
  const { problems, isTried } = use(StepProblems);
  const words = useProblemWords();
  const problem = problems[field];
  if (problem === undefined || (problem.kind === "required" && !isTried)) return null;
  return words(problem);
}

export function DraftText({
  field,
  label,
  hint,
  isNumeric = false,
  placeholder,
}: {
  readonly field: TextKey;
  readonly label: string;
  readonly hint?: string;
  readonly isNumeric?: boolean;
  readonly placeholder?: string;
}) {
  const value = useApp((state) => state.draft[field]);
  const { setDraft } = useActions();
  return (
    <TextInput
      label={label}
      description={hint}
      placeholder={placeholder}
      inputMode={isNumeric ? "numeric" : undefined}
      value={value}
      error={useFieldError(field)}
      onChange={(event) => setDraft({ [field]: event.currentTarget.value })}
      spellCheck={false}
    />
  );
}

/** Several lines, each a value of its own. */
export function DraftLines({
  field,
  label,
  hint,
}: {
  readonly field: TextKey;
  readonly label: string;
  readonly hint?: string;
}) {
  const value = useApp((state) => state.draft[field]);
  const { setDraft } = useActions();
  return (
    <Textarea
      label={label}
      description={hint}
      value={value}
      error={useFieldError(field)}
      autosize
      minRows={2}
      maxRows={8}
      classNames={{ input: "mono" }}
      onChange={(event) => setDraft({ [field]: event.currentTarget.value })}
      spellCheck={false}
    />
  );
}

export function DraftCheck({
  field,
  label,
  hint,
}: {
  readonly field: FlagKey;
  readonly label: ReactNode;
  readonly hint?: string;
}) {
  const isChecked = useApp((state) => state.draft[field]);
  const { setDraft } = useActions();
  return (
    <Checkbox
      label={label}
      description={hint}
      checked={isChecked}
      error={useFieldError(field)}
      onChange={(event) => setDraft({ [field]: event.currentTarget.checked })}
    />
  );
}

export function DraftChoice<K extends TextKey>({
  field,
  label,
  hint,
  choices,
}: {
  readonly field: K;
  readonly label: string;
  readonly hint?: string;
  readonly choices: readonly (readonly [WizardDraft[K], string])[];
}) {
  const value = useApp((state) => state.draft[field]);
  const { setDraft } = useActions();
  return (
    <NativeSelect
      label={label}
      description={hint}
      value={value}
      data={choices.map(([each, words]) => ({ value: each, label: words }))}
      onChange={(event) => setDraft({ [field]: event.currentTarget.value } as Partial<WizardDraft>)}
    />
  );
}
