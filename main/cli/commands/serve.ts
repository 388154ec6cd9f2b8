import { told } from "../../../common/domain/report-text/told.ts";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { hostname as hostName, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { failure, FailureError, unwrap } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import { defaultStateDirectory } from "../../state-directory.ts";
import type { RunningServer } from "../../serve/server.ts";
import {
  contentOf,
  flag,
  number,
  text,
  texts,
  UsageError,
  type Command,
  type CommandContext,
} from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { openInBrowser } from "../open-in-browser.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const defaultPort = 8730;

export const serveOptions = {
  port: {
    type: "string",
    short: "p",
    value: "PORT",
    description: `port to listen on (default: ${defaultPort}; 0: one that is free)`,
  },
  open: { type: "boolean", description: "open it in this machine's browser" },
  listen: {
    type: "string",
    value: "ADDRESS",
    description: "address to listen on (default: 127.0.0.1); others want TLS and a password",
  },
  name: {
    type: "string",
    multiple: true,
    value: "HOST",
    description: "name under which browsers reach this machine (default: those in the certificate)",
  },
  "tls-certificate": { type: "string", value: "FILE", description: "certificate chain, PEM" },
  "tls-key": { type: "string", value: "FILE", description: "the certificate's private key, PEM" },
  "password-file": {
    type: "string",
    value: "FILE",
    description: "file with the password that browsers must give",
  },
} as const;

/** The built screens; in a checkout they are built when they are missing or older than their sources. */
async function screensDirectory(context: CommandContext): Promise<string> {
  const directory = join(project, "dist", "renderer");
  const builder = join(project, "scripts", "build-renderer.ts");
  if (existsSync(builder)) {
    const child = spawn(process.execPath, [builder, "--if-stale"], {
      stdio: ["ignore", 2, 2],
      signal: context.signal,
    });
    const status = await new Promise<number | null>((resolve) => {
      child.once("error", () => resolve(null));
      child.once("exit", resolve);
    });
    if (status !== 0) throw new FailureError(failure("internal", told({ kind: "screens-not-built" })));
  }
  if (!existsSync(join(directory, "index.html")))
    throw new FailureError(failure("tool-missing", told({ kind: "no-screens" }), { directory }));
  return directory;
}

async function readOption(
  context: CommandContext,
  option: keyof typeof serveOptions,
): Promise<string | null> {
  const file = text(context.options, option);
  return file === undefined ? null : contentOf(file, option);
}

export async function runServe(context: CommandContext): Promise<number> {
  const { options, terminal, signal } = context;
  const certificate = await readOption(context, "tls-certificate");
  const key = await readOption(context, "tls-key");
  const password = (await readOption(context, "password-file"))?.replace(/\r?\n$/, "") ?? null;
  if ((certificate === null) !== (key === null))
    throw new UsageError("--tls-certificate and --tls-key belong together");
  if (password !== null && password.length < 12)
    throw new UsageError("--password-file: the password must have 12 characters or more");

  const screens = await screensDirectory(context);
  const [{ BrowserSessions }, { namesOfCertificate }, { steadyClock }, { startServer }] = await Promise.all([
    import("../../serve/browser-sessions.ts"),
    import("../../serve/certificate-names.ts"),
    import("../../serve/steady-clock.ts"),
    import("../../serve/server.ts"),
  ]);
  const stateDirectory = defaultStateDirectory(process.env);
  const assistant = await context.assistant();
  assistant.keepSchedule();
  const address = text(options, "listen") ?? "127.0.0.1";
  const clock = steadyClock();
  const server = unwrap(
    await startServer({
      assistant,
      screensDirectory: screens,
      sessions: await BrowserSessions.open(join(stateDirectory, "browser-sessions.json"), clock),
      address,
      port: number(options, "port", 0, 65535) ?? defaultPort,
      names: [...texts(options, "name"), ...(certificate === null ? [] : namesOfCertificate(certificate))],
      tls: certificate === null || key === null ? null : { certificate, key: new Secret(key) },
      password: password === null ? null : new Secret(password),
      clock,
    }),
  );
  const link = server.newLink();
  terminal.print(`Server Migration Assistant: ${link}`);
  terminal.printJson({ origin: server.origin, link });
  if (terminal.canAsk) terminal.note("The link signs one browser in. Enter prints a new one, Ctrl-C ends.");
  // The very link that was printed: another one would void it, and nobody knows whether a browser really opens.
  if (flag(options, "open") && !(await openInBrowser(link, stateDirectory)))
    terminal.note(`No browser could be started here: open the link by hand.${howFromAfar(server.origin)}`);
  await untilEnd(context, server, signal);
  await server.close();
  return exitCodes.done;
}

/** Who came over SSH has the browser at the other end; the server listens on this machine alone. */
function howFromAfar(origin: string): string {
  const { hostname, port } = new URL(origin);
  if (hostname !== "127.0.0.1" || !process.env["SSH_CONNECTION"]) return "";
  return ` On the machine that you came from, first: ssh -L ${port}:${hostname}:${port} ${userInfo().username}@${hostName()}`;
}

function untilEnd({ terminal }: CommandContext, server: RunningServer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (!terminal.canAsk) return;
    terminal.onLine(() => terminal.print(`Server Migration Assistant: ${server.newLink()}`));
  });
}

export const serveCommand: Command = {
  name: "serve",
  operands: "",
  summary: "open the assistant in a browser",
  details:
    "Listens on this machine alone and prints a link that signs one browser in. Jobs go on when the browser closes, and due runs start by themselves. When this command ends they stop, and go on when it is started again.",
  options: serveOptions,
  asksInWindows: true,
  run: runServe,
};
