import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { createOverlays } from "../../../intermediate/conversion/overlays.ts";

let directory: string;
let work: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sma-overlays-"));
  work = join(directory, "conversion");
  mkdirSync(work);
  writeFileSync(join(directory, "disk-0.raw"), "the replica");
  truncateSync(join(directory, "disk-0.raw"), 1_048_576);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const claimed: string[] = [];
const create = (signal = new AbortController().signal) =>
  createOverlays([{ diskId: 0, replicaPath: join(directory, "disk-0.raw"), sizeBytes: 1_048_576 }], work, {
    signal,
    claim: async (path) => void claimed.push(path),
  });

test("a conversion's overlay has its name only when it is complete, and reads as its replica, wherever the job is moved", async () => {
  const overlays = unwrap(await create());
  expect(existsSync(join(work, "disk-0.qcow2"))).toBe(false);
  await overlays.publish();
  await overlays.discard();
  expect(readdirSync(work)).toEqual(["disk-0.qcow2"]);
  expect(claimed).toEqual(
    expect.arrayContaining([join(work, "disk-0.qcow2"), join(work, "disk-0.qcow2.partial")]),
  );
  const compared = execFileSync("qemu-img", [
    ...["compare", "-f", "raw", "-F", "qcow2"],
    ...[join(directory, "disk-0.raw"), join(work, "disk-0.qcow2")],
  ]);
  expect(compared.toString()).toContain("identical");
  const info = JSON.parse(
    execFileSync("qemu-img", ["info", "--output=json", join(work, "disk-0.qcow2")]).toString(),
  ) as { "backing-filename": string };
  expect(info["backing-filename"]).toBe("../disk-0.raw");
});

test("the next try starts clean: neither a killed one's nor an older overlay is left to be taken for the new one", async () => {
  writeFileSync(join(work, "disk-0.qcow2"), "of an older conversion");
  writeFileSync(join(work, "disk-0.qcow2.partial"), "of one that was killed");
  const overlays = unwrap(await create());
  expect(readdirSync(work)).toEqual(["disk-0.qcow2.partial"]);
  await overlays.discard();
  expect(readdirSync(work)).toEqual([]);

  const stop = new AbortController();
  stop.abort();
  expect(await create(stop.signal)).toMatchObject({ failure: { code: "cancelled" } });
  expect(readdirSync(work)).toEqual([]);
});
