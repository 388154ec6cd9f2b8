/** What the built programs for Windows ask of the system: no more than Server 2003 with Service Pack 2 gives. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readWindowsProgram } from "../../scripts/agent/imports.ts";

const root = join(import.meta.dirname, "../..");

const known = new Set(
  readFileSync(join(root, "agent/tests/server-2003-exports.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#")),
);

describe.each(["x86_64", "i686"] as const)("the agent for Windows on %s", (machine) => {
  const file = join(root, "resources/agents", `windows-${machine}`, "sma-agent.exe");
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build:agent\` first`);
  const program = readWindowsProgram(readFileSync(file));

  test("is a console program of that processor, for Windows 5.2 and later", () => {
    expect(program).toMatchObject({ machine, subsystemVersion: "5.2", subsystem: 3 });
  });

  test("imports only functions that Server 2003 SP2 exports, and nothing by number", () => {
    const wanted = [...program.imports].flatMap(([library, names]) =>
      names.map((name) => `${library.toLowerCase()} ${name}`),
    );
    expect(wanted.length).toBeGreaterThan(100);
    expect(wanted.filter((one) => !known.has(one))).toEqual([]);
  });
});
