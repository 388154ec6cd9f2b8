import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { projectDirectory } from "../../support/run-sma.ts";

let project: string;
const lock = () => join(project, ".installing-packages");

/** A fresh clone, as far as the door of the project looks, with an npm that takes its time. */
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "sma-clone-"));
  for (const file of ["scripts/run.mjs", "scripts/install-packages.mjs"])
    cpSync(join(projectDirectory, file), join(project, file));
  mkdirSync(join(project, "scripts", "lint"));
  mkdirSync(join(project, "bin"));
  writeFileSync(join(project, "package-lock.json"), "{}");
  writeFileSync(join(project, "scripts", "lint", "index.ts"), 'console.log("ran");\n');
  writeFileSync(
    join(project, "bin", "npm"),
    "#!/bin/sh\n[ -e node_modules ] && echo twice >> runs; mkdir -p node_modules; echo run >> runs; sleep 0.5; [ ! -e broken ]\n",
    { mode: 0o755 },
  );
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(): Promise<Ended> {
  const child = spawn(process.execPath, [join(project, "scripts", "run.mjs"), "lint"], {
    env: { ...process.env, PATH: `${join(project, "bin")}${delimiter}${process.env["PATH"]}` },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}
const runs = () => readFileSync(join(project, "runs"), "utf8");

describe("two commands of a fresh clone at once", { timeout: 120_000 }, () => {
  it("install the packages once; the second says that it waits, and then runs", async () => {
    const ended = await Promise.all([run(), run()]);
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual([
      { code: 0, stdout: "ran\n" },
      { code: 0, stdout: "ran\n" },
    ]);
    expect(runs()).toBe("run\n");
    expect(existsSync(lock())).toBe(false);
  });

  it("wait for a living process, and say which", async () => {
    writeFileSync(lock(), String(process.pid));
    const ended = run();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(existsSync(join(project, "runs"))).toBe(false);
    rmSync(lock());
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(runs()).toBe("run\n");
    if (stderr.includes("waiting")) expect(stderr).toContain(`(process ${process.pid})`);
  });

  it("are not held up by one that was killed, and a failed install leaves no lock", async () => {
    // No process has the number 0x7ffffffe: Linux counts to 4,194,304.
    writeFileSync(lock(), String(0x7ffffffe));
    writeFileSync(join(project, "broken"), "");
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain("npm ci failed");
    expect(existsSync(lock())).toBe(false);
    rmSync(join(project, "broken"));
    expect((await run()).code).toBe(0);
  });
});
