import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { CopyLine } from "../../ui/copy-line.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { Appearance } from "./appearance.tsx";
import { CloudAccounts } from "./cloud-accounts.tsx";
import { Credentials } from "./credentials.tsx";
import { MachineCheck } from "./machine-check.tsx";
import { Numbers } from "./numbers.tsx";
import { Updates } from "./updates.tsx";

export function SettingsScreen() {
  const { settings: text, common } = useTexts();
  const actions = useActions();
  const view = useApp((state) => state.settings);
  const isSaving = useBusy("diagnostics");
  if (view === null) return <Page title={text.title}>{<p className="dim">{common.loading}</p>}</Page>;
  const saveDiagnostics = async () => {
    const answer = await actions.call("diagnostics.bundle", {}, { key: "diagnostics" });
    if (answer.ok) saveFile(answer.value);
  };
  return (
    <Page title={text.title}>
      <div className="two-columns">
        <div className="stack">
          <Appearance />
          <Numbers />
          <Updates />
          <Section title={text.vault}>
            <p>{text.vaultProtections[view.vault.protection]}</p>
            {view.vault.reason === null ? null : (
              <p className="dim">{text.vaultReasons[view.vault.reason]}</p>
            )}
          </Section>
          <BundleKey />
          <Section title={text.diagnostics.title}>
            <p>{text.diagnostics.text}</p>
            <div>
              <Button variant="default" loading={isSaving} onClick={() => void saveDiagnostics()}>
                {text.diagnostics.save}
              </Button>
            </div>
          </Section>
        </div>
        <div className="stack">
          <Credentials />
          <CloudAccounts />
          <MachineCheck />
          <Section title={text.about}>
            <dl className="facts">
              <dt>{text.version}</dt>
              <dd>{view.version}</dd>
              <dt>{text.stateDirectory}</dt>
              <dd className="mono">{view.stateDirectory}</dd>
            </dl>
          </Section>
        </div>
      </div>
    </Page>
  );
}

function BundleKey() {
  const { settings: text } = useTexts();
  const { call } = useActions();
  const [isShown, setShown] = useState(false);
  const [pem, setPem] = useState<string | null>(null);
  useEffect(() => {
    if (!isShown || pem !== null) return;
    void call("bundle.public-key", {}).then((answer) => {
      if (answer.ok) setPem(answer.value);
    });
  }, [call, isShown, pem]);
  return (
    <Section title={text.bundleKey}>
      <p>{text.bundleKeyText}</p>
      {pem === null ? (
        <div>
          <Button variant="default" onClick={() => setShown(true)}>
            {text.showKey}
          </Button>
        </div>
      ) : (
        <CopyLine text={pem} label={text.bundleKey} />
      )}
    </Section>
  );
}
