import { Button, Checkbox, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { languages } from "../../../common/domain/report-text/catalogue.ts";
import { catalogues } from "../../../common/domain/report-text/languages.ts";
import { themes } from "../../store/app-state.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";

/** What is shown at once, without saving. */
export function Appearance() {
  const { settings: text, shell } = useTexts();
  const { setPreferences } = useActions();
  const settings = useApp((state) => state.settings?.settings);
  if (settings === undefined) return null;
  return (
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
            setPreferences({ language: event.currentTarget.value as typeof settings.language })
          }
        />
        <NativeSelect
          label={text.theme}
          value={settings.theme}
          data={themes.map((each) => ({ value: each, label: shell.themes[each] }))}
          onChange={(event) => setPreferences({ theme: event.currentTarget.value as typeof settings.theme })}
        />
      </div>
      <Checkbox
        label={text.notifications}
        checked={settings.notifications}
        onChange={(event) => setPreferences({ notifications: event.currentTarget.checked })}
      />
      {settings.notifications ? <BrowserPermission /> : null}
    </Section>
  );
}

/** In a browser the person must also let the page notify; the window needs no more than the setting. */
function BrowserPermission() {
  const { notificationsIn: text } = useTexts().settings;
  const { host } = useActions();
  const [permission, setPermission] = useState(() =>
    host === "serve" && "Notification" in window ? Notification.permission : "granted",
  );
  if (permission === "granted") return null;
  if (permission === "denied") return <p className="dim">{text.denied}</p>;
  return (
    <div className="row">
      <Button
        size="xs"
        variant="default"
        onClick={() => void Notification.requestPermission().then(setPermission)}
      >
        {text.allow}
      </Button>
      <span className="dim">{text.hint}</span>
    </div>
  );
}
