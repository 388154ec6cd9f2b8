import { describe, expect, it } from "vitest";
import { commands } from "../../../../main/cli/commands/index.ts";
import { formatEntries, wrapText } from "../../../../main/cli/format.ts";
import { commandHelp, overview } from "../../../../main/cli/help.ts";

describe.each([80, 200])("in a terminal of %d columns", (columns) => {
  it("no line of any help is wider, and nothing is lost", () => {
    const helps = [overview(commands, columns), ...commands.map((each) => commandHelp(each, {}, columns))];
    for (const line of helps.flat()) expect(line.length, line).toBeLessThanOrEqual(columns);
    for (const [index, { summary, options }] of commands.entries()) {
      const text = (helps[index + 1] ?? []).join(" ").replaceAll(/\s+/g, " ");
      expect(text).toContain(summary);
      for (const [name, { description }] of Object.entries(options)) {
        expect(text).toContain(`--${name}`);
        expect(text).toContain(description);
      }
    }
  });
});

it("a word that is longer than the line stays whole", () => {
  expect(wrapText("a verylongword b", 6)).toEqual(["a", "verylongword", "b"]);
});

it("the meaning of a long name stands below it", () => {
  const name = "  --an-option-with-a-long-name LONG-VALUE";
  expect(
    formatEntries(
      [
        ["  -a", "first"],
        [name, "second"],
      ],
      80,
    ),
  ).toEqual(["  -a      first", name, "          second"]);
});
