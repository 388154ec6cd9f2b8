/** `sma`: the assistant on the command line. Wiring only. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FailureError, unwrap } from "../../common/result.ts";
import { Secret } from "../../common/secret.ts";
import type { Assistant } from "../assistant.ts";
import { defaultStateDirectory } from "../state-directory.ts";
import { commands } from "./commands/index.ts";
import { type Command, type OptionValues, UsageError } from "./command.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { commandsBelow, findCommand, nearbyCommands, nearbyOptions } from "./find-command.ts";
import { commandHelp, commandList, exitCodeHelp, overview } from "./help.ts";
import { askAboutHostKey } from "./host-keys.ts";
import { Terminal } from "./terminal.ts";

const projectDirectory = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Options that every command takes. */
const commonOptions = {
  json: { type: "boolean", description: "print the result as JSON" },
  help: { type: "boolean", short: "h", description: "show this help" },
} as const;

const asksForHelp = (word: string | undefined): boolean => word === "--help" || word === "-h";

/** `sma help …`: everything, the commands that begin with a word, or one command with its options. */
function help(terminal: Terminal, words: readonly string[]): number {
  const [first] = words;
  const wanted = findCommand(commands, words);
  const below = first === undefined || words.length > 1 ? [] : commandsBelow(commands, first);
  const { columns } = terminal;
  let lines: readonly string[] = [];
  if (first === undefined) lines = overview(commands, columns);
  else if (first === "exit-codes") lines = exitCodeHelp(columns);
  else if (wanted !== null) lines = commandHelp(wanted.command, commonOptions, columns);
  else if (below.length > 0) lines = commandList(below, columns);
  else return noSuchCommand(terminal, words);
  for (const line of lines) terminal.print(line);
  return exitCodes.done;
}

function noSuchCommand(terminal: Terminal, words: readonly string[]): number {
  const end = words.findIndex((word) => word.startsWith("-"));
  const name = words.slice(0, end < 1 ? 2 : Math.min(end, 2)).join(" ");
  const [near = "", ...others] = nearbyCommands(commands, words).map((each) => `\`sma ${each}\``);
  const meant = near === "" ? "" : `; did you mean ${[near, ...others].join(" or ")}?`;
  const whereListed = "`sma help` lists the commands";
  terminal.misused("sma", `there is no command "${name}"${meant}`, whereListed);
  if (terminal.json || near !== "") return exitCodes.usage;
  const below = commandsBelow(commands, words[0] ?? "");
  if (below.length === 0) terminal.note(whereListed);
  else for (const line of commandList(below, terminal.columns)) terminal.note(line);
  return exitCodes.usage;
}

/** What Node says of arguments, without its advice about dashes, which is for other mistakes than these. */
function describeParseError(error: unknown, options: Readonly<Record<string, unknown>>): string {
  const said = error instanceof Error ? error.message : String(error);
  const unknown = /^Unknown option '(-[^']*)'/.exec(said)?.[1];
  if (unknown === undefined) return said.replaceAll("\n", " ");
  const near = nearbyOptions(Object.keys(options), unknown.replace(/^-+/, ""));
  const meant = near.length === 0 ? "" : `; did you mean ${near.map((name) => `--${name}`).join(" or ")}?`;
  return `there is no option ${unknown}${meant}`;
}

async function main(given: readonly string[]): Promise<number> {
  const streams = { out: process.stdout, err: process.stderr, in: process.stdin };
  const end = given.indexOf("--");
  const isJson = given.slice(0, end === -1 ? undefined : end).includes("--json");
  const terminal = new Terminal(isJson, streams);
  const text = new Terminal(false, streams);
  const [first] = given;
  if (first === undefined || first === "help" || asksForHelp(first)) return help(text, given.slice(1));
  const words = first === "--version" || first === "-V" ? ["version", ...given.slice(1)] : given;
  const found = findCommand(commands, words);
  if (found === null) {
    // `sma job --help`
    return asksForHelp(words[1]) ? help(text, [first]) : noSuchCommand(terminal, words);
  }
  const { command, rest } = found;
  const misused = (message: string, line?: string): number => {
    const whereTold = `\`sma help ${command.name}\` tells its options`;
    terminal.misused(`sma ${command.name}`, message, whereTold);
    if (terminal.json) return exitCodes.usage;
    if (line !== undefined) terminal.note(line);
    terminal.note(whereTold);
    return exitCodes.usage;
  };
  const usage = `usage: sma ${command.name} ${command.operands}`.trimEnd();

  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...rest],
      options: { ...command.options, ...commonOptions },
      allowPositionals: true,
    });
  } catch (error) {
    return misused(describeParseError(error, { ...command.options, ...commonOptions }));
  }
  if (parsed.values["help"] === true) return help(text, command.name.split(" "));
  const [surplus] = parsed.positionals;
  if (command.operands === "" && surplus !== undefined)
    return misused(`it takes no operands, and "${surplus}" is one`, usage);

  const interruption = new AbortController();
  const interrupt = () => {
    // A second Ctrl-C does not wait for anything.
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    terminal.note("stopping; press Ctrl-C again to leave at once");
    interruption.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);

  let assistant: Assistant | null = null;
  try {
    return await command.run({
      options: parsed.values,
      operands: parsed.positionals,
      terminal,
      signal: interruption.signal,
      assistant: async () => (assistant ??= await openAssistant(command, terminal, parsed.values)),
    });
  } catch (error) {
    if (error instanceof UsageError) return misused(error.message, usage);
    if (error instanceof FailureError) {
      terminal.fail(error.failure);
      return exitCodeOf(error.failure);
    }
    throw error;
  } finally {
    terminal.clearStatus();
    await (assistant as Assistant | null)?.close();
  }
}

/** The engine, whose code is read only here: help, completion and mistakes need nothing of it. */
async function openAssistant(
  command: Command,
  terminal: Terminal,
  options: OptionValues,
): Promise<Assistant> {
  const { createAssistant } = await import("../assistant.ts");
  return unwrap(
    await createAssistant({
      stateDirectory: defaultStateDirectory(process.env),
      resourcesDirectory: join(projectDirectory, "resources"),
      intermediateCommand: [process.execPath, join(projectDirectory, "intermediate", "index.ts")],
      decideHostKey:
        command.asksInWindows === true
          ? null
          : askAboutHostKey(terminal, {
              "accept-host-key": options["accept-host-key"],
              "accept-certificate": options["accept-certificate"],
            }),
      vault: null,
      vaultPassphrase: passphraseFrom(process.env),
      clock: Date.now,
    }),
  );
}

function passphraseFrom(environment: NodeJS.ProcessEnv): Secret | null {
  const given = environment["SMA_VAULT_PASSPHRASE"];
  // Children must not inherit it.
  delete environment["SMA_VAULT_PASSPHRASE"];
  return given === undefined || given === "" ? null : new Secret(given);
}

process.stdout.on("error", (error) => {
  // The reader went away (`sma job list | head`).
  if ("code" in error && error.code === "EPIPE") process.exit(exitCodes.done);
  throw error;
});
process.exit(await main(process.argv.slice(2)));
