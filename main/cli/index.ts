/** `sma`: the assistant on the command line. Wiring only. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FailureError, unwrap } from "../../common/result.ts";
import { Secret } from "../../common/secret.ts";
import { createAssistant, type Assistant } from "../assistant.ts";
import { defaultStateDirectory } from "../state-directory.ts";
import { commands } from "./commands/index.ts";
import { type Command, UsageError } from "./command.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { commandsBelow, findCommand, nearbyCommands, nearbyOptions } from "./find-command.ts";
import { commandHelp, overview } from "./help.ts";
import { askAboutHostKey } from "./host-keys.ts";
import { Terminal } from "./terminal.ts";

const projectDirectory = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Options that every command takes. */
const commonOptions = {
  json: { type: "boolean", description: "print the result as JSON" },
  help: { type: "boolean", short: "h", description: "show this help" },
} as const;

/** `sma help job` tells of the commands that begin with `job`. */
function narrowed(all: readonly Command[], first: string | undefined): readonly Command[] {
  const below = first === undefined ? [] : commandsBelow(all, first);
  return below.length === 0 ? all : below;
}

function noSuchCommand(terminal: Terminal, words: readonly string[]): number {
  terminal.note(`sma: there is no command "${words.slice(0, 2).join(" ")}"; \`sma help\` lists them`);
  const near = nearbyCommands(commands, words);
  if (near.length > 0) terminal.note(`did you mean ${near.map((name) => `\`sma ${name}\``).join(" or ")}?`);
  const below = commandsBelow(commands, words[0] ?? "");
  if (near.length === 0 && below.length > 0)
    terminal.note(`there are ${below.map(({ name }) => `\`sma ${name}\``).join(", ")}`);
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

async function main(words: readonly string[]): Promise<number> {
  const streams = { out: process.stdout, err: process.stderr, in: process.stdin };
  const plain = new Terminal(false, streams);
  if (words.length === 0 || ["help", "--help", "-h"].includes(words[0] ?? "")) {
    const wanted = findCommand(commands, words.slice(1));
    const below = narrowed(commands, words[1]);
    if (wanted === null && words[1] !== undefined && words[1] !== "exit-codes" && below === commands)
      return noSuchCommand(plain, words.slice(1));
    plain.print(wanted === null ? overview(below) : commandHelp(wanted.command, commonOptions));
    return exitCodes.done;
  }
  const found = findCommand(commands, words[0] === "--version" ? ["version", ...words.slice(1)] : words);
  if (found === null) return noSuchCommand(plain, words);
  const { command, rest } = found;

  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...rest],
      options: { ...command.options, ...commonOptions },
      allowPositionals: true,
    });
  } catch (error) {
    plain.note(`sma ${command.name}: ${describeParseError(error, { ...command.options, ...commonOptions })}`);
    plain.note(`\`sma help ${command.name}\` tells its options`);
    return exitCodes.usage;
  }
  if (parsed.values["help"] === true) {
    plain.print(commandHelp(command, commonOptions));
    return exitCodes.done;
  }

  const terminal = new Terminal(parsed.values["json"] === true, streams);
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
      async assistant() {
        assistant ??= unwrap(
          await createAssistant({
            stateDirectory: defaultStateDirectory(process.env),
            resourcesDirectory: join(projectDirectory, "resources"),
            intermediateCommand: [process.execPath, join(projectDirectory, "intermediate", "index.ts")],
            decideHostKey:
              command.asksInWindows === true
                ? null
                : askAboutHostKey(terminal, {
                    "accept-host-key": parsed.values["accept-host-key"],
                    "accept-certificate": parsed.values["accept-certificate"],
                  }),
            vault: null,
            vaultPassphrase: passphraseFrom(process.env),
            clock: Date.now,
          }),
        );
        return assistant;
      },
    });
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(`sma ${command.name}: ${error.message}`);
      terminal.note(`usage: sma ${command.name} ${command.operands}`.trimEnd());
      terminal.note(`\`sma help ${command.name}\` tells its options`);
      return exitCodes.usage;
    }
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
