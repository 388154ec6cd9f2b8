import { describe, expect, it } from "vitest";
import { unwrap } from "../../../../../common/result.ts";
import { quoteArgument, windowsCommandLine } from "../../../../../main/remote/windows/command-line.ts";
import { decodeOutput } from "../../../../../main/remote/windows/output-text.ts";
import { parseWindowsArguments, throughCmd } from "../../../../support/winrm/windows-arguments.ts";

// Small alphabet, all strings up to length 5: every neighbourhood of quotes, backslashes and spaces occurs.
function* strings(alphabet: readonly string[], maxLength: number): Generator<string> {
  let current = [""];
  for (let length = 0; length <= maxLength; length++) {
    yield* current;
    current = current.flatMap((text) => alphabet.map((character) => text + character));
  }
}

describe("quoting for Windows", () => {
  it("is read back by the rules of the C runtime, whatever stands next to what", () => {
    for (const argument of strings(["a", " ", '"', "\\"], 6)) {
      expect(parseWindowsArguments(`${quoteArgument(argument)} end`)).toEqual([argument, "end"]);
    }
  });

  it("passes cmd unharmed, whatever stands next to what", () => {
    for (const argument of strings(["a", " ", '"', "\\", "^", "&"], 4)) {
      const line = unwrap(windowsCommandLine(["tool", argument, "end"]));
      const arrived = throughCmd([line.program, ...line.arguments].join(" "), {});
      expect(parseWindowsArguments(arrived)).toEqual(["tool", argument, "end"]);
    }
  });

  it.each(["C:\\Program Files\\x.exe", "\\\\server\\share\\x.exe"])("starts %s without cmd", (program) => {
    const line = unwrap(windowsCommandLine([program, "%PATH%"]));
    expect(line.skipCmd).toBe(true);
    expect(parseWindowsArguments([line.program, ...line.arguments].join(" "))).toEqual([program, "%PATH%"]);
  });

  it.each(["", "a b", "a&b", "..\\x.exe", 'C:\\a"b.exe'])("refuses %j as a program", (program) => {
    expect(windowsCommandLine([program])).toMatchObject({
      ok: false,
      failure: { code: "input-invalid", context: { field: "argv[0]" } },
    });
  });
});

describe("output", () => {
  it.each([
    ["UTF-8", Buffer.from("é 秘密\r\n")],
    ["UTF-8 with a mark", Buffer.from("\ufeffé 秘密\r\n")],
    ["UTF-16 with a mark", Buffer.from("\ufeffé 秘密\r\n", "utf16le")],
  ])("in %s is decoded", (_, bytes) => {
    expect(decodeOutput(bytes)).toBe("é 秘密\r\n");
  });

  it("in UTF-16 without a mark is decoded where it is plain enough to tell", () => {
    expect(decodeOutput(Buffer.from("Caption  Version\r\n", "utf16le"))).toBe("Caption  Version\r\n");
  });

  it("that is none of these keeps what can be read", () => {
    expect(decodeOutput(Buffer.from([0x61, 0x84, 0x62]))).toBe("a\ufffdb");
  });

  it("of binary zeros is not taken for UTF-16", () => {
    expect(decodeOutput(Buffer.from([0, 0, 0, 0]))).toBe("\0\0\0\0");
  });
});
