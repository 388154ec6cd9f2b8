import { Button, Menu, TagsInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { ConfirmByName } from "../../ui/confirm-by-name.tsx";
import { Dialog } from "../../ui/dialog.tsx";

/** What can be done with many sources at once. */
export function SelectionActs({
  selection,
  onGone,
}: {
  readonly selection: ReadonlySet<string>;
  onGone(): void;
}) {
  const { sources: text } = useTexts();
  const format = useFormats();
  const actions = useActions();
  const credentials = useApp((state) => state.credentials);
  const [asked, setAsked] = useState<"remove" | "tag" | null>(null);
  const ids = [...selection];
  const count = format.integer(ids.length);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => ids.forEach((id) => void actions.testSource(id))}>
        {text.acts.test}
      </Button>
      <Button size="xs" variant="default" onClick={() => void actions.assessSources(ids)}>
        {text.acts.assess}
      </Button>
      <Button
        size="xs"
        onClick={() => {
          actions.setDraft({ sources: ids, step: "check", confirmed: false });
          actions.open({ screen: "wizard" });
        }}
      >
        {text.acts.migrate}
      </Button>
      <Button size="xs" variant="default" onClick={() => setAsked("tag")}>
        {text.acts.tag}
      </Button>
      {credentials.length === 0 ? null : (
        <Menu>
          <Menu.Target>
            <Button size="xs" variant="default">
              {text.acts.credential}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {credentials.map(({ name }) => (
              <Menu.Item key={name} onClick={() => void actions.useCredential(ids, name)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <Button size="xs" variant="light" color="red" onClick={() => setAsked("remove")}>
        {text.removeAct(text.removeMany(count))}
      </Button>
      <ConfirmByName
        isOpen={asked === "remove"}
        title={text.removeTitle(count)}
        act={text.removeAct(text.removeMany(count))}
        name={null}
        onClose={() => setAsked(null)}
        onConfirm={() => {
          setAsked(null);
          void actions.removeSources(ids).then(onGone);
        }}
      >
        <p>{text.removeText}</p>
      </ConfirmByName>
      {asked === "tag" ? <TagDialog ids={ids} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

function TagDialog({ ids, onClose }: { readonly ids: readonly string[]; onClose(): void }) {
  const { sources: text, common } = useTexts();
  const format = useFormats();
  const { tagSources } = useActions();
  const sources = useApp((state) => state.sources);
  const [added, setAdded] = useState<string[]>([]);
  const [removed, setRemoved] = useState<string[]>([]);
  const all = useMemo(
    () => [...new Set([...sources.values()].flatMap((source) => source.tags))].toSorted(),
    [sources],
  );
  const present = [...new Set(ids.flatMap((id) => sources.get(id)?.tags ?? []))].toSorted();
  return (
    <Dialog onClose={onClose} title={text.tagTitle(format.integer(ids.length))}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void tagSources({ sources: [...ids], add: added, remove: removed });
          onClose();
        }}
      >
        <TagsInput
          label={text.tagAdd}
          description={text.tagHint}
          data={all}
          value={added}
          onChange={setAdded}
          maxTags={32}
          acceptValueOnBlur
          data-autofocus
        />
        <TagsInput label={text.tagRemove} data={present} value={removed} onChange={setRemoved} />
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" disabled={added.length + removed.length === 0}>
            {common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
