/** Entry of the Electron window. Wiring only. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { app, BrowserWindow, dialog, Notification } from "electron";
import { fail } from "../common/result.ts";
import { defaultStateDirectory } from "./state-directory.ts";
import { EngineClient } from "./engine/engine-client.ts";
import { linkIn, linkScheme, placeOfLink } from "./electron/deep-link.ts";
import { launchEngine } from "./electron/engine-port.ts";
import { guardContents } from "./electron/guards.ts";
import { connectIpc } from "./electron/ipc.ts";
import { watchJobs } from "./electron/job-watch.ts";
import { installMenu } from "./electron/menu.ts";
import { registerScreensScheme, serveScreens } from "./electron/screens-protocol.ts";
import { createTray } from "./electron/tray.ts";
import { openWindowVault } from "./electron/vault-key.ts";
import { goTo, openWindow, pathsOf } from "./electron/window.ts";

registerScreensScheme();
app.enableSandbox();
app.setAsDefaultProtocolClient(linkScheme);

// A second start shows the first one's window: two engines of one desk would only wait for each other.
if (!app.requestSingleInstanceLock()) app.quit();
else void run();

async function run(): Promise<void> {
  await app.whenReady();
  const paths = pathsOf(app.getAppPath(), process.resourcesPath, app.isPackaged);
  const stateDirectory = defaultStateDirectory(process.env);
  const vault = await openWindowVault(stateDirectory);
  serveScreens(paths.screens);
  guardContents();

  let isQuitting = false;
  const engine = new EngineClient({
    launch: () => launchEngine(paths.engine),
    start: () => ({
      type: "start",
      stateDirectory,
      resourcesDirectory: paths.resources,
      intermediateCommand: [...paths.intermediate],
      vaultKey: vault.key,
      vaultDescription: vault.description,
    }),
    onFailed(failure) {
      dialog.showErrorBox("The assistant cannot start", `${failure.message}\n\n${failure.remedy}`);
      app.quit();
    },
  });
  connectIpc(engine);

  const show = async (place: string | null): Promise<void> => {
    const [window] = BrowserWindow.getAllWindows();
    if (window === undefined)
      await openWindow({ preloadPath: paths.preload, iconPath: paths.icon, place: place ?? "/start" });
    else goTo(window, place);
  };
  const quit = async (): Promise<void> => {
    if (isQuitting) return;
    isQuitting = true;
    await engine.close();
    app.exit(0);
  };

  installMenu({
    newWindow: () => void openWindow({ preloadPath: paths.preload, iconPath: paths.icon, place: "/start" }),
    goTo: (place) => void show(place),
    quit: () => void quit(),
  });
  const tray = createTray(paths.trayIcon, { open: () => void show(null), quit: () => void quit() });
  let running = 0;
  watchJobs(engine, {
    onRunning(count) {
      running = count;
      tray?.show(count);
    },
    onNews({ job, title, body }) {
      if (!Notification.isSupported()) return;
      const notification = new Notification({ title, body });
      notification.on("click", () => void show(`/jobs/${job}`));
      notification.show();
    },
  });

  /** A bundle that was opened from the desktop is assessed, and its result shown. */
  const openBundle = async (path: string): Promise<void> => {
    const bytes = await readFile(path).catch(() => null);
    const imported =
      bytes === null
        ? fail("not-found", `${path} cannot be read`, { path })
        : await engine.call("bundle.import", {
            name: basename(path),
            text: bytes.toString("base64"),
            encoding: "base64",
          }).result;
    if (imported.ok) await show("/compatibility");
    else
      dialog.showErrorBox(
        "The bundle cannot be used",
        `${imported.failure.message}\n\n${imported.failure.remedy}`,
      );
  };
  const openWhatIsNamed = async (words: readonly string[]): Promise<void> => {
    await show(placeOfLink(linkIn(words) ?? ""));
    const bundle = words.slice(1).find((word) => word.endsWith(".sma-bundle"));
    if (bundle !== undefined) await openBundle(bundle);
  };

  app.on("second-instance", (_event, words) => void openWhatIsNamed(words));
  app.on("open-url", (event, link) => {
    event.preventDefault();
    void show(placeOfLink(link));
  });
  app.on("open-file", (event, path) => {
    event.preventDefault();
    void openBundle(path);
  });
  app.on("activate", () => void show(null));
  app.on("window-all-closed", () => {
    // Jobs go on without a window, as long as there is a way back to them.
    if (tray === null || running === 0) void quit();
  });
  app.on("before-quit", (event) => {
    if (isQuitting) return;
    event.preventDefault();
    void quit();
  });
  await openWhatIsNamed(process.argv);
}
