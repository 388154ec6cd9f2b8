import { readFile } from "node:fs/promises";
import type { ParseArgsOptionDescriptor } from "node:util";
import type { Assistant } from "../assistant.ts";
import type { Terminal } from "./terminal.ts";

/** An option of a command; what it means stands beside it, so help and completion cannot lag behind. */
export interface CommandOption extends ParseArgsOptionDescriptor {
  readonly description: string;
  /** How the value is shown in the help, e.g. `HOST`. */
  readonly value?: string;
  /** Fixed values for completion. */
  readonly choices?: readonly string[];
}

export type OptionValues = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>;

export interface CommandContext {
  readonly options: OptionValues;
  readonly operands: readonly string[];
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Opens the engine; a command that does not need it stays quick. */
  assistant(): Promise<Assistant>;
}

export interface Command {
  /** Words after `sma`, e.g. `source add`. */
  readonly name: string;
  /** Operands as shown in the help, e.g. `[USER@]HOST[:PORT]`. */
  readonly operands: string;
  readonly summary: string;
  readonly details?: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Its windows ask about host keys; otherwise the terminal does. */
  readonly asksInWindows?: boolean;
  /** Gives the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** Wrong usage: printed with the command's help line; exit code 2. */
export class UsageError extends Error {}

export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

export function texts(options: OptionValues, name: string): string[] {
  const value = options[name];
  if (Array.isArray(value)) return value.filter((entry) => typeof entry === "string");
  return typeof value === "string" ? [value] : [];
}

export function flag(options: OptionValues, name: string): boolean {
  return options[name] === true;
}

/** One of fixed words, or a {@link UsageError} that lists them; undefined where the option is not given. */
export function choice<T extends string>(
  options: OptionValues,
  name: string,
  choices: readonly T[],
): T | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const known = choices.find((each) => each === given);
  if (known === undefined) throw new UsageError(`--${name} is one of ${choices.join(", ")}, not "${given}"`);
  return known;
}

/** The command's one operand; `what` names it, and may say which command lists them. */
export function onlyOperand({ operands }: Pick<CommandContext, "operands">, what: string): string {
  const [operand, ...more] = operands;
  const [noun = "", ...rest] = what.split(";");
  if (operand !== undefined && more.length === 0) return operand;
  throw new UsageError([`exactly one ${noun} is wanted`, ...rest].join(";"));
}

/** The text of a file that an option names; `-` is standard input. */
export async function contentOf(path: string, option: string): Promise<string> {
  return readFile(path === "-" ? "/dev/stdin" : path, "utf8").catch((error: unknown) => {
    throw new UsageError(`--${option}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** A whole number within bounds, or a {@link UsageError} that names the option. */
export function number(
  options: OptionValues,
  name: string,
  minimum: number,
  maximum: number,
): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!/^-?\d+$/.test(given) || value < minimum || value > maximum) {
    throw new UsageError(`--${name} wants a whole number from ${minimum} to ${maximum}, not "${given}"`);
  }
  return value;
}

/** A rate such as `500k`, `20M` (powers of 1024, bytes a second) or `100mbit`. */
export function rate(options: OptionValues, name: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(k|m|g|kbit|mbit|gbit)?$/i.exec(given);
  if (match === null)
    throw new UsageError(`--${name} wants a rate such as 500k, 20M or 100mbit, not "${given}"`);
  const units: Readonly<Record<string, number>> = {
    "": 1,
    k: 1024,
    m: 1024 ** 2,
    g: 1024 ** 3,
    kbit: 125,
    mbit: 125_000,
    gbit: 125_000_000,
  };
  return Math.floor(Number(match[1]) * (units[(match[2] ?? "").toLowerCase()] ?? 1));
}
