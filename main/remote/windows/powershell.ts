import { ok, type Result } from "../../../common/result.ts";
import { windowsCommandLine, type CommandLine } from "./command-line.ts";

/** How PowerShell is to be started for a script. */
export interface PowershellCommand {
  readonly line: CommandLine;
  /** What must precede the script's own input; empty where all is in the command line. */
  readonly stdinPrefix: Buffer;
}

// Windows PowerShell 2.0 must understand all of these; `None` keeps it from reading standard input itself.
const switches = [
  "-NoLogo",
  "-NoProfile",
  "-NonInteractive",
  "-ExecutionPolicy",
  "Bypass",
  "-InputFormat",
  "None",
  "-OutputFormat",
  "Text",
  "-EncodedCommand",
];

const preamble =
  "$ProgressPreference='SilentlyContinue';" +
  "try{[Console]::OutputEncoding=New-Object Text.UTF8Encoding($false)}catch{};";

/** Reads its own script, and then the script's parameters, from standard input: one base64 line each, a count first. */
const bootstrap =
  `${preamble}$i=[Console]::OpenStandardInput();` +
  "function Line{$b=New-Object Text.StringBuilder;while(($c=$i.ReadByte())-gt 10){[void]$b.Append([char]$c)};" +
  "[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($b.ToString()))};" +
  "$n=[int](Line);$s=Line;$p=@();for($k=0;$k -lt $n;$k++){$p+=Line};" +
  "& ([ScriptBlock]::Create($s)) @p";

/** Beyond this the script goes through standard input: a command line holds 32,766 characters, base64 and all. */
export const maxInlineScript = 10_000;
/** The same where the command line passes `cmd`, which takes 8,191. */
export const maxInlineScriptThroughCmd = 2_500;

/**
 * Starts Windows PowerShell with a script that the project ships and its parameters (`$args`, or a `param` block).
 * Parameters travel as base64 and are never part of the script's text. `systemRoot` is e.g. `C:\Windows`.
 */
export function powershellCommand(
  systemRoot: string,
  script: string,
  parameters: readonly string[],
  maxInline = maxInlineScript,
): Result<PowershellCommand> {
  const encoded = parameters.map((parameter) => Buffer.from(parameter, "utf8").toString("base64"));
  const list = encoded.map((text) => `'${text}'`).join(",");
  const decode = "[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($_))";
  const inline = `${preamble}$p=@(@(${list})|ForEach-Object{${decode}});& {${script}\n} @p`;
  const fits = inline.length <= maxInline;
  const line = windowsCommandLine([
    `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`,
    ...switches,
    Buffer.from(fits ? inline : bootstrap, "utf16le").toString("base64"),
  ]);
  if (!line.ok) return line;
  if (fits) return ok({ line: line.value, stdinPrefix: Buffer.alloc(0) });
  const header = [String(parameters.length), script].map((text) =>
    Buffer.from(text, "utf8").toString("base64"),
  );
  return ok({
    line: line.value,
    stdinPrefix: Buffer.from([...header, ...encoded].map((text) => `${text}\n`).join("")),
  });
}
