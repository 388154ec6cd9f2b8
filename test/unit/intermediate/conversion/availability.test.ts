import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { conversionUnavailable } from "../../../../intermediate/conversion/availability.ts";

let directory: string;
let path: string | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sma-availability-"));
  path = process.env["PATH"];
  process.env["PATH"] = directory;
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true, force: true });
});

it("conversion names the first thing that it lacks, with the line that brings it", async () => {
  const places = { boot: join(directory, "boot"), modules: join(directory, "modules") };
  for (const tool of ["supermin", "guestfish", "qemu-system-x86_64", "qemu-img"]) {
    writeFileSync(join(directory, tool), "", { mode: 0o755 });
  }
  rmSync(join(directory, "guestfish"));
  const lacking = await conversionUnavailable(places);
  // A machine that has it in /usr/sbin or /sbin has it all the same.
  expect(lacking).toMatchObject({
    context: { tool: "guestfish" },
    remedy: expect.stringContaining("guestfish") as string,
  });
  writeFileSync(join(directory, "guestfish"), "", { mode: 0o755 });

  expect(await conversionUnavailable(places)).toMatchObject({
    message: expect.stringContaining("a kernel with its modules") as string,
  });
  mkdirSync(join(places.modules, "6.1"), { recursive: true });
  mkdirSync(places.boot);
  writeFileSync(join(places.boot, "vmlinuz-6.1"), "");
  expect(await conversionUnavailable(places)).toBeNull();
});
