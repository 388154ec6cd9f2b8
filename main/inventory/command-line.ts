/** A command line as it stands in a bundle, reduced to the tool that speaks in its output. */
export interface CommandLine {
  /** Base name without path and `.exe`, lower case: `lsblk`, `systeminfo`, `powershell`. */
  readonly tool: string;
  readonly args: readonly string[];
}

const wrappers = new Set([
  "sudo",
  "doas",
  "nice",
  "ionice",
  "env",
  "command",
  "exec",
  "busybox",
  "stdbuf",
  "setsid",
  "nohup",
  "time",
  "chroot",
  "timeout",
]);
const shells = new Set(["sh", "bash", "dash", "ash", "ksh", "zsh", "cmd"]);

/**
 * Strips environment assignments, wrappers (sudo, timeout 10, nice, env), paths and what follows a pipe, so that
 * `LC_ALL=C sudo -n /sbin/blkid -p /dev/sda | cat` is `blkid -p /dev/sda`.
 */
export function parseCommandLine(commandLine: string): CommandLine {
  return reduce(firstCommand(splitWords(commandLine)), 0);
}

function reduce(words: readonly string[], depth: number): CommandLine {
  let at = 0;
  while (at < words.length && /^[A-Za-z_][A-Za-z0-9_]*=/.test(words[at] ?? "")) at++;
  const name = words[at];
  if (name === undefined) return { tool: "", args: [] };
  const tool = toolName(name);
  const rest = words.slice(at + 1);
  if (depth > 4) return { tool, args: rest };
  if (wrappers.has(tool)) {
    let next = 0;
    while (next < rest.length) {
      const word = rest[next] ?? "";
      if (/^-[ugnckIst]$/.test(word) && tool !== "env" && !(tool === "sudo" && word === "-n")) next += 2;
      else if (word.startsWith("-") || /^\d+(\.\d+)?[smhd]?$/.test(word)) next++;
      else break;
    }
    return reduce(rest.slice(next), depth + 1);
  }
  if (shells.has(tool)) {
    const flag = rest.findIndex((word) => /^(-[a-z]*c|\/[cCkK])$/.test(word));
    if (flag >= 0) {
      const script = tool === "cmd" ? rest.slice(flag + 1).join(" ") : (rest[flag + 1] ?? "");
      return reduce(firstCommand(splitWords(script)), depth + 1);
    }
  }
  return { tool, args: rest };
}

function toolName(word: string): string {
  const base = word.split(/[\\/]/).at(-1) ?? word;
  return base.toLowerCase().replace(/\.(exe|com)$/, "");
}

function firstCommand(words: readonly string[]): readonly string[] {
  const end = words.findIndex(
    // The collector gives LVM's tools a bar to write between columns; its quotes are gone from the command's name.
    (word, at) => /^(\|\|?|&&|;|2>&1)$/.test(word) && words[at - 1] !== "--separator",
  );
  return end < 0 ? words : words.slice(0, end);
}

/** Words as a shell would split them; quotes group, nothing is expanded. */
function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const match of text.slice(0, 4096).matchAll(/(?:[^\s"'|;&]|"[^"]*"|'[^']*'|&(?!&))+|\|\|?|;|&&/g)) {
    words.push(
      match[0].replace(
        /"([^"]*)"|'([^']*)'/g,
        (_whole, double: string | undefined, single: string | undefined) => double ?? single ?? "",
      ),
    );
  }
  return words;
}
