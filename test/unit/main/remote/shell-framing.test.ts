import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  elevatedWorkHeader,
  hasNul,
  loginCommands,
  markerText,
  parseProbe,
  parseTerminalOutput,
  probeCommands,
  quoteForHeader,
  terminalWorkHeader,
  workHeader,
  type Work,
} from "../../../../main/remote/ssh/shell-framing.ts";

const nonce = "00ff00ff";

/** Runs the login command in a shell with the header and input on its standard input. */
function feed(
  shell: readonly string[],
  header: Buffer,
  input = "",
): { stdout: string; stderr: string; status: number | null } {
  const [program = "sh", ...args] = shell;
  const { stdout, stderr, status } = spawnSync(program, [...args, "-c", loginCommands.direct], {
    input: Buffer.concat([header, Buffer.from(input)]),
    encoding: "utf8",
  });
  return { stdout, stderr, status };
}

function afterMarker(output: string): string {
  const at = output.indexOf(markerText(nonce));
  return output.slice(output.indexOf("\n", at) + 1);
}

describe("framing of commands", () => {
  const shells = [["sh"], ["bash"], ["dash"], ["busybox", "sh"]].filter(
    ([program = ""]) =>
      spawnSync(program, ["-c", "true"]).error === undefined || existsSync(`/bin/${program}`),
  );

  test.each(shells.map((shell) => [shell.join(" "), shell] as const))(
    "%s hands every argument on unchanged, whatever it contains",
    (_name, shell) => {
      const words = [
        "",
        " ",
        "'",
        "''",
        "\n",
        "a\n'b'\n",
        "\\",
        "\\n",
        "$HOME",
        "`id`",
        "!",
        "-n",
        "é",
        "\x01\x7f",
        "*",
        "n",
        "s",
      ];
      const work: Work = { kind: "run", argv: ["printf", "%s\\0", ...words] };
      const { stdout, stderr, status } = feed(shell, workHeader(nonce, work));
      expect(afterMarker(stdout)).toBe(words.map((word) => `${word}\0`).join(""));
      expect(stderr).toBe(`${markerText(nonce)}\n`);
      expect(status).toBe(0);
    },
  );

  test("a script gets its parameters, the rest of the input, and its own exit status", () => {
    const work: Work = {
      kind: "script",
      text: 'read -r first\necho "$#:$2:$first"\nexit 5',
      parameters: ["one", "two 'x'"],
    };
    const { stdout, status } = feed(["sh"], workHeader(nonce, work), "line\nmore\n");
    expect(afterMarker(stdout)).toBe("2:two 'x':line\n");
    expect(status).toBe(5);
  });

  test("input without a header is not run", () => {
    const { stdout, status } = feed(["sh"], Buffer.from("echo run\n"));
    expect({ stdout, status }).toEqual({ stdout: "", status: 125 });
  });

  test("an echo of the header does not look like the marker", () => {
    const work: Work = { kind: "run", argv: ["true"] };
    expect(workHeader(nonce, work).toString()).not.toContain(markerText(nonce));
    expect(elevatedWorkHeader(nonce, work).toString()).not.toContain(markerText(nonce));
  });

  test("the line for the login shell has nothing that csh or fish read differently", () => {
    for (const command of [...Object.values(loginCommands), ...Object.values(probeCommands)]) {
      expect(command).toMatch(/^[^'\\!\n]*'[^'\\!\n]*'$/);
    }
  });

  test("the probe's answer is read behind noise, and its own text is not an answer", () => {
    expect(parseProbe("Welcome!\nno newlinesma-42-probe 1000 unix\n")).toEqual({
      userId: 1000,
      isWindows: false,
    });
    expect(parseProbe(probeCommands.direct)).toBe(null);
    expect(parseProbe("")).toBe(null);
    expect(parseProbe(execFileSync("sh", ["-c", probeCommands.direct], { encoding: "utf8" }))).toMatchObject({
      userId: process.getuid?.(),
    });
  });

  test("a quoted word stays one line", () => {
    expect(quoteForHeader("a\nb")).not.toContain("\n");
    expect(hasNul("a\0b")).toBe(true);
    expect(hasNul("ab")).toBe(false);
  });
});

describe("framing on a terminal", () => {
  const run = (work: Work, input: Buffer) => {
    const header = terminalWorkHeader(nonce, work, input.length).toString();
    const result = spawnSync("sh", ["-c", 'IFS= read -r s;eval "$s"'], {
      input: Buffer.concat([Buffer.from(header), input]),
    });
    const start = result.stdout.indexOf("\n") + 1;
    return parseTerminalOutput(nonce, result.stdout.subarray(start));
  };

  test("keeps input, both outputs and the exit status apart on one stream", () => {
    const input = Buffer.from([0, 10, 13, 3, 4, 255, 10]);
    const parsed = run({ kind: "script", text: 'cat; printf "no 12" >&2; exit 7', parameters: [] }, input);
    expect(parsed).toEqual({ stdout: input, stderr: Buffer.from("no 12"), exitCode: 7 });
  });

  test("a command without input gets its end, and a standard error of lines keeps them", () => {
    const parsed = run(
      { kind: "script", text: "cat; echo one >&2; echo two >&2", parameters: [] },
      Buffer.alloc(0),
    );
    expect(parsed).toEqual({ stdout: Buffer.alloc(0), stderr: Buffer.from("one\ntwo\n"), exitCode: 0 });
  });

  test("an output that breaks off is no result", () => {
    expect(parseTerminalOutput(nonce, Buffer.from("half"))).toBe(null);
    expect(parseTerminalOutput(nonce, Buffer.from(`out SMAEND${nonce}:\nerr`))).toBe(null);
  });
});
