import { UsageError, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** The words that may follow, one command a line: its name, then its options. Made from the command table itself. */
function wordLists(
  commands: readonly Command[],
): { readonly name: string; readonly words: readonly string[] }[] {
  return commands.map(({ name, options }) => ({
    name,
    words: [...Object.keys(options), "json", "help"].map((option) => `--${option}`),
  }));
}

/** Options that take one of fixed words, with those. */
function choicesOf(
  commands: readonly Command[],
): { readonly name: string; readonly option: string; readonly choices: readonly string[] }[] {
  return commands.flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([option, { choices }]) =>
      choices === undefined ? [] : [{ name, option, choices }],
    ),
  );
}

function firstWords(commands: readonly Command[]): string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
}

function bash(commands: readonly Command[]): string {
  const seconds = firstWords(commands).map((first) => {
    const follow = commands
      .map(({ name }) => name.split(" "))
      .filter(([a, b]) => a === first && b !== undefined);
    return follow.length === 0 ? "" : `    ${first}) words="${follow.map(([, b]) => b).join(" ")}" ;;`;
  });
  const options = wordLists(commands).map(
    ({ name, words }) => `    "${name}") words="${words.join(" ")}" ;;`,
  );
  // One pattern for `migrate --format` and one for `job resume --format`: a command's name has one word or two.
  const choices = choicesOf(commands).map(
    ({ name, option, choices: words }) =>
      `    "${name} --${option}"|"${name} "*" --${option}") words="${words.join(" ")}" ;;`,
  );
  return `_sma() {
  local current=\${COMP_WORDS[COMP_CWORD]} first=\${COMP_WORDS[1]} second=\${COMP_WORDS[2]} words=
  local before=\${COMP_WORDS[COMP_CWORD-1]}
  case "$first $second $before" in
${choices.join("\n")}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="help ${firstWords(commands).join(" ")}"
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case $first in
${seconds.filter((line) => line !== "").join("\n")}
    esac
  fi
  if [ -z "$words" ]; then
    case "$first $second" in
${options.filter((line) => line.includes(" ")).join("\n")}
    esac
    [ -n "$words" ] || case "$first" in
${options.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _sma sma
`;
}

function fish(commands: readonly Command[]): string {
  const lines = firstWords(commands).map((word) => `complete -c sma -n __fish_use_subcommand -a ${word}`);
  for (const { name, summary, options } of commands) {
    const [first, second] = name.split(" ");
    const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    if (second !== undefined)
      lines.push(
        `complete -c sma -n '__fish_seen_subcommand_from ${first}' -a ${second} -d ${quoted(summary)}`,
      );
    const seen = `__fish_seen_subcommand_from ${second ?? first}`;
    for (const [option, { description, type, choices }] of Object.entries(options)) {
      const value = choices === undefined ? "" : ` -f -a ${quoted(choices.join(" "))}`;
      const takes = type === "string" ? ` -r${value}` : "";
      lines.push(`complete -c sma -n '${seen}' -l ${option}${takes} -d ${quoted(description)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

export const completionCommand = (all: () => readonly Command[]): Command => ({
  name: "completion",
  operands: "bash|zsh|fish",
  summary: "print shell completion, e.g. `source <(sma completion bash)`",
  options: {},
  run({ operands, terminal }) {
    const shell = operands[0];
    switch (shell) {
      case "bash":
        terminal.write(bash(all()));
        break;
      case "zsh":
        // zsh runs bash completions through its own adapter.
        terminal.write(`autoload -U +X bashcompinit && bashcompinit\n${bash(all())}`);
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
