import { Menu } from "@mantine/core";
import { IconCheck, IconLanguage, IconMoon } from "@tabler/icons-react";
import { languages } from "../../common/domain/report-text/catalogue.ts";
import { catalogues } from "../../common/domain/report-text/languages.ts";
import { themes } from "../store/app-state.ts";
import { useActions, useApp } from "../store/use-app.tsx";
import { useTexts } from "../texts/use-texts.ts";

/** Theme and language, within reach on every screen. */
export function PreferencesMenu() {
  const { shell } = useTexts();
  const { setPreferences } = useActions();
  const preferences = useApp((state) => state.preferences);
  const mark = (isChosen: boolean) =>
    isChosen ? <IconCheck size={15} aria-hidden /> : <span className="menu-space" />;
  return (
    <div className="side-buttons">
      <Menu position="top-start" width={200}>
        <Menu.Target>
          <button type="button" className="side-button">
            <IconLanguage size={17} aria-hidden />
            <span className="visually-hidden">{shell.language}: </span>
            {catalogues[preferences.language].name}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {languages.map((language) => (
            <Menu.Item
              key={language}
              lang={language}
              role="menuitemradio"
              aria-checked={language === preferences.language}
              leftSection={mark(language === preferences.language)}
              onClick={() => setPreferences({ language })}
            >
              {catalogues[language].name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu position="top-start" width={200}>
        <Menu.Target>
          <button type="button" className="side-button">
            <IconMoon size={17} aria-hidden />
            <span className="visually-hidden">{shell.theme}: </span>
            {shell.themes[preferences.theme]}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {themes.map((theme) => (
            <Menu.Item
              key={theme}
              role="menuitemradio"
              aria-checked={theme === preferences.theme}
              leftSection={mark(theme === preferences.theme)}
              onClick={() => setPreferences({ theme })}
            >
              {shell.themes[theme]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
