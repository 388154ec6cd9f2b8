import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { reportFormats } from "../../../common/api/assessment-procedures.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { saveFile } from "../../ui/save-file.ts";

/** Saves a report of these assessments; none: of all. */
export function ExportMenu({ assessments }: { readonly assessments: readonly string[] }) {
  const { compatibility: text } = useTexts();
  const { call } = useActions();
  const language = useApp((state) => state.preferences.language);
  const isBusy = useBusy("report");
  const save = async (format: (typeof reportFormats)[number]) => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const answer = await call(
      "report.export",
      { assessments: [...assessments], format, language, timeZone },
      { key: "report" },
    );
    if (answer.ok) saveFile(answer.value);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" loading={isBusy} leftSection={<IconDownload size={16} aria-hidden />}>
          {text.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {reportFormats.map((format) => (
          <Menu.Item key={format} onClick={() => void save(format)}>
            {text.exportFormats[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
