import { execFileSync, spawnSync } from "node:child_process";
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
  const lists = "sma() { printf 'NAME  MORE\\nfirst-of-%s  -\\n' \"$1\"; }";
  const ask = `${bash}\n${lists}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sma; printf '%s\\n' "\${COMPREPLY[@]}"`;
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

it("bash completes what a list of ours has, and files where only those can be meant", () => {
  expect(offers("job", "watch", "")).toEqual(["first-of-job"]);
  expect(offers("migrate", "fir")).toEqual(["first-of-source"]);
  expect(offers("instance", "start", "f")).toEqual(["first-of-instance"]);
  expect(offers("serve", "--password-file", "/etc/host")).toContain("/etc/hosts");
  expect(offers("instance", "create", "f")).not.toContain("first-of-instance");
});

const fishIsThere = spawnSync("fish", ["--version"]).status === 0;
if (!fishIsThere) console.warn("SKIPPED fish's completion: it is not installed");
it.skipIf(!fishIsThere)("fish offers a command its own options and no other's", async () => {
  const script = await scriptFor("fish");
  const offered = (line: string) =>
    execFileSync("fish", ["--no-config", "-c", `${script}\ncomplete -C ${JSON.stringify(line)}`], {
      encoding: "utf8",
    }).replaceAll(/\t.*/g, "");
  expect(offered("sma start --").split("\n")).toContain("--open");
  expect(offered("sma cutover start --").split("\n")).not.toContain("--open");
  expect(offered("sma doctor windows --or").trim()).toBe("");
  expect(offered("sma job sho").trim()).toBe("show");
});

it("fish knows the words that an option takes", async () => {
  expect(await scriptFor("fish")).toMatch(/-l elevate -r -f -a 'none sudo su'/);
});
