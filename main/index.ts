/** Entry of the Electron window. Wiring only. */
import { app, BrowserWindow, dialog } from "electron";
import type { Failure } from "../common/result.ts";
import { defaultStateDirectory } from "./state-directory.ts";
import { EngineClient } from "./engine/engine-client.ts";
import { linkScheme } from "./electron/deep-link.ts";
import { watchDesk } from "./electron/desk-watch.ts";
import { launchEngine } from "./electron/engine-port.ts";
import { guardContents } from "./electron/guards.ts";
import { connectIpc } from "./electron/ipc.ts";
import { NativeDesk } from "./electron/native-desk.ts";
import { openBundle } from "./electron/open-bundle.ts";
import { openingsIn, type Opening } from "./electron/openings.ts";
import { registerScreensScheme, serveScreens } from "./electron/screens-protocol.ts";
import { openWindowVault } from "./electron/vault-key.ts";
import { goTo, openWindow, pathsOf } from "./electron/window.ts";

registerScreensScheme();
app.enableSandbox();
app.setAppUserModelId("org.server-migration-assistant.desktop");
app.setAsDefaultProtocolClient(linkScheme);

// What is asked for before the app is ready waits: macOS names the link or file that started it that early.
const asked: Opening[][] = [openingsIn(process.argv.slice(1), process.cwd())];
let takeOpenings = (openings: Opening[]): void => void asked.push(openings);
app.on("second-instance", (_event, words, workingDirectory) =>
  takeOpenings(openingsIn(words.slice(1), workingDirectory)),
);
app.on("open-url", (event, link) => {
  event.preventDefault();
  takeOpenings(openingsIn([link], process.cwd()));
});
app.on("open-file", (event, path) => {
  event.preventDefault();
  takeOpenings(openingsIn([path], process.cwd()));
});

// A second start shows the first one's window: two engines of one desk would only wait for each other.
if (!app.requestSingleInstanceLock()) app.quit();
else
  void run().catch((error: unknown) => {
    dialog.showErrorBox("The assistant cannot start", String(error));
    app.exit(1);
  });

async function run(): Promise<void> {
  await app.whenReady();
  const paths = pathsOf(app.getAppPath(), process.resourcesPath, app.isPackaged);
  const stateDirectory = defaultStateDirectory(process.env);
  serveScreens(paths.screens);
  guardContents();

  let isQuitting = false;
  const quit = async (): Promise<void> => {
    if (isQuitting) return;
    isQuitting = true;
    await engine.close();
    app.exit(0);
  };
  const newWindow = (place: string) =>
    openWindow({ preloadPath: paths.preload, iconPath: paths.icon, place });
  const show = async (place: string | null): Promise<void> => {
    const [window] = BrowserWindow.getAllWindows();
    if (window === undefined) await newWindow(place ?? "/start");
    else goTo(window, place);
  };
  const desk = new NativeDesk(paths.trayIcon, {
    newWindow: () => void newWindow("/start"),
    show: (place) => void show(place),
    quit: () => void quit(),
  });
  const refuse = (title: string, { message, remedy }: Failure) =>
    dialog.showErrorBox(title, `${message}\n\n${remedy}`);

  const vault = await openWindowVault(stateDirectory);
  if (!vault.ok) {
    refuse(desk.texts.cannotStart, vault.failure);
    app.exit(1);
    return;
  }
  const { key, description } = vault.value;
  const engine = new EngineClient({
    launch: () => launchEngine(paths.engine),
    start: () => ({
      type: "start",
      stateDirectory,
      resourcesDirectory: paths.resources,
      intermediateCommand: [...paths.intermediate],
      vaultKey: key,
      vaultDescription: description,
    }),
    onFailed(failure) {
      refuse(desk.texts.cannotStart, failure);
      app.quit();
    },
  });
  connectIpc(engine);
  watchDesk(engine, {
    onBusyness(busyness) {
      desk.busynessChanged(busyness);
    },
    onNews: (news) => desk.newsArrived(news),
    onSettings: (settings) => desk.settingsArrived(settings),
  });

  const open = async (openings: readonly Opening[]): Promise<void> => {
    const place = openings.findLast((opening) => opening.kind === "place")?.place ?? null;
    await show(place);
    for (const opening of openings) {
      if (opening.kind !== "bundle") continue;
      const imported = await openBundle(opening.path, engine);
      if (imported.ok) await show("/compatibility");
      else refuse(desk.texts.bundleRefused, imported.failure);
    }
  };

  app.on("activate", () => void show(null));
  app.on("window-all-closed", () => {
    // Jobs go on without a window; a second start, or the tray, is the way back to them.
    if (desk.isBusy) desk.windowsClosed();
    else void quit();
  });
  app.on("before-quit", (event) => {
    if (isQuitting) return;
    event.preventDefault();
    void quit();
  });
  takeOpenings = (openings) => void open(openings);
  await open(asked.flat());
}
