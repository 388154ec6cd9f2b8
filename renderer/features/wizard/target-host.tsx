/** Another machine that receives the copy. */
import { NativeSelect } from "@mantine/core";
import { useMemo } from "react";
import { describeLogin } from "../../../common/domain/source.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { DraftText, useFieldError } from "./draft-fields.tsx";

export function TargetHost() {
  const { target: text } = useTexts().wizard;
  return (
    <div className="form-grid">
      <HostChoice />
      <DraftText field="targetProgram" label={text.program} hint={text.programHint} />
    </div>
  );
}

/** Machines are reached as sources are, so they are chosen from them. */
function HostChoice() {
  const { target: text } = useTexts().wizard;
  const { setDraft } = useActions();
  const sources = useApp((state) => state.sources);
  const chosen = useApp((state) => state.draft.sources);
  const host = useApp((state) => state.draft.targetHost);
  const error = useFieldError("targetHost");
  const hosts = useMemo(
    () =>
      [...sources.values()]
        .filter(({ id, address }) => address.kind === "ssh" && !chosen.includes(id))
        .toSorted((a, b) => a.name.localeCompare(b.name)),
    [sources, chosen],
  );
  return (
    <NativeSelect
      label={text.host}
      description={text.hostHint}
      value={hosts.some(({ id }) => id === host) ? host : ""}
      error={error}
      data={[
        { value: "", label: text.chooseHost },
        ...hosts.map((source) => ({ value: source.id, label: `${source.name} (${describeLogin(source)})` })),
      ]}
      onChange={(event) => setDraft({ targetHost: event.currentTarget.value, confirmed: false })}
    />
  );
}
