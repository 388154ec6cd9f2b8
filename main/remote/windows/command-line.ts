import { fail, ok, type Result } from "../../../common/result.ts";
import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";

export interface CommandLine {
  /** A path, or a name for `cmd` to find. */
  readonly program: string;
  /** Already quoted; joined by single spaces on the server. */
  readonly arguments: readonly string[];
  /** Started by itself instead of by `cmd /c`; `program` is then a full path. */
  readonly skipCmd: boolean;
}

/** The longest command line that `cmd` takes, and that CreateProcess takes (characters). */
const maxCmdLength = 8191;
const maxProcessLength = 32_766;

/**
 * Quotes one argument so that the C runtime of the started program reads it back unchanged: backslashes count only
 * before a quote, where they are doubled.
 */
export function quoteArgument(argument: string): string {
  if (argument !== "" && !/[\s"]/.test(argument)) return argument;
  const escaped = argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1");
  return `"${escaped}"`;
}

/**
 * The command line that starts a program with these arguments, each unchanged. With a full path the program is started
 * by itself and arguments may hold anything but NUL. A bare name goes through `cmd`, which finds it, but would expand
 * `%…%` and end the line at a line break: such arguments are refused with `input-invalid`, naming the argument.
 */
export function windowsCommandLine(argv: readonly [string, ...string[]]): Result<CommandLine> {
  const [program, ...rest] = argv;
  const withNul = argv.findIndex((argument) => argument.includes("\0"));
  if (withNul >= 0) return refuse(withNul, told({ kind: "has-nul" }));
  const skipCmd = /^[A-Za-z]:\\/.test(program) || program.startsWith("\\\\");
  if (skipCmd) {
    if (program.includes('"')) return refuse(0, told({ kind: "has-quote" }));
    const line = { program: quoteArgument(program), arguments: rest.map(quoteArgument), skipCmd };
    return checkLength(line, maxProcessLength);
  }
  if (!/^[A-Za-z0-9_.\-]+$/.test(program)) return refuse(0, told({ kind: "is-no-program-path" }));
  const unsafe = rest.findIndex((argument) => /[%\r\n]/.test(argument));
  if (unsafe >= 0) return refuse(unsafe + 1, told({ kind: "has-percent-or-break" }));
  const line = { program, arguments: rest.map((argument) => escapeForCmd(quoteArgument(argument))), skipCmd };
  return checkLength(line, maxCmdLength);
}

/** A caret before each character that `cmd` acts upon, the quotes among them, so that no quoting state arises. */
export function escapeForCmd(quoted: string): string {
  return quoted.replace(/[()!^"<>&|]/g, "^$&");
}

function checkLength(line: CommandLine, max: number): Result<CommandLine> {
  const length = [line.program, ...line.arguments].reduce((sum, part) => sum + part.length + 1, 0);
  if (length <= max) return ok(line);
  return fail("input-invalid", told({ kind: "command-line-too-long", length, most: max }), {
    field: "argv",
  });
}

function refuse(index: number, why: Told) {
  const what = index === 0 ? told({ kind: "the-program" }) : told({ kind: "the-argument", index });
  return fail("input-invalid", told({ kind: "argument-unusable", what, why }), { field: `argv[${index}]` });
}
