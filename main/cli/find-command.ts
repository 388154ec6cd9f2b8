import type { Command } from "./command.ts";

/** The command whose name is the longest match of the first words, and the words after it. */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | null {
  for (const length of [2, 1]) {
    const command = commands.find(({ name }) => name === words.slice(0, length).join(" "));
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  return null;
}

/** Commands that share the first word: `job` has several. */
export function commandsBelow(commands: readonly Command[], first: string): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(`${first} `));
}

/** Names of the commands that whoever typed the words may have meant, the likeliest first; none where nothing is near. */
export function nearbyCommands(commands: readonly Command[], words: readonly string[]): readonly string[] {
  const [first = "", second = ""] = words;
  const below = commandsBelow(commands, first);
  const candidates = below.length > 0 ? below : commands;
  const typed = second === "" || second.startsWith("-") ? first : `${first} ${second}`;
  const distances = candidates
    // `sma migrat web-1`: the second word is an operand, so only as many words count as the command has.
    .map(({ name }) => ({ name, distance: editDistance(name.includes(" ") ? typed : first, name) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 4)));
  return distances.toSorted((a, b) => a.distance - b.distance).map(({ name }) => name);
}

/** Options that whoever typed `name` may have meant: the nearest; none where nothing is near. */
export function nearbyOptions(options: readonly string[], name: string): readonly string[] {
  const distances = options.map((option) => ({ option, distance: editDistance(name, option) }));
  const least = Math.min(...distances.map(({ distance }) => distance));
  return distances
    .filter(({ option, distance }) => distance === least && distance <= Math.max(2, option.length / 3))
    .map(({ option }) => option);
}

/** Levenshtein's distance: letters to insert, remove or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
