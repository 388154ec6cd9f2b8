import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { commands } from "../../../../main/cli/commands/index.ts";
import type { Terminal } from "../../../../main/cli/terminal.ts";

async function scriptFor(shell: string): Promise<string> {
  let script = "";
  const terminal = { write: (text: string) => (script += text) } as unknown as Terminal;
  const completion = commands.find(({ name }) => name === "completion");
  await completion?.run({
    operands: [shell],
    options: {},
    terminal,
    signal: new AbortController().signal,
    assistant: () => Promise.reject(new Error("completion needs no engine")),
  });
  return script;
}

const bash = await scriptFor("bash");

/** What bash offers for the last of the words. */
function offers(...words: readonly string[]): string[] {
  const ask = `${bash}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sma; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", ask, "bash", "sma", ...words], { encoding: "utf8" })
    .trim()
    .split("\n");
}

it("bash completes commands, options and the words that an option takes", () => {
  expect(offers("sour")).toEqual(["source"]);
  expect(offers("source", "t")).toEqual(["test"]);
  expect(offers("migrate", "web1", "--form")).toEqual(["--format"]);
  expect(offers("migrate", "web1", "--format", "q")).toEqual(["qcow2"]);
  expect(offers("migrate", "--format", "v")).toEqual(["vhd", "vmdk"]);
  expect(offers("job", "resume", "--format", "r")).toEqual(["raw"]);
  expect(offers("job", "resume", "1234", "--network", "d")).toEqual(["dhcp"]);
});

it("fish knows the words that an option takes", async () => {
  expect(await scriptFor("fish")).toMatch(/-l elevate -r -f -a 'none sudo su'/);
});
