import type { Command, CommandOption } from "./command.ts";
import { exitCodeMeanings } from "./exit-codes.ts";
import { formatEntries, wrapText } from "./format.ts";

/** One line or so for each command. */
export function commandList(commands: readonly Command[], columns: number): string[] {
  return formatEntries(
    commands.map(({ name, summary }) => [`  sma ${name}`, summary]),
    columns,
  );
}

export function overview(commands: readonly Command[], columns: number): string[] {
  return [
    ...wrapText(
      "Server Migration Assistant: assess a server, copy it, prove the copy equal, prove that it boots.",
      columns,
    ),
    "",
    ...commandList(commands, columns),
    "",
    ...wrapText("`sma help COMMAND` tells a command's options. Every command takes --json.", columns),
    "",
    ...exitCodeHelp(columns),
  ];
}

export function exitCodeHelp(columns: number): string[] {
  return [
    "Exit codes:",
    ...formatEntries(
      exitCodeMeanings.map(([code, meaning]) => [`  ${code}`, meaning]),
      columns,
    ),
  ];
}

export function commandHelp(
  command: Command,
  commonOptions: Readonly<Record<string, CommandOption>>,
  columns: number,
): string[] {
  const entries = Object.entries({ ...command.options, ...commonOptions }).map(([name, option]) => {
    const short = option.short === undefined ? "" : `-${option.short}, `;
    const choices = option.choices === undefined ? "" : ` (${option.choices.join(", ")})`;
    return [
      `  ${short}--${name}${option.value === undefined ? "" : ` ${option.value}`}`,
      option.description + choices,
    ] as const;
  });
  const paragraphs = [command.summary, ...(command.details?.split("\n") ?? [])];
  return [
    `usage: sma ${command.name} ${command.operands}`.trimEnd(),
    "",
    ...paragraphs.flatMap((paragraph) => wrapText(paragraph, columns)),
    "",
    "Options:",
    ...formatEntries(entries, columns),
  ];
}
