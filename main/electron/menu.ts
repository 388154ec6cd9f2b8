import { Menu, type MenuItemConstructorOptions } from "electron";

export interface MenuActions {
  newWindow(): void;
  goTo(place: string): void;
  quit(): void;
}

/** The application's menu: what every system expects, and the screens. */
export function installMenu(actions: MenuActions, platform: NodeJS.Platform = process.platform): void {
  const screen = (label: string, place: string, accelerator: string): MenuItemConstructorOptions => ({
    label,
    accelerator,
    click: () => actions.goTo(place),
  });
  const template: MenuItemConstructorOptions[] = [
    ...(platform === "darwin" ? [{ role: "appMenu" as const }] : []),
    {
      label: "&File",
      submenu: [
        { label: "New window", accelerator: "CmdOrCtrl+N", click: () => actions.newWindow() },
        { role: "close" },
        { type: "separator" },
        // Closing windows leaves the engine running; this ends it.
        { label: "Quit and stop running jobs", accelerator: "CmdOrCtrl+Q", click: () => actions.quit() },
      ],
    },
    { role: "editMenu" },
    {
      label: "&Go",
      submenu: [
        screen("Start", "/start", "CmdOrCtrl+1"),
        screen("Sources", "/sources", "CmdOrCtrl+2"),
        screen("Compatibility", "/compatibility", "CmdOrCtrl+3"),
        screen("New migration", "/wizard", "CmdOrCtrl+4"),
        screen("Jobs", "/jobs", "CmdOrCtrl+5"),
        screen("Cutover", "/cutover", "CmdOrCtrl+6"),
        screen("Settings", "/settings", "CmdOrCtrl+,"),
      ],
    },
    {
      label: "&View",
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
