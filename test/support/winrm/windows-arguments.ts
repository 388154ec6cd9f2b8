/**
 * How Windows programs read their arguments out of a command line: the rules of the Microsoft C runtime, written from
 * their description and apart from the client's quoting.
 */
export function parseWindowsArguments(line: string): string[] {
  const parsed: string[] = [];
  let current: string | null = null;
  let quoted = false;
  for (let index = 0; index < line.length;) {
    const character = line.charAt(index);
    if (!quoted && (character === " " || character === "\t")) {
      if (current !== null) parsed.push(current);
      current = null;
      index += 1;
      continue;
    }
    current ??= "";
    let backslashes = 0;
    while (line.charAt(index + backslashes) === "\\") backslashes += 1;
    index += backslashes;
    if (line.charAt(index) !== '"') {
      current += "\\".repeat(backslashes);
      if (backslashes === 0) {
        current += character;
        index += 1;
      }
      continue;
    }
    current += "\\".repeat(Math.floor(backslashes / 2));
    if (backslashes % 2 === 1) current += '"';
    else quoted = !quoted;
    index += 1;
  }
  if (current !== null) parsed.push(current);
  return parsed;
}

/** What `cmd /c` makes of a line before the program sees it: variables expanded, carets taken away outside quotes. */
export function throughCmd(line: string, environment: Readonly<Record<string, string>>): string {
  const expanded = line.replace(
    /%([^%]+)%/g,
    (whole, name: string) => environment[name.toUpperCase()] ?? whole,
  );
  let result = "";
  let quoted = false;
  for (let index = 0; index < expanded.length; index++) {
    const character = expanded.charAt(index);
    if (character === "^" && !quoted) {
      index += 1;
      result += expanded.charAt(index);
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (!quoted && "&|<>".includes(character)) throw new Error(`cmd would act upon ${character} in ${line}`);
    result += character;
  }
  return result;
}
