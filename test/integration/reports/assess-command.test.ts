import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { runSma } from "../../support/run-sma.ts";

const stateDirectory = mkdtempSync(join(tmpdir(), "sma-assess-command-"));
afterAll(() => rmSync(stateDirectory, { recursive: true, force: true }));

it("a bundle that is not there is told as a missing file, and is not taken for a host", async () => {
  const ended = await runSma(["assess", "web1.sma-bundle"], { stateDirectory });
  expect(ended.stderr).toContain("there is no such file");
  expect(ended.exitCode).toBe(4);
});

it("the only source that was asked for says by the exit code why it was not assessed", async () => {
  // Nothing listens on port 1 of an address that is this machine's.
  const ended = await runSma(["assess", "127.0.0.1:1"], { stateDirectory });
  expect(ended.exitCode).toBe(5);
  expect(ended.stderr).toContain("127.0.0.1 is a source from now on");
});
