import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runSma } from "../../../support/run-sma.ts";

const stateDirectory = mkdtempSync(join(tmpdir(), "sma-command-line-"));
afterAll(() => rmSync(stateDirectory, { recursive: true }));
const sma = (...words: readonly string[]) => runSma(words, { stateDirectory });

describe("a command line that is wrong", () => {
  it.each([
    [["job", "lsit"], "did you mean `sma job list`?"],
    [["job", "list", "--jsno"], "did you mean --json?"],
    [["job", "list", "all"], 'it takes no operands, and "all" is one'],
    [["job", "show"], "exactly one job is wanted"],
    [["source", "add", "web1", "--port", "x"], "--port wants a whole number"],
  ])("%j is told on standard error, with exit code 2", async (words, told) => {
    expect(await sma(...words)).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining(told),
    });
  });

  it.each([
    [["nothing"]],
    [["job", "lsit"]],
    [["job", "list", "all"]],
    [["job", "show"]],
    [["job", "list", "--x"]],
  ])("%j with --json is one document on standard output", async (words) => {
    const { exitCode, stdout } = await sma(...words, "--json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, failure: { code: "input-invalid" } });
  });
});

describe("help", () => {
  it.each([[["job", "--help"]], [["help", "job"]]])("%j lists what begins with that word", async (words) => {
    const { exitCode, stdout } = await sma(...words);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("sma job watch");
    expect(stdout).not.toContain("sma source");
  });

  it("of a word that no command has is wrong usage", async () => {
    expect(await sma("help", "nothing")).toMatchObject({ exitCode: 2, stdout: "" });
  });

  it("tells the exit codes by themselves", async () => {
    expect((await sma("help", "exit-codes")).stdout).toMatch(/^Exit codes:\n/);
  });
});

it("sources of which one cannot even be registered are one document of JSON", async () => {
  const { stdout } = await sma("assess", "a b@c", "web 1@web1", "--json");
  const documents = JSON.parse(stdout) as { failure: { code: string } }[];
  expect(documents.map(({ failure }) => failure.code)).toEqual(["input-invalid", "input-invalid"]);
});
