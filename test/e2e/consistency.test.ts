/** A source that is written all the time, held still for the last pass. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attachLoop, detachLoop, loopObstacle } from "../support/intermediate/loop-device.ts";
import { imageOf, onlyJob } from "../support/job-views.ts";
import { startLocalSource, type LocalSource } from "../support/local-source.ts";

let source: LocalSource;
beforeAll(async () => {
  source = await startLocalSource();
});
afterAll(() => source.stop());

// Renames and appends without end, so that a copy of a moving filesystem would not be whole.
const writer =
  'n=0; while :; do n=$((n + 1)); echo "$n" >> "$0/log"; echo "$n" > "$0/new"; mv "$0/new" "$0/f$((n % 50))"; done';

describe.skipIf(loopObstacle() !== null)(
  "a source that is never at rest (needs root and loop devices)",
  () => {
    it("is copied as one moment: frozen between its hooks, whole in the image, and left as it was", async () => {
      const mountPoint = join(source.directory, "data");
      const file = join(source.directory, "data.img");
      mkdirSync(mountPoint);
      execFileSync("truncate", ["-s", "24M", file]);
      execFileSync("mkfs.ext4", ["-q", file]);
      const device = attachLoop(file);
      execFileSync("mount", [device, mountPoint]);
      const writing = spawn("sh", ["-c", writer, mountPoint], { stdio: "ignore" });
      try {
        const assistant = await source.newAssistant();
        const trace = join(source.directory, "trace");
        const result = await assistant.run(
          assistant.migrateArguments(device, [
            ...["--consistency", "freeze", "--passes", "1", "--format", "raw"],
            ...["--hook-before", `echo quiesced >> ${trace}`, "--hook-after", `echo released >> ${trace}`],
          ]),
        );
        expect(result.exitCode, result.stderr).toBe(0);
        const job = await onlyJob(assistant);
        expect(job.outputs["sync"]).toMatchObject({
          settled: true,
          consistency: { method: "frozen", frozen: [mountPoint], notes: [] },
        });
        // A freeze leaves a filesystem clean; a copy of a moving one would want its journal, or worse.
        expect(execFileSync("e2fsck", ["-f", "-n", imageOf(job)], { stdio: "pipe" }).toString()).not.toMatch(
          /recovering|WARNING|errors/i,
        );
        expect(readFileSync(trace, "utf8")).toBe("quiesced\nreleased\n");
        expect(result.stdout).not.toContain(trace);
        const logs = (await assistant.run(["job", "logs", job.id])).stdout;
        expect(logs).not.toContain(trace);
        // Writers wait: no load ceiling, which would be told, while it is frozen.
        expect(logs).toContain(
          "the sync is tuned: zstd level 1, no bandwidth limit, hashed on arrival while there is room\n",
        );
        const left = ["/run", "/dev/shm"].flatMap((folder) =>
          readdirSync(folder).filter((name) => name.includes(job.id)),
        );
        expect(left).toEqual([]);
        writeFileSync(join(mountPoint, "after"), "writable");
      } finally {
        writing.kill("SIGKILL");
        execFileSync("umount", ["--lazy", mountPoint]);
        detachLoop(device);
      }
    });
  },
);
