/** What file replication leaves out: a list of patterns for each volume, the product's own where none is given. */
import { Button, Textarea, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { use, useEffect } from "react";
import type { WizardDraft } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { StepProblems, useProblemWords } from "./draft-fields.tsx";
import { useDraftSurroundings } from "./use-surroundings.ts";

type Excludes = WizardDraft["excludes"];

export function ExcludeLists() {
  const { plan: text } = useTexts().wizard;
  const { setDraft, readDefaultExcludes } = useActions();
  const lists = useApp((state) => state.draft.excludes);
  const product = useApp((state) => state.defaultExcludes);
  const { proposal } = useDraftSurroundings();
  useEffect(() => void readDefaultExcludes(), [readDefaultExcludes]);
  const set = (excludes: Excludes) => setDraft({ excludes, confirmed: false });
  const hasRoot = lists.some(({ mountPoint }) => mountPoint.trim() === "/");
  const volumes = proposal?.basis.volumes.map(({ mountPoint }) => mountPoint) ?? [];
  const next = volumes.find((each) => each !== "/" && !lists.some(({ mountPoint }) => mountPoint === each));
  return (
    <div className="stack">
      <h3>{text.excludes}</h3>
      <p className="dim">{text.excludesHint}</p>
      {hasRoot || product === null ? null : (
        <div className="stack-tight">
          <Textarea
            label={text.excludesProduct}
            value={product}
            readOnly
            autosize
            minRows={3}
            maxRows={8}
            classNames={{ input: "mono" }}
          />
          <div>
            <Button
              size="xs"
              variant="default"
              onClick={() => set([{ mountPoint: "/", text: product }, ...lists])}
            >
              {text.excludesChange}
            </Button>
          </div>
        </div>
      )}
      {lists.map((list, index) => (
        <ExcludeList
          key={index}
          index={index}
          list={list}
          isUnknown={volumes.length > 0 && !volumes.includes(list.mountPoint.trim())}
          onChange={(changed) => set(lists.map((each, at) => (at === index ? changed : each)))}
          onRemove={() => set(lists.filter((_each, at) => at !== index))}
        />
      ))}
      <div>
        <Button
          size="xs"
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={lists.length >= 16}
          onClick={() => set([...lists, { mountPoint: next ?? "", text: "" }])}
        >
          {text.excludesAdd}
        </Button>
      </div>
    </div>
  );
}

function ExcludeList({
  index,
  list,
  isUnknown,
  onChange,
  onRemove,
}: {
  readonly index: number;
  readonly list: Excludes[number];
  /** The source has no volume that is mounted there. */
  readonly isUnknown: boolean;
  onChange(list: Excludes[number]): void;
  onRemove(): void;
}) {
  const { plan: text } = useTexts().wizard;
  const words = useProblemWords();
  const problem = use(StepProblems).problems.excludes;
  const own = problem !== undefined && "index" in problem && problem.index === index ? problem : null;
  return (
    <fieldset className="panel stack">
      <legend>{text.excludesOf(list.mountPoint)}</legend>
      <TextInput
        label={text.excludesMount}
        value={list.mountPoint}
        placeholder="/srv"
        spellCheck={false}
        error={own === null || own.kind === "exclude-line" ? null : words(own)}
        description={isUnknown && own === null ? text.excludesUnknown : undefined}
        onChange={(event) => onChange({ ...list, mountPoint: event.currentTarget.value })}
      />
      <Textarea
        label={text.excludesText}
        value={list.text}
        autosize
        minRows={3}
        maxRows={14}
        classNames={{ input: "mono" }}
        spellCheck={false}
        error={own?.kind === "exclude-line" ? words(own) : null}
        onChange={(event) => onChange({ ...list, text: event.currentTarget.value })}
      />
      <div>
        <Button size="xs" variant="default" onClick={onRemove}>
          {list.mountPoint.trim() === "/" ? text.excludesReset : text.excludesRemove}
        </Button>
      </div>
    </fieldset>
  );
}
