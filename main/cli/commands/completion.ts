import { UsageError, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

const shells = ["bash", "zsh", "fish"] as const;

function firstWords(commands: readonly Command[]): string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
}

/** The words that may follow `first`, as in `source add`. */
function secondWords(commands: readonly Command[], first: string): string[] {
  return commands
    .map(({ name }) => name.split(" "))
    .flatMap(([a, b]) => (a === first && b !== undefined ? [b] : []));
}

/** Options that take a value, with the words that it may be; none: a file, or what only the admin knows. */
function valueOptions(
  commands: readonly Command[],
): { readonly name: string; readonly option: string; readonly choices: readonly string[] }[] {
  return commands.flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([option, { type, choices = [] }]) =>
      type === "string" ? [{ name, option, choices }] : [],
    ),
  );
}

/** The command that lists what the operand of this one may be; null where nothing of ours does. */
function listOf({ name, operands }: Command): string | null {
  const [first] = name.split(" ");
  if (operands === "JOB") return "job list";
  if (operands.includes("SOURCE")) return "source list";
  if (operands !== "NAME" || /create|add|set/.test(name)) return null;
  return { source: "source list", instance: "instance list", cloud: "cloud accounts" }[first ?? ""] ?? null;
}

/** A list's first column, without its head. */
const namesFrom = (list: string): string => `sma ${list} 2>/dev/null | awk 'NR > 1 { print $1 }'`;

function bash(commands: readonly Command[]): string {
  const seconds = firstWords(commands).flatMap((first) => {
    const follow = secondWords(commands, first);
    return follow.length === 0 ? [] : [`    ${first}) words="${follow.join(" ")}" ;;`];
  });
  const optionsOf = ({ name, options }: Command) =>
    `    "${name}") words="${[...Object.keys(options), "json", "help"].map((option) => `--${option}`).join(" ")}" ;;`;
  const ofTwo = commands.filter(({ name }) => name.includes(" ")).map(optionsOf);
  const ofOne = commands.filter(({ name }) => !name.includes(" ")).map(optionsOf);
  // One pattern for `migrate --format` and one for `job resume --format`: a command's name has one word or two.
  const values = valueOptions(commands).map(
    ({ name, option, choices }) =>
      `    "${name} --${option}"|"${name} "*" --${option}") words="${choices.join(" ")}" value=1 ;;`,
  );
  const operands = commands.flatMap((command) => {
    const list = listOf(command);
    const pattern = command.name.includes(" ") ? `"${command.name}"` : `"${command.name} "*`;
    return list === null ? [] : [`      ${pattern}) words=$(${namesFrom(list)}) ;;`];
  });
  return `_sma() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local first=\${COMP_WORDS[1]} second=\${COMP_WORDS[2]} words= value=
  COMPREPLY=()
  case "$first $second $before" in
${values.join("\n")}
  esac
  if [ -z "$value" ]; then
    if [ "$COMP_CWORD" -eq 1 ]; then
      words="help ${firstWords(commands).join(" ")}"
    elif [ "$COMP_CWORD" -eq 2 ]; then
      case $first in
${seconds.join("\n")}
      help) words="exit-codes ${firstWords(commands).join(" ")}" ;;
      esac
    fi
    if [ -z "$words" ]; then
      case "$first $second" in
${ofTwo.join("\n")}
      *) case "$first" in
${ofOne.join("\n")}
      esac ;;
      esac
      # Options where one is begun; otherwise an operand is wanted.
      case $current in
      -*) ;;
      *)
        words=
        case "$first $second" in
${operands.join("\n")}
        esac ;;
      esac
    fi
  fi
  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _sma sma
`;
}

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function fish(commands: readonly Command[]): string {
  const lines = [
    // True where the words after `sma` begin with these.
    "function __sma_at",
    "  set -l words (commandline -opc)",
    "  set -e words[1]",
    "  set -l wanted (count $argv)",
    '  test "$words[1..$wanted]" = "$argv"',
    "end",
  ];
  for (const first of [...firstWords(commands), "help"]) {
    const only = commands.find(({ name }) => name === first);
    const told = only === undefined ? "" : ` -d ${quoted(only.summary)}`;
    lines.push(`complete -c sma -n __fish_use_subcommand -f -a ${first}${told}`);
    const seconds = secondWords(commands, first);
    const isNext = quoted(`__sma_at ${first}; and test (count (commandline -opc)) -eq 2`);
    for (const second of seconds) {
      const summary = commands.find(({ name }) => name === `${first} ${second}`)?.summary ?? "";
      lines.push(`complete -c sma -n ${isNext} -f -a ${second} -d ${quoted(summary)}`);
    }
  }
  for (const command of commands) {
    const { name, options } = command;
    // `doctor` has options of its own, which `doctor windows` does not take.
    const others = secondWords(commands, name).map((second) => `; and not __sma_at ${name} ${second}`);
    const at = quoted(`__sma_at ${name}${others.join("")}`);
    const list = listOf(command);
    if (list !== null) lines.push(`complete -c sma -n ${at} -a ${quoted(`(${namesFrom(list)})`)}`);
    for (const [option, { description, type, short, choices }] of Object.entries(options)) {
      const value = choices === undefined ? "" : ` -f -a ${quoted(choices.join(" "))}`;
      const takes = type === "string" ? ` -r${value}` : "";
      const letter = short === undefined ? "" : ` -s ${short}`;
      lines.push(`complete -c sma -n ${at} -l ${option}${letter}${takes} -d ${quoted(description)}`);
    }
  }
  lines.push("complete -c sma -l json -d 'print the result as JSON'", "complete -c sma -l help -s h");
  return `${lines.join("\n")}\n`;
}

export const completionCommand = (all: () => readonly Command[]): Command => ({
  name: "completion",
  operands: "bash|zsh|fish",
  summary: "print shell completion, e.g. `source <(sma completion bash)`",
  options: {},
  run({ operands, terminal }) {
    const [shell, ...more] = operands;
    if (more.length > 0) throw new UsageError("exactly one shell is wanted");
    switch (shell) {
      case "bash":
        terminal.write(bash(all()));
        break;
      case "zsh":
        // zsh runs bash completions through its own adapter.
        terminal.write(
          `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(all())}`,
        );
        break;
      case "fish":
        terminal.write(fish(all()));
        break;
      default:
        throw new UsageError(`the shell is one of ${shells.join(", ")}`);
    }
    return Promise.resolve(exitCodes.done);
  },
});
