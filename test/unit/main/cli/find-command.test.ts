import { describe, expect, it } from "vitest";
import { commands } from "../../../../main/cli/commands/index.ts";
import {
  commandsBelow,
  findCommand,
  nearbyCommands,
  nearbyOptions,
} from "../../../../main/cli/find-command.ts";

describe("a command line", () => {
  it("is read as the longest command that its first words name", () => {
    expect(findCommand(commands, ["doctor", "windows", "web-1"])).toMatchObject({
      command: { name: "doctor windows" },
      rest: ["web-1"],
    });
    expect(findCommand(commands, ["doctor", "--json"])).toMatchObject({
      command: { name: "doctor" },
      rest: ["--json"],
    });
    expect(findCommand(commands, ["jobs"])).toBeNull();
  });

  it.each([
    [["migrat", "web-1"], "migrate"],
    [["job", "lsit"], "job list"],
    [["jobs", "list"], "job list"],
    [["sorce", "add", "web-1"], "source add"],
    [["asses"], "assess"],
  ])("that is mistyped as %j is near to %s", (words, expected) => {
    expect(nearbyCommands(commands, words)[0]).toBe(expected);
  });

  it("that is like nothing is near to nothing", () => {
    expect(nearbyCommands(commands, ["frobnicate"])).toEqual([]);
    expect(nearbyCommands(commands, ["job"])).toEqual([]);
  });

  it.each([
    ["josn", ["json"]],
    ["acept-host-key", ["accept-host-key"]],
    ["frobnicate", []],
  ])("with an option that is mistyped as %s may have meant %j", (typed, meant) => {
    expect(nearbyOptions(["json", "help", "accept-host-key", "identity"], typed)).toEqual(meant);
  });

  it("of one word has commands below it", () => {
    const names = commandsBelow(commands, "receipt").map(({ name }) => name);
    expect(names.toSorted()).toEqual(["receipt show", "receipt verify"]);
  });
});
