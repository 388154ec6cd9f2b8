/** The window's app for tests: real Electron where its program is present, otherwise the stand-in. */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, _electron, type Browser, type Page } from "playwright-core";
import { buildWindow } from "../../../scripts/build-window.ts";
import { projectDirectory } from "../run-sma.ts";

/** The downloaded Electron program, or null. */
export function electronProgram(): string | null {
  const folder = join(projectDirectory, "node_modules", "electron");
  const pathFile = join(folder, "path.txt");
  if (!existsSync(pathFile)) return null;
  const program = join(folder, "dist", readFileSync(pathFile, "utf8"));
  return existsSync(program) ? program : null;
}

export interface StandInMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface WindowApp {
  /** Which of the two this is, for the test's output. */
  readonly kind: "electron" | "stand-in";
  /** The first window's page, once it is there. */
  firstPage(): Promise<Page>;
  pages(): Page[];
  /** Messages of the stand-in so far; empty on Electron. */
  readonly messages: readonly StandInMessage[];
  /** Has the desktop do something; the stand-in only. */
  act(message: StandInMessage): void;
  close(): Promise<void>;
  /** Resolves when the app has ended by itself. */
  ended(): Promise<void>;
}

export interface WindowAppOptions {
  /** Further arguments, as a desktop gives them. */
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startWindowApp(
  stateDirectory: string,
  options: WindowAppOptions = {},
): Promise<WindowApp> {
  const program = electronProgram();
  return program === null
    ? startStandIn(stateDirectory, options)
    : startElectron(program, stateDirectory, options);
}

async function startElectron(
  program: string,
  stateDirectory: string,
  { words = [], environment = {} }: WindowAppOptions,
): Promise<WindowApp> {
  await buildWindow({ outDirectory: join(projectDirectory, "dist", "electron") });
  const app = await _electron.launch({
    executablePath: program,
    args: [projectDirectory, ...words],
    env: { ...(process.env as Record<string, string>), ...environment, SMA_STATE_DIR: stateDirectory },
  });
  return {
    kind: "electron",
    firstPage: () => app.firstWindow(),
    pages: () => app.windows(),
    messages: [],
    act: () => undefined,
    close: () => app.close(),
    ended: () => new Promise((resolve) => app.once("close", () => resolve())),
  };
}

async function startStandIn(
  stateDirectory: string,
  { words = [], environment = {} }: WindowAppOptions,
): Promise<WindowApp> {
  // Within the project, where its packages are found; preload and engine are the real build's.
  const outDirectory = join(projectDirectory, "dist", "stand-in");
  await buildWindow({ outDirectory: join(projectDirectory, "dist", "electron") });
  await buildWindow({
    outDirectory,
    electronStandIn: join(projectDirectory, "test/support/electron/stand-in.ts"),
  });
  const messages: StandInMessage[] = [];
  let child: ChildProcess | null = null;
  const endpoint = await new Promise<string>((resolve, reject) => {
    child = fork(join(outDirectory, "main.mjs"), [...words], {
      env: {
        ...process.env,
        ...environment,
        SMA_STATE_DIR: stateDirectory,
        SMA_STAND_IN_APP: projectDirectory,
      },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.on("message", (message: StandInMessage) => {
      messages.push(message);
      if (message.type === "browser") resolve(String(message["endpoint"]));
    });
    child.once("exit", (code) => reject(new Error(`the window's app ended with ${code}`)));
  });
  const browser: Browser = await chromium.connectOverCDP(endpoint);
  const pages = () =>
    browser.contexts().flatMap((context) => context.pages().filter((page) => page.url() !== "about:blank"));
  return {
    kind: "stand-in",
    messages,
    pages,
    async firstPage() {
      for (;;) {
        const [page] = pages();
        if (page !== undefined) return page;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    act: (message) => void child?.send(message),
    async close() {
      await browser.close();
      if (child !== null && child.exitCode === null) {
        const ended = new Promise((resolve) => child?.once("exit", resolve));
        child.disconnect();
        await ended;
      }
    },
    ended: () =>
      new Promise((resolve) => {
        if (child === null || child.exitCode !== null) resolve();
        else child.once("exit", () => resolve());
      }),
  };
}
