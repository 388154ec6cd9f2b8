import { escapeForCmd, type CommandLine } from "./command-line.ts";

/** `cmd` takes 8,191 characters; the file's name and the shell's own come on top. */
const maxCharacters = 7000;

/**
 * Command lines for `cmd` that write a script line by line into a file which did not exist: the way that needs nothing
 * on the source but `cmd`. Full-line comments and indentation are left behind. Throws for what `cmd` would not write
 * as it is, which in a script of the project is a bug.
 */
export function writingLines(script: string, path: string): CommandLine[] {
  if (!/^[\r\n\t\x20-\x7e]*$/.test(script) || script.includes("%"))
    throw new Error("a script for cmd is ASCII without percent signs");
  const lines = script
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("'"));
  const redirect = `>>"${path}"`;
  const groups: string[] = [];
  let group = "";
  for (const line of lines) {
    const echo = `echo ${escapeForCmd(line)}`;
    // Each redirected by itself, and before the words: a digit before a redirection would name a handle.
    const next = group === "" ? echo : `${group}&${redirect} ${echo}`;
    if (next.length <= maxCharacters) group = next;
    else {
      groups.push(group);
      group = echo;
    }
  }
  if (group !== "") groups.push(group);
  return groups.map((commands) => ({ program: redirect, arguments: [commands], skipCmd: false }));
}

export function removeLine(path: string): CommandLine {
  return { program: "del", arguments: ["/q", `"${path}"`], skipCmd: false };
}
