import { Menu, nativeImage, Tray } from "electron";
import type { Busyness } from "./desk-watch.ts";
import type { NativeTexts } from "./texts.ts";

export interface TrayActions {
  open(): void;
  quit(): void;
}

/** The sign that the engine runs on while no window is open. Null where the desktop has no place for it. */
export function createTray(
  iconPath: string,
  actions: TrayActions,
): { show(busyness: Busyness, words: NativeTexts["tray"]): void } | null {
  let tray: Tray;
  try {
    tray = new Tray(nativeImage.createFromPath(iconPath));
  } catch {
    return null;
  }
  tray.on("click", () => actions.open());
  return {
    show({ running, waiting }, words) {
      const state = words.state(running, waiting);
      tray.setToolTip(`Server Migration Assistant: ${state}`);
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: state, enabled: false },
          { label: words.open, click: () => actions.open() },
          { type: "separator" },
          { label: running === 0 ? words.quit : words.quitAndStop, click: () => actions.quit() },
        ]),
      );
    },
  };
}
