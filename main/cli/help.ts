import type { Command, CommandOption } from "./command.ts";
import { exitCodeMeanings } from "./exit-codes.ts";
import { formatTable } from "./format.ts";

export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, operands, summary }) => [
    `  sma ${name} ${operands}`.trimEnd(),
    summary,
  ]);
  const codes = exitCodeMeanings.map(([code, meaning]) => [`  ${code}`, meaning]);
  return [
    "Server Migration Assistant: assess a server, copy it, prove the copy equal, prove that it boots.",
    "",
    ...formatTable(rows),
    "",
    "`sma help COMMAND` tells a command's options. Every command takes --json.",
    "",
    "Exit codes:",
    ...formatTable(codes),
  ].join("\n");
}

export function commandHelp(
  command: Command,
  commonOptions: Readonly<Record<string, CommandOption>>,
): string {
  const rows = Object.entries({ ...command.options, ...commonOptions }).map(([name, option]) => {
    const short = option.short === undefined ? "" : `-${option.short}, `;
    const choices = option.choices === undefined ? "" : ` (${option.choices.join(", ")})`;
    return [
      `  ${short}--${name}${option.value === undefined ? "" : ` ${option.value}`}`,
      option.description + choices,
    ];
  });
  return [
    `usage: sma ${command.name} ${command.operands}`.trimEnd(),
    "",
    command.summary,
    ...(command.details === undefined ? [] : ["", command.details]),
    "",
    "Options:",
    ...formatTable(rows),
  ].join("\n");
}
