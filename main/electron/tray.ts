import { Menu, nativeImage, Tray } from "electron";

export interface TrayActions {
  open(): void;
  quit(): void;
}

/** The sign that the engine runs on while no window is open. Null where the desktop has no place for it. */
export function createTray(iconPath: string, actions: TrayActions): { show(running: number): void } | null {
  let tray: Tray;
  try {
    tray = new Tray(nativeImage.createFromPath(iconPath));
  } catch {
    return null;
  }
  const show = (running: number) => {
    const state =
      running === 0
        ? "no job is running"
        : running === 1
          ? "1 job is running"
          : `${running} jobs are running`;
    tray.setToolTip(`Server Migration Assistant: ${state}`);
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: state, enabled: false },
        { label: "Open", click: () => actions.open() },
        { type: "separator" },
        { label: running === 0 ? "Quit" : "Quit and stop running jobs", click: () => actions.quit() },
      ]),
    );
  };
  tray.on("click", () => actions.open());
  show(0);
  return { show };
}
