import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Purpose } from "../setup/debian-packages.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Test files, relative to the project, in which something failed; for stages that can run single files. */
  failedFiles?: readonly string[];
}

export interface Stage {
  readonly name: string;
  /** Purposes whose Debian packages it needs. */
  readonly needs: readonly Purpose[];
  /** Stages whose results it uses; they must have ended, well or not. */
  readonly after: readonly string[];
  /** Every line that it prints goes to `say`; with `files`, only those of its test files run. */
  run(say: (line: string) => void, files?: readonly string[]): Promise<Counts>;
}

/** Runs one of the project's scripts to its end; gives its exit code, and 1 where a signal ended it. */
function runScript(script: string, args: readonly string[], say: (line: string) => void): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(project, script), ...args], {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", say);
    child.once("error", (error) => {
      say(error.message);
      resolve(1);
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** A check that either holds or does not. */
function check(name: string, script: string, args: readonly string[] = []): Stage {
  return {
    name,
    needs: [],
    after: [],
    run: async (say) =>
      (await runScript(script, args, say)) === 0
        ? { passed: 1, failed: 0, skipped: 0 }
        : { passed: 0, failed: 1, skipped: 0 },
  };
}

/** One of vitest's projects: test/NAME. */
function vitest(name: string, needs: readonly Purpose[], after: readonly string[] = []): Stage {
  return {
    name,
    needs,
    after,
    async run(say, files = []) {
      const directory = mkdtempSync(join(tmpdir(), "sma-test-"));
      const report = join(directory, "report.json");
      try {
        const status = await runScript(
          "node_modules/vitest/vitest.mjs",
          [
            ...["run", "--project", name, "--reporter=default", "--reporter=json"],
            ...[`--outputFile.json=${report}`, ...files],
          ],
          say,
        );
        return countsOf(report, status);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

/** What vitest's JSON reporter writes, as far as it is used here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly name: string; readonly status: string }[];
}

function countsOf(report: string, status: number): Counts {
  try {
    const told = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
    return {
      passed: told.numPassedTests,
      // A file that could not even be loaded has no tests to fail.
      failed: told.numFailedTests === 0 && status !== 0 ? 1 : told.numFailedTests,
      skipped: told.numPendingTests + told.numTodoTests,
      failedFiles: told.testResults
        .filter((file) => file.status === "failed")
        .map((file) => relative(project, file.name)),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The agent's own tests, which close with a line `N passed, N failed`. */
const agentTests: Stage = {
  name: "agent",
  needs: ["agent", "agent-tests"],
  after: ["agent-build"],
  async run(say) {
    let last: RegExpMatchArray | null = null;
    const status = await runScript("scripts/agent/test.ts", [], (line) => {
      last = line.match(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/) ?? last;
      say(line);
    });
    if (last === null) return { passed: 0, failed: 1, skipped: 0 };
    const [, passed, failed, skipped] = last as RegExpMatchArray;
    return {
      passed: Number(passed),
      failed: failed === "0" && status !== 0 ? 1 : Number(failed),
      skipped: Number(skipped ?? 0),
    };
  },
};

const endToEnd: readonly Purpose[] = ["agent", "images", "machines", "conversion", "lab", "integration"];

/**
 * In the order in which they are begun. The first are quick and tell most; then the three long ones, which wait as much
 * as they work and so share the cores. Machines come last, so that they do not boot beside those of e2e and screens from
 * the start.
 */
export const stages: readonly Stage[] = [
  check("typecheck", "scripts/typecheck.ts"),
  check("lint", "scripts/lint/index.ts"),
  check("format", "scripts/format.ts", ["--check"]),
  { ...check("agent-build", "scripts/agent/build.ts", ["--target", "linux-x86_64"]), needs: ["agent"] },
  vitest("unit", []),
  // The agents for other machines: from nothing they take minutes, and only the tests under wine and
  // emulation use them: begun early, waited for by few.
  {
    ...check("agent-platforms", "scripts/agent/build.ts"),
    needs: ["agent", "agent-platforms"],
    after: ["agent-build"],
  },
  vitest("screens", endToEnd, ["agent-build"]),
  vitest(
    "integration",
    [
      "agent",
      "agent-tests",
      "images",
      "machines",
      "conversion",
      "layouts",
      "lab",
      "disk-tools",
      "integration",
    ],
    ["agent-build"],
  ),
  vitest("e2e", endToEnd, ["agent-build"]),
  vitest("contract", [], ["agent-build"]),
  agentTests,
  // Where it cannot be had the tests that need it say so and count as skipped.
  {
    name: "wine-32-bit",
    needs: ["agent-platforms"],
    after: ["unit"],
    run: async (say) => {
      const isThere = (await runScript("scripts/setup/wine-32-bit.ts", [], say)) === 0;
      return { passed: isThere ? 1 : 0, failed: 0, skipped: isThere ? 0 : 1 };
    },
  },
  vitest("platforms", ["agent", "agent-platforms"], ["agent-platforms", "wine-32-bit"]),
  vitest("machines", ["images", "machines", "lab"]),
];
