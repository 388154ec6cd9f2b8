import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { languages } from "../../../common/domain/report-text/catalogue.ts";
import { catalogues } from "../../../common/domain/report-text/languages.ts";
import { themes } from "../../store/app-state.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { CopyLine } from "../../ui/copy-line.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { Credentials } from "./credentials.tsx";
import { MachineCheck } from "./machine-check.tsx";

export function SettingsScreen() {
  const { settings: text, shell, common } = useTexts();
  const actions = useActions();
  const view = useApp((state) => state.settings);
  const isSaving = useBusy("diagnostics");
  if (view === null) return <Page title={text.title}>{<p className="dim">{common.loading}</p>}</Page>;
  const { settings } = view;
  const saveDiagnostics = async () => {
    const answer = await actions.call("diagnostics.bundle", {}, { key: "diagnostics" });
    if (answer.ok) saveFile(answer.value);
  };
  return (
    <Page title={text.title}>
      <div className="two-columns">
        <div className="stack">
          <Section title={text.appearance}>
            <div className="form-grid">
              <NativeSelect
                label={text.language}
                value={settings.language}
                data={[
                  { value: "system", label: text.systemLanguage },
                  ...languages.map((each) => ({ value: each, label: catalogues[each].name })),
                ]}
                onChange={(event) =>
                  actions.setPreferences({
                    language: event.currentTarget.value as typeof settings.language,
                  })
                }
              />
              <NativeSelect
                label={text.theme}
                value={settings.theme}
                data={themes.map((each) => ({ value: each, label: shell.themes[each] }))}
                onChange={(event) =>
                  actions.setPreferences({ theme: event.currentTarget.value as typeof settings.theme })
                }
              />
            </div>
            <Checkbox
              label={text.notifications}
              checked={settings.notifications}
              onChange={(event) => actions.setPreferences({ notifications: event.currentTarget.checked })}
            />
          </Section>
          <Numbers />
          <Section title={text.vault}>
            <p>{text.vaultProtections[view.vault.protection]}</p>
            {view.vault.note === null ? null : <p className="dim">{view.vault.note}</p>}
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

/** Ports and retention: saved together, because half-typed numbers must not be. */
function Numbers() {
  const { settings: text, common } = useTexts();
  const format = useFormats();
  const actions = useActions();
  const settings = useApp((state) => state.settings?.settings);
  const isBusy = useBusy("settings");
  const [typed, setTyped] = useState({
    control: String(settings?.ports.control ?? ""),
    data: String(settings?.ports.data ?? ""),
    jobLogDays: String(settings?.retention.jobLogDays ?? ""),
    assessments: String(settings?.retention.assessmentsPerSource ?? ""),
  });
  const [isTried, setTried] = useState(false);
  type Field = keyof typeof typed;
  const limits: Readonly<Record<Field, readonly [number, number]>> = {
    control: [1, 65535],
    data: [1, 65535],
    jobLogDays: [1, 3650],
    assessments: [1, 100],
  };
  const errorOf = (field: Field): string | null => {
    const [minimum, maximum] = limits[field];
    const value = Number(typed[field]);
    if (!/^\d+$/.test(typed[field].trim()) || value < minimum || value > maximum)
      return common.problems.wholeNumber(format.integer(minimum), format.integer(maximum));
    return field === "data" && typed.control.trim() === typed.data.trim() ? common.problems.samePorts : null;
  };
  const field = (name: Field, label: string) => (
    <TextInput
      label={label}
      inputMode="numeric"
      value={typed[name]}
      error={isTried ? errorOf(name) : null}
      onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
    />
  );
  const save = async () => {
    setTried(true);
    if ((Object.keys(limits) as Field[]).some((name) => errorOf(name) !== null)) return;
    const answer = await actions.setSettings({
      ports: { control: Number(typed.control), data: Number(typed.data) },
      retention: {
        jobLogDays: Number(typed.jobLogDays),
        assessmentsPerSource: Number(typed.assessments),
      },
    });
    actions.notify(
      answer.ok
        ? { tone: "done", text: text.saved, failure: null }
        : { tone: "failed", text: answer.failure.message, failure: answer.failure },
    );
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Section title={text.ports}>
        <p className="dim">{text.portsHint}</p>
        <div className="form-grid">
          {field("control", text.controlPort)}
          {field("data", text.dataPort)}
        </div>
        <h3>{text.retention}</h3>
        <div className="form-grid">
          {field("jobLogDays", text.jobLogDays)}
          {field("assessments", text.assessmentsPerSource)}
        </div>
        <div>
          <Button type="submit" variant="default" loading={isBusy}>
            {common.save}
          </Button>
        </div>
      </Section>
    </form>
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
