/**
 * Stands in for the module `electron` where its program cannot be had: windows are pages of the system's Chromium, the
 * preload runs in an isolated world, the engine in a process of its own. Not faithful in: the pages' origin (https
 * under a made-up name), the key store (none, or one that only hides), menus and tray (recorded, not drawn), the operating system's part of
 * links and notifications.
 */
import { fork, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type CDPSession, type Page } from "playwright-core";
import { browserArguments, browserProgram } from "../browser.ts";
import { bindingName, pageWorldScript, preloadWorldScript } from "./page-worlds.ts";

const pageOrigin = "https://sma-app.test";
let scheme = "";
let schemeHandler: ((request: Request) => Promise<Response>) | null = null;
/** `https://sma-app.test/x` as the app knows it. */
const toApp = (url: string) =>
  url.startsWith(pageOrigin) ? `${scheme}://screens${url.slice(pageOrigin.length)}` : url;
const toPage = (url: string) =>
  url.startsWith(`${scheme}://screens`) ? pageOrigin + url.slice(`${scheme}://screens`.length) : url;

const tell = (message: object) => process.send?.(message);

// --------------------------------------------------------------------------------------------------------- browser

const profile = mkdtempSync(join(tmpdir(), "sma-stand-in-"));
const browserProcess = spawn(
  browserProgram,
  [
    "--headless=new",
    ...browserArguments,
    "--no-first-run",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "about:blank",
  ],
  { stdio: "ignore" },
);
process.once("exit", () => {
  browserProcess.kill("SIGKILL");
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

async function connect(): Promise<BrowserContext> {
  const portFile = join(profile, "DevToolsActivePort");
  while (!existsSync(portFile) || readFileSync(portFile, "utf8").split("\n").length < 2)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const endpoint = `http://127.0.0.1:${readFileSync(portFile, "utf8").split("\n")[0]}`;
  const browser = await chromium.connectOverCDP(endpoint);
  const [context] = browser.contexts();
  if (context === undefined) throw new Error("the browser has no context");
  await context.route("**/*", async (route) => {
    const request = route.request();
    const url = request.url();
    if (url.startsWith(`${pageOrigin}/`) && schemeHandler !== null) {
      const response = await schemeHandler(new Request(toApp(url)));
      await route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      });
    } else await route.abort();
  });
  tell({ type: "browser", endpoint });
  return context;
}
const context = connect();

// --------------------------------------------------------------------------------------------------------- windows

class Contents extends EventEmitter {
  readonly id: number;
  session: CDPSession | null = null;
  page: Page | null = null;
  preloadContext = 0;
  openHandler: () => { action: string } = () => ({ action: "allow" });
  constructor(id: number) {
    super();
    this.id = id;
  }
  getURL = () => toApp(this.page?.url() ?? "");
  isDestroyed = () => this.page?.isClosed() ?? false;
  setWindowOpenHandler(handler: () => { action: string }) {
    this.openHandler = handler;
  }
  send(channel: string, ...args: unknown[]) {
    this.receive({ kind: "message", channel, args });
  }
  receive(message: object) {
    const expression = `standInReceive(${JSON.stringify(message)})`;
    void this.session
      ?.send("Runtime.evaluate", { expression, contextId: this.preloadContext })
      .catch(() => undefined);
  }
}

interface WindowOptions {
  readonly webPreferences: Readonly<Record<string, unknown>> & { readonly preload: string };
}
let windowCount = 0;
const windows = new Set<BrowserWindow>();

export class BrowserWindow extends EventEmitter {
  readonly webContents = new Contents((windowCount += 1));
  readonly #options: WindowOptions;

  constructor(options: WindowOptions) {
    super();
    const { contextIsolation, sandbox, nodeIntegration } = options.webPreferences;
    if (contextIsolation !== true || sandbox !== true || nodeIntegration !== false)
      throw new Error("a window must be isolated, sandboxed and without Node");
    this.#options = options;
    tell({ type: "window", webPreferences: options.webPreferences });
    windows.add(this);
    app.emit("web-contents-created", {}, this.webContents);
  }

  static getAllWindows = () => [...windows];
  static getFocusedWindow = () => null;
  show = () => undefined;
  focus = () => undefined;
  restore = () => undefined;
  isMinimized = () => false;

  async loadURL(url: string): Promise<void> {
    const { webContents } = this;
    if (webContents.page === null) await this.#open();
    if (webContents.page?.url().split("#")[0] !== toPage(url).split("#")[0])
      webContents.emit("did-start-navigation", { isMainFrame: true, isSameDocument: false });
    await webContents.page?.goto(toPage(url));
    this.emit("ready-to-show");
  }

  async #open(): Promise<void> {
    const { webContents } = this;
    const page = await (await context).newPage();
    webContents.page = page;
    const session = await page.context().newCDPSession(page);
    webContents.session = session;
    await session.send("Page.enable");
    await session.send("Runtime.enable");
    await session.send("Runtime.addBinding", { name: bindingName, executionContextName: "preload" });
    session.on("Runtime.bindingCalled", ({ name, payload, executionContextId }) => {
      if (name !== bindingName) return;
      webContents.preloadContext = executionContextId;
      void this.#fromPreload(JSON.parse(payload) as PreloadMessage);
    });
    await session.send("Page.addScriptToEvaluateOnNewDocument", { source: pageWorldScript });
    await session.send("Page.addScriptToEvaluateOnNewDocument", {
      source: preloadWorldScript(readFileSync(this.#options.webPreferences.preload, "utf8")),
      worldName: "preload",
    });
    // Only what the guards would prevent is kept from happening.
    await page.route("**/*", async (route) => {
      const request = route.request();
      if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return route.fallback();
      let isPrevented = false;
      webContents.emit(
        "will-navigate",
        { url: toApp(request.url()), preventDefault: () => (isPrevented = true) },
        toApp(request.url()),
      );
      tell({ type: "navigation", url: request.url(), prevented: isPrevented });
      if (isPrevented) return route.abort("aborted");
      webContents.emit("did-start-navigation", { isMainFrame: true, isSameDocument: false });
      return route.fallback();
    });
    page.on("popup", (popup) => {
      if (webContents.openHandler().action === "deny") void popup.close();
    });
    page.on("close", () => {
      windows.delete(this);
      webContents.emit("destroyed");
      if (windows.size === 0) app.emit("window-all-closed");
    });
  }

  async #fromPreload(message: PreloadMessage): Promise<void> {
    const { webContents } = this;
    const senderFrame = { url: webContents.getURL(), parent: null };
    const event = { sender: webContents, senderFrame };
    if (message.kind === "send") ipcMain.emit(message.channel, event, ...message.args);
    else {
      const value = await ipcMain.handlers.get(message.channel)?.(event, ...message.args);
      webContents.receive({ kind: "reply", id: message.id, value });
    }
  }
}

type PreloadMessage =
  | { readonly kind: "invoke"; readonly id: number; readonly channel: string; readonly args: unknown[] }
  | { readonly kind: "send"; readonly channel: string; readonly args: unknown[] };

// -------------------------------------------------------------------------------------------------- the other parts

class Ipc extends EventEmitter {
  readonly handlers = new Map<string, (event: unknown, ...args: unknown[]) => Promise<unknown>>();
  handle(channel: string, handler: (event: unknown, ...args: unknown[]) => Promise<unknown>) {
    this.handlers.set(channel, handler);
  }
}
export const ipcMain = new Ipc();

class App extends EventEmitter {
  isPackaged = false;
  getLocale = () => process.env["SMA_STAND_IN_LOCALE"] ?? "en-GB";
  setAppUserModelId = () => undefined;
  enableSandbox = () => undefined;
  setAsDefaultProtocolClient = () => true;
  requestSingleInstanceLock = () => true;
  whenReady = () => context.then(() => undefined);
  getAppPath = () => process.env["SMA_STAND_IN_APP"] ?? process.cwd();
  quit() {
    let isPrevented = false;
    this.emit("before-quit", { preventDefault: () => (isPrevented = true) });
    if (!isPrevented) this.exit(0);
  }
  exit(code: number) {
    tell({ type: "exit" });
    process.exit(code);
  }
}
export const app = new App();

export const protocol = {
  registerSchemesAsPrivileged([{ scheme: given, privileges }]: [{ scheme: string; privileges: object }]) {
    scheme = given;
    tell({ type: "scheme", privileges });
  },
  handle(_scheme: string, handler: (request: Request) => Promise<Response>) {
    schemeHandler = handler;
  },
};
type Decide = (isGranted: boolean) => void;
class Session extends EventEmitter {
  ask: (contents: { getURL(): string }, permission: string, decide: Decide) => void = () => undefined;
  check: (contents: { getURL(): string } | null, permission: string) => boolean = () => true;
  device: () => boolean = () => true;
  setPermissionRequestHandler(handler: Session["ask"]) {
    this.ask = handler;
  }
  setPermissionCheckHandler(handler: Session["check"]) {
    this.check = handler;
  }
  setDevicePermissionHandler(handler: Session["device"]) {
    this.device = handler;
  }
}
export const session = { defaultSession: new Session() };

/** Hides with a key of the test's choosing, which stands for the user's key ring; without one there is no key store. */
const keyRing = process.env["SMA_STAND_IN_KEY_RING"] ?? "";
const hide = (bytes: Buffer) =>
  Buffer.from(bytes.map((byte, at) => byte ^ keyRing.charCodeAt(at % keyRing.length)));
export const safeStorage = {
  isEncryptionAvailable: () => keyRing !== "",
  getSelectedStorageBackend: () => (keyRing === "" ? "basic_text" : "gnome_libsecret"),
  encryptString: (text: string) => hide(Buffer.from(text)),
  decryptString: (hidden: Buffer) => hide(hidden).toString("utf8"),
};
export const nativeTheme = { shouldUseDarkColors: false };
export const nativeImage = { createFromPath: (path: string) => ({ path }) };
export const dialog = {
  showErrorBox: (title: string, content: string) => tell({ type: "error-box", title, content }),
};

interface MenuItem {
  readonly label?: string;
  readonly click?: () => void;
  readonly submenu?: readonly MenuItem[];
}
const itemsOf = (items: readonly MenuItem[]): MenuItem[] =>
  items.flatMap((item) => [item, ...itemsOf(item.submenu ?? [])]);
let menuItems: MenuItem[] = [];
export const Menu = {
  buildFromTemplate: (template: readonly MenuItem[]) => template,
  setApplicationMenu(template: readonly MenuItem[]) {
    menuItems = itemsOf(template);
  },
};
export class Tray extends EventEmitter {
  #items: MenuItem[] = [];
  setToolTip = (text: string) => tell({ type: "tray", text });
  setContextMenu(template: readonly MenuItem[]) {
    this.#items = itemsOf(template);
    trayItems = this.#items;
  }
}
let trayItems: MenuItem[] = [];

const notifications = new Set<Notification>();
export class Notification extends EventEmitter {
  static isSupported = () => true;
  readonly #options: { readonly title: string; readonly body: string };
  constructor(options: { readonly title: string; readonly body: string }) {
    super();
    this.#options = options;
  }
  show() {
    notifications.add(this);
    tell({ type: "notification", ...this.#options });
  }
}

export const utilityProcess = {
  fork(path: string) {
    const child = fork(path, [], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    tell({ type: "engine", pid: child.pid });
    return {
      postMessage: (message: object) => child.send(message),
      on: (event: "message", listener: (message: unknown) => void) => child.on(event, listener),
      once: (event: "exit", listener: () => void) => child.once(event, listener),
      kill: () => child.kill("SIGKILL"),
    };
  },
};

// ------------------------------------------------------------------------------------- what a test has the desktop do

interface DesktopAct {
  readonly type: string;
  readonly label?: string;
  readonly words?: string[];
  readonly workingDirectory?: string;
  readonly path?: string;
  readonly link?: string;
  readonly permission?: string;
  readonly url?: string;
  readonly channel?: string;
  readonly args?: unknown[];
  readonly isFrame?: boolean;
}

/** A message as a page at another address, or a frame within ours, would send it. */
async function forge({ channel = "", args = [], url = "", isFrame = false }: DesktopAct): Promise<void> {
  const [window] = windows;
  const senderFrame = { url, parent: isFrame ? {} : null };
  const event = { sender: window?.webContents, senderFrame };
  const handler = ipcMain.handlers.get(channel);
  if (handler === undefined) ipcMain.emit(channel, event, ...args);
  tell({ type: "forged", answer: (await handler?.(event, ...args)) ?? null });
}

/** What the app lets a page at `url` do. */
function askPermissions({ permission = "", url = "" }: DesktopAct): void {
  const { defaultSession } = session;
  const contents = { getURL: () => url };
  let isDownloaded = true;
  defaultSession.emit(
    "will-download",
    { preventDefault: () => (isDownloaded = false) },
    { getURL: () => url },
  );
  defaultSession.ask(contents, permission, (isGranted) =>
    tell({
      type: "permissions",
      isGranted,
      isChecked: defaultSession.check(contents, permission),
      isCheckedWithoutPage: defaultSession.check(null, permission),
      isDevice: defaultSession.device(),
      isDownloaded,
    }),
  );
}

process.on("message", (message: DesktopAct) => {
  const item = (items: readonly MenuItem[]) => items.find(({ label }) => label === message.label);
  if (message.type === "menu") item(menuItems)?.click?.();
  if (message.type === "tray") item(trayItems)?.click?.();
  if (message.type === "second-instance")
    app.emit("second-instance", {}, message.words, message.workingDirectory ?? "/");
  if (message.type === "open-file") app.emit("open-file", { preventDefault: () => undefined }, message.path);
  if (message.type === "open-url") app.emit("open-url", { preventDefault: () => undefined }, message.link);
  if (message.type === "click-notification") [...notifications].at(-1)?.emit("click");
  if (message.type === "close-window") for (const window of windows) void window.webContents.page?.close();
  if (message.type === "permissions") askPermissions(message);
  if (message.type === "forge") void forge(message);
});
process.on("disconnect", () => process.exit(0));
