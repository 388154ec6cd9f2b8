import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { builtAgents } from "../../../main/built-agents.ts";

it("agents are the folders, not the list of checksums that a package has beside them", async () => {
  const directory = mkdtempSync(join(tmpdir(), "sma-agents-"));
  try {
    for (const platform of ["windows-x86_64", "linux-x86_64"]) mkdirSync(join(directory, platform));
    writeFileSync(join(directory, "SHA256SUMS"), "");
    expect(await builtAgents(directory)).toEqual(["linux-x86_64", "windows-x86_64"]);
    expect(await builtAgents(join(directory, "none"))).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
