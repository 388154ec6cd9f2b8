import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Purpose } from "../setup/debian-packages.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Stage {
  readonly name: string;
  readonly needs: readonly Purpose[];
  run(): Counts;
}

function runScript(script: string, args: readonly string[]): number {
  const { status } = spawnSync(process.execPath, [join(project, script), ...args], {
    cwd: project,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return status ?? 1;
}

/** A check that either holds or does not. */
function check(name: string, script: string, args: readonly string[] = []): Stage {
  return {
    name,
    needs: [],
    run: () =>
      runScript(script, args) === 0
        ? { passed: 1, failed: 0, skipped: 0 }
        : { passed: 0, failed: 1, skipped: 0 },
  };
}

/** One of vitest's projects: test/NAME. */
function vitest(name: string, needs: readonly Purpose[]): Stage {
  return {
    name,
    needs,
    run() {
      const directory = mkdtempSync(join(tmpdir(), "sma-test-"));
      const report = join(directory, "report.json");
      try {
        const status = runScript("node_modules/vitest/vitest.mjs", [
          "run",
          "--project",
          name,
          "--reporter=default",
          "--reporter=json",
          `--outputFile.json=${report}`,
        ]);
        return countsOf(report, status);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

function countsOf(report: string, status: number): Counts {
  try {
    const counts = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
    const failed = counts["numFailedTests"] ?? 0;
    return {
      passed: counts["numPassedTests"] ?? 0,
      // A file that could not even be loaded has no tests to fail.
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: (counts["numPendingTests"] ?? 0) + (counts["numTodoTests"] ?? 0),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The agent's own tests, which close with a line `N passed, N failed`. */
const agentTests: Stage = {
  name: "agent",
  needs: ["agent", "agent-tests"],
  run() {
    const { stdout, status } = spawnSync(process.execPath, [join(project, "scripts/agent/test.ts")], {
      cwd: project,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 256 * 1024 * 1024,
    });
    process.stdout.write(stdout);
    const last = [...stdout.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
    if (last === undefined) return { passed: 0, failed: 1, skipped: 0 };
    const failed = Number(last[2]);
    return {
      passed: Number(last[1]),
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: Number(last[3] ?? 0),
    };
  },
};

export const stages: readonly Stage[] = [
  check("typecheck", "scripts/typecheck.ts"),
  check("lint", "scripts/lint/index.ts"),
  check("format", "scripts/format.ts", ["--check"]),
  vitest("unit", []),
  { ...check("agent-build", "scripts/agent/build.ts"), needs: ["agent"] },
  agentTests,
  vitest("contract", []),
  vitest("integration", ["agent", "agent-tests", "images", "machines", "lab", "disk-tools", "integration"]),
  vitest("e2e", ["agent", "images", "machines", "lab", "integration"]),
];
