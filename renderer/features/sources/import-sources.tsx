import {
  Button,
  FileButton,
  NativeSelect,
  SegmentedControl,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { importFormats, type ImportResult } from "../../../common/api/source-procedures.ts";
import type { Failure } from "../../../common/result.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { ImportLines } from "./import-lines.tsx";

type ImportFormat = (typeof importFormats)[number];

/** What a list looks like; null where it does not tell. */
function formatOf(list: string, fileName = ""): ImportFormat | null {
  if (/\.csv$/i.test(fileName)) return "csv";
  const [first = ""] = list.trimStart().split("\n");
  // The names that the engine takes for the column of hosts.
  if (/[,;\t]/.test(first) && /\b(host|hostname|host_name|address|ip)\b/i.test(first)) return "csv";
  return /^\s*Host\s+\S/im.test(list) ? "ssh-config" : null;
}

/** Many servers at once: what each line comes to is shown before anything is added. */
export function ImportSources({ onClose }: { onClose(): void }) {
  const { common, sources } = useTexts();
  const text = sources.importer;
  const format = useFormats();
  const actions = useActions();
  const credentials = useApp((state) => state.credentials);
  const isBusy = useBusy("import list");
  const [kind, setKind] = useState<ImportFormat>("lines");
  const [list, setList] = useState("");
  const [user, setUser] = useState("");
  const [credential, setCredential] = useState("");
  const [tags, setTags] = useState<string[]>([]);
  const [result, setResult] = useState<ImportResult | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isProblemsOnly, setProblemsOnly] = useState(false);

  const change = (next: string, file: File | null = null) => {
    // Pasted into an empty field, or out of a file, a list mostly tells by itself what it is.
    if (list === "" || file !== null) setKind(formatOf(next, file?.name) ?? kind);
    setList(next);
    setResult(null);
  };
  const run = async (dryRun: boolean) => {
    setFailure(null);
    const defaults = {
      user: user.trim() === "" ? null : user.trim(),
      port: null,
      credential: credential === "" ? null : credential,
      tags,
    };
    const answer = await actions.call(
      "source.import",
      { text: list, format: kind, dryRun, defaults },
      { key: "import list", isQuiet: true },
    );
    if (!answer.ok) {
      setFailure(answer.failure);
    } else if (dryRun) {
      setResult(answer.value);
    } else {
      actions.notify({ tone: "done", text: text.done(format.integer(answer.value.added)), failure: null });
      await actions.readSources();
      onClose();
    }
  };
  const readOwn = async () => {
    const answer = await actions.call("source.ssh-config", {});
    if (answer.ok) change(answer.value.text);
  };

  return (
    <Dialog onClose={onClose} title={text.title} size={1240}>
      <div className="stack">
        <SegmentedControl
          aria-label={text.format}
          value={kind}
          onChange={(next) => {
            setKind(next as ImportFormat);
            setResult(null);
          }}
          data={importFormats.map((each) => ({ value: each, label: text.formats[each] }))}
        />
        <Textarea
          className="import-text"
          label={text.text}
          description={text.hints[kind]}
          value={list}
          onChange={(event) => change(event.currentTarget.value)}
          rows={6}
          spellCheck={false}
          data-autofocus
        />
        <div className="row">
          <FileButton
            onChange={(file) => {
              if (file !== null) void file.text().then((read) => change(read, file));
            }}
          >
            {(props) => (
              <Button size="xs" variant="default" {...props}>
                {text.chooseFile}
              </Button>
            )}
          </FileButton>
          {kind === "ssh-config" ? (
            <Button size="xs" variant="default" onClick={() => void readOwn()}>
              {text.readOwn}
            </Button>
          ) : null}
        </div>
        <h3>{text.defaults}</h3>
        <div className="form-grid">
          <TextInput
            label={text.user}
            value={user}
            onChange={(event) => setUser(event.currentTarget.value)}
          />
          <NativeSelect
            label={text.credential}
            value={credential}
            data={["", ...credentials.map(({ name }) => name)]}
            onChange={(event) => setCredential(event.currentTarget.value)}
          />
          <TagsInput label={text.tags} value={tags} onChange={setTags} acceptValueOnBlur />
        </div>
        {failure === null ? null : <FailureCard failure={failure} />}
        {result === null ? null : (
          <>
            <div className="row-between" role="status">
              <strong>{text.result(format.integer(result.added), format.integer(result.refused))}</strong>
              <Switch
                label={text.onlyProblems}
                checked={isProblemsOnly}
                onChange={(event) => setProblemsOnly(event.currentTarget.checked)}
              />
            </div>
            <ImportLines lines={result.lines} isProblemsOnly={isProblemsOnly} />
          </>
        )}
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button
            variant={result === null ? "filled" : "default"}
            disabled={list.trim() === ""}
            loading={isBusy}
            onClick={() => void run(true)}
          >
            {text.check}
          </Button>
          {result !== null && result.added > 0 ? (
            <Button loading={isBusy} onClick={() => void run(false)}>
              {text.add(format.integer(result.added))}
            </Button>
          ) : null}
        </div>
      </div>
    </Dialog>
  );
}
