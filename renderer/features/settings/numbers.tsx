import { Button, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Settings } from "../../../common/api/desk-procedures.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { useSavedNotice } from "./use-saved-notice.ts";

type Field = "control" | "data" | "jobLogDays" | "assessments";
type Typed = Readonly<Record<Field, string>>;

function typedOf(settings: Settings | undefined): Typed {
  return {
    control: String(settings?.ports.control ?? ""),
    data: String(settings?.ports.data ?? ""),
    jobLogDays: String(settings?.retention.jobLogDays ?? ""),
    assessments: String(settings?.retention.assessmentsPerSource ?? ""),
  };
}

/** Ports and retention: saved together, because half-typed numbers must not be. */
export function Numbers() {
  const { settings: text, common } = useTexts();
  const format = useFormats();
  const { setSettings } = useActions();
  const notifySaved = useSavedNotice();
  const settings = useApp((state) => state.settings?.settings);
  const isBusy = useBusy("settings");
  const kept = typedOf(settings);
  const [typed, setTyped] = useState(kept);
  // Another window saved others.
  const keptKey = JSON.stringify(kept);
  useEffect(() => setTyped(JSON.parse(keptKey) as Typed), [keptKey]);
  const [isTried, setTried] = useState(false);
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
    notifySaved(
      await setSettings({
        ports: { control: Number(typed.control), data: Number(typed.data) },
        retention: {
          jobLogDays: Number(typed.jobLogDays),
          assessmentsPerSource: Number(typed.assessments),
        },
      }),
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
        <p className="dim">{text.retentionHint}</p>
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
