/** `man sma`, made of what the commands tell of themselves. */
import type { Command } from "../../main/cli/command.ts";
import { exitCodeMeanings } from "../../main/cli/exit-codes.ts";

/** Text as roff takes it: no request at the beginning of a line, no hyphen that a reader cannot copy. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replaceAll(/^([.'])/gm, "\\&$1");
}

function head(name: string, title: string, version: string): string[] {
  return [
    `.TH ${name.toUpperCase()} 1 "" "Server Migration Assistant ${version}"`,
    ".SH NAME",
    `${roff(name)} \\- ${roff(title)}`,
  ];
}

function commandPart({ name, operands, summary, details, options }: Command): string[] {
  const entries = Object.entries(options).flatMap(([option, { short, value, choices, description }]) => {
    const letter = short === undefined ? "" : `\\-${short}, `;
    const argument = value === undefined ? "" : ` \\fI${roff(value)}\\fR`;
    const among = choices === undefined ? "" : ` (${choices.join(", ")})`;
    return [".TP", `\\fB${letter}\\-\\-${roff(option)}\\fR${argument}`, roff(description + among)];
  });
  return [
    `.SS "sma ${roff(name)} ${roff(operands)}"`,
    roff(summary),
    ...(details ?? "").split("\n").flatMap((line) => (line === "" ? [] : [".PP", roff(line)])),
    ...(entries.length === 0 ? [] : [".RS", ...entries, ".RE"]),
  ];
}

export function smaManual(commands: readonly Command[], version: string): string {
  return [
    ...head("sma", "assess servers, copy them, prove the copy equal, prove that it boots", version),
    ".SH SYNOPSIS",
    "\\fBsma\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIOPERANDS\\fR]",
    ".SH DESCRIPTION",
    roff("Every command takes --json, which prints its result as JSON, and --help."),
    roff("Results go to standard output, everything else to standard error. Secrets are never arguments."),
    ".SH COMMANDS",
    ...commands.flatMap(commandPart),
    ".SH EXIT STATUS",
    ...exitCodeMeanings.flatMap(([code, meaning]) => [".TP", String(code), roff(meaning)]),
    ".SH ENVIRONMENT",
    ".TP",
    "SMA_STATE_DIR",
    roff("folder of sources, jobs, receipts and the vault (default: below XDG_DATA_HOME or ~/.local/share)"),
    ".TP",
    "SMA_VAULT_PASSPHRASE",
    roff("opens a vault that was begun with a passphrase"),
    ".SH SEE ALSO",
    "\\fBsma\\-intermediate\\fR(1)",
    "",
  ].join("\n");
}

export function intermediateManual(version: string): string {
  return [
    ...head("sma-intermediate", "receives disks for an assistant, proves them, makes images", version),
    ".SH SYNOPSIS",
    "\\fBsma\\-intermediate\\fR",
    ".SH DESCRIPTION",
    roff(
      "Not for use by hand: an assistant starts it over SSH on a target host and tells it on standard input what to do. It listens for sources on the ports that it is given (8080 and 8703), and ends by itself half an hour after the last work.",
    ),
    ".SH SEE ALSO",
    "\\fBsma\\fR(1), whose \\fBmigrate \\-\\-target\\-host\\fR uses it",
    "",
  ].join("\n");
}
