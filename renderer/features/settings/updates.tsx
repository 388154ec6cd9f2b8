import { Button, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { updateAddressSchema } from "../../../common/domain/update.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { CopyLine } from "../../ui/copy-line.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { Section } from "../../ui/page.tsx";
import { useSavedNotice } from "./use-saved-notice.ts";

/** Where new versions are told of. Nothing is asked until an address is set, and nothing is ever fetched or installed. */
export function Updates() {
  const { settings, common } = useTexts();
  const text = settings.updates;
  const { setSettings, checkForUpdate, readUpdate } = useActions();
  const notifySaved = useSavedNotice();
  const kept = useApp((state) => state.settings?.settings.updates.address ?? null);
  const connection = useApp((state) => state.connection);
  const isSaving = useBusy("settings");
  const isChecking = useBusy("update");
  const [typed, setTyped] = useState(kept ?? "");
  const [isTried, setTried] = useState(false);
  const address = typed.trim();
  const isWrong = address !== "" && !updateAddressSchema.safeParse(address).success;

  useEffect(() => setTyped(kept ?? ""), [kept]);
  useEffect(() => {
    if (connection === "open") void readUpdate();
  }, [connection, readUpdate]);

  const save = async () => {
    setTried(true);
    if (isWrong) return;
    notifySaved(await setSettings({ updates: { address: address === "" ? null : address } }));
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Section title={text.title}>
        <p className="dim">{text.lead}</p>
        <TextInput
          label={text.address}
          description={text.addressHint}
          placeholder="https://"
          value={typed}
          error={isTried && isWrong ? text.addressWrong : null}
          onChange={(event) => setTyped(event.currentTarget.value)}
          spellCheck={false}
        />
        <UpdateResult />
        <div className="row">
          <Button type="submit" variant="default" loading={isSaving}>
            {common.save}
          </Button>
          {kept === null ? null : (
            <Button variant="default" loading={isChecking} onClick={() => void checkForUpdate()}>
              {text.check}
            </Button>
          )}
        </div>
      </Section>
    </form>
  );
}

function UpdateResult() {
  const { updates: text } = useTexts().settings;
  const format = useFormats();
  const state = useApp((app) => app.update);
  if (state === null || state.name === "off" || state.name === "not-asked") return null;
  const when = format.dateTime(Date.parse(state.checkedAt));
  if (state.name === "failed") return <FailureCard failure={state.failure} title={text.failed(when)} />;
  if (state.name === "current") return <p role="status">{text.current(when)}</p>;
  const { version, page } = state.release;
  return (
    <div className="stack-tight" role="status">
      <strong>{text.newer(version)}</strong>
      <span className="dim">{text.newerHint}</span>
      {page === null ? null : <CopyLine text={page} label={text.page} />}
    </div>
  );
}
