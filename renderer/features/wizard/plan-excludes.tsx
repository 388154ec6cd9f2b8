/** What file replication leaves out: a list of patterns for each volume, the product's own where none is given. */
import { Button, Textarea, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { use, useEffect, useState } from "react";
import type { ExcludeSavings } from "../../../common/api/layout-procedures.ts";
import type { Result } from "../../../common/result.ts";
import { choicesOf } from "../../store/wizard-choices.ts";
import type { WizardDraft } from "../../store/wizard-draft.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { FailureCard } from "../../ui/failure-card.tsx";
import { StepProblems, useProblemWords } from "./draft-fields.tsx";
import { useDraftSurroundings } from "./use-surroundings.ts";

type Excludes = WizardDraft["excludes"];

export function ExcludeLists() {
  const { plan: text } = useTexts().wizard;
  const { setDraft, readDefaultExcludes } = useActions();
  const lists = useApp((state) => state.draft.excludes);
  const product = useApp((state) => state.defaultExcludes);
  const sources = useApp((state) => state.draft.sources);
  const only = sources.length === 1 ? sources[0] : undefined;
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
      {only === undefined ? null : <SavingsCount source={only} />}
    </div>
  );
}

/** What the lists leave out of the source, counted there when somebody asks for it. */
function SavingsCount({ source }: { readonly source: string }) {
  const { plan: text } = useTexts().wizard;
  const format = useFormats();
  const { call } = useActions();
  const draft = useApp((state) => state.draft);
  const isCounting = useBusy(`savings ${source}`);
  const [answer, setAnswer] = useState<Result<ExcludeSavings> | null>(null);
  const isWrong = use(StepProblems).problems.excludes !== undefined;
  const count = async () => {
    const { diskPaths, files } = choicesOf(draft, source);
    const counted = await call(
      "layout.savings",
      {
        source,
        ...(diskPaths === undefined ? {} : { diskPaths }),
        ...(files === undefined ? {} : { files }),
      },
      { key: `savings ${source}`, isQuiet: true },
    );
    setAnswer(counted);
  };
  return (
    <div className="stack">
      <div className="row">
        <Button
          size="xs"
          variant="default"
          loading={isCounting}
          disabled={isWrong}
          onClick={() => void count()}
        >
          {text.excludesCount}
        </Button>
        <span className="dim">{text.excludesCountHint}</span>
      </div>
      <div role="status">
        {answer === null ? null : answer.ok ? (
          <ul className="savings">
            {answer.value.lists.map(({ mountPoint, bytes, entries, rules }) => (
              <li key={mountPoint}>
                {text.excludesSaved(mountPoint, format.bytes(bytes), format.integer(entries))}
                {rules.every(({ counted }) => counted === "whole") ? "" : ` ${text.excludesPart}`}
              </li>
            ))}
          </ul>
        ) : (
          <FailureCard failure={answer.failure} title={text.excludesCountFailed} />
        )}
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
