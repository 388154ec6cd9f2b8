import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writingLines } from "../../../../../main/remote/windows/vbscript.ts";
import { throughCmd } from "../../../../support/winrm/windows-arguments.ts";

const path = "C:\\Temp dir\\s.vbs";
const collector = readFileSync(
  join(import.meta.dirname, "../../../../../resources/collectors/collect-windows.vbs"),
  "utf8",
);

describe("writing a script through cmd", () => {
  it("keeps every character of what matters, and every line within cmd's limit", () => {
    const lines = writingLines(collector, path);
    for (const { program, arguments: rest } of lines)
      expect([program, ...rest].join(" ").length).toBeLessThan(8000);
    const echoed = lines.flatMap(({ arguments: [group = ""] }) =>
      group.split(`&>>"${path}" `).map((echo) => throughCmd(echo.replace(/^echo /, ""), {})),
    );
    const wanted = collector
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("'"));
    expect(echoed).toEqual(wanted);
  });

  it("appends to the file that is named, in quotes", () => {
    expect(writingLines('x = 1\n\n\' remark\n  y = "a & b"', path)).toEqual([
      {
        program: `>>"${path}"`,
        arguments: [`echo x = 1&>>"${path}" echo y = ^"a ^& b^"`],
        skipCmd: false,
      },
    ]);
  });

  it.each(["x = %PATH%", "ü"])("refuses what cmd would change: %s", (script) => {
    expect(() => writingLines(script, path)).toThrow();
  });
});
