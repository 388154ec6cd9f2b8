import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { JobDirectory } from "../../../../intermediate/jobs/job-directory.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "sma-images-"))));
afterEach(() => rmSync(folder, { recursive: true }));

async function withRuns(count: number): Promise<JobDirectory> {
  const directory = unwrap(await JobDirectory.create(join(folder, "job"), [0]));
  for (let run = 1; run <= count; run++) {
    const path = join(unwrap(await directory.makeImagesFolder(run)), "disk-0.qcow2");
    await directory.ledger.claim(path);
    writeFileSync(path, String(run));
  }
  return directory;
}

const runsThere = (directory: JobDirectory, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1).filter((run) =>
    existsSync(join(directory.imagesPath, `run-${String(run).padStart(4, "0")}`)),
  );

it("the images of the newest runs are kept, by their numbers and not by their names' order", async () => {
  const directory = await withRuns(12);
  const removed = unwrap(await directory.removeOldImages(3));
  expect(runsThere(directory, 12)).toEqual([10, 11, 12]);
  expect(removed).toHaveLength(9);
  expect(unwrap(await directory.removeOldImages(3))).toEqual([]);
  expect(unwrap(await directory.removeOldImages(99))).toEqual([]);
  unwrap(await directory.removeOldImages(1));
  expect(runsThere(directory, 12)).toEqual([12]);
});

it("all are kept where no number is given, and what the job did not make always is", async () => {
  const directory = await withRuns(3);
  expect(unwrap(await directory.removeOldImages(null))).toEqual([]);
  const foreign = join(directory.imagesPath, "run-0001", "notes.txt");
  writeFileSync(foreign, "an admin's");
  mkdirSync(join(directory.imagesPath, "run-0000"));
  expect((await directory.removeOldImages(1)).ok).toBe(false);
  expect(existsSync(foreign)).toBe(true);
  expect(existsSync(join(directory.imagesPath, "run-0000"))).toBe(true);
});

it("a scratch folder goes with whatever a killed task left in it, and nothing beside it does", async () => {
  const directory = await withRuns(0);
  await directory.ledger.claim(directory.layoutPath, "directory");
  await directory.ledger.claim(directory.layoutScratchPath, "scratch");
  mkdirSync(join(directory.layoutScratchPath, "run", "helper"), { recursive: true });
  writeFileSync(join(directory.layoutScratchPath, "overlay-0"), "left");
  unwrap(await directory.ledger.removeAll([]));
  expect(existsSync(join(folder, "job"))).toBe(false);
});
