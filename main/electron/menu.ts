import { Menu, type MenuItemConstructorOptions } from "electron";
import type { NativeTexts } from "./texts.ts";

export interface MenuActions {
  newWindow(): void;
  goTo(place: string): void;
  quit(): void;
}

/** The application's menu: what every system expects, and the screens. */
export function installMenu(
  words: NativeTexts["menu"],
  actions: MenuActions,
  platform: NodeJS.Platform = process.platform,
): void {
  const screen = (label: string, place: string, accelerator: string): MenuItemConstructorOptions => ({
    label,
    accelerator,
    click: () => actions.goTo(place),
  });
  const template: MenuItemConstructorOptions[] = [
    ...(platform === "darwin" ? [{ role: "appMenu" as const }] : []),
    {
      label: words.file,
      submenu: [
        { label: words.newWindow, accelerator: "CmdOrCtrl+N", click: () => actions.newWindow() },
        { role: "close" },
        { type: "separator" },
        // Closing windows leaves the engine running; this ends it.
        { label: words.quit, accelerator: "CmdOrCtrl+Q", click: () => actions.quit() },
      ],
    },
    { role: "editMenu" },
    {
      label: words.go,
      submenu: [
        screen(words.start, "/start", "CmdOrCtrl+1"),
        screen(words.sources, "/sources", "CmdOrCtrl+2"),
        screen(words.compatibility, "/compatibility", "CmdOrCtrl+3"),
        screen(words.wizard, "/wizard", "CmdOrCtrl+4"),
        screen(words.jobs, "/jobs", "CmdOrCtrl+5"),
        screen(words.cutover, "/cutover", "CmdOrCtrl+6"),
        screen(words.settings, "/settings", "CmdOrCtrl+,"),
      ],
    },
    {
      label: words.view,
      submenu: [
        { role: "reload" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "resetZoom" },
        { role: "togglefullscreen" },
      ],
    },
    { role: "windowMenu" },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
