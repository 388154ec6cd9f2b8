/** The scripts that hold a source still, run by a real sh on a real filesystem: what must hold whoever dies. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  beginMoment,
  endMoment,
  freezeFilesystems,
  sharedByScripts,
} from "../../../main/migrations/consistency/scripts.ts";
import { attachLoop, detachLoop, loopObstacle } from "../../support/intermediate/loop-device.ts";
import { until } from "../../support/local-source.ts";

const job = `moment${process.pid}`;
let folder: string;
let mountPoint: string;
let device: string;

const sh = (script: string, ...parameters: string[]): string =>
  execFileSync("sh", ["-c", script, "sh", ...parameters], { encoding: "utf8" });
const freeze = (): string => sh(freezeFilesystems, job, "/", device);
const left = (): string[] =>
  ["/run", "/dev/shm"].flatMap((base) => readdirSync(base).filter((name) => name === `sma-moment-${job}`));

/** Whether a watchdog that was given so many seconds is still there. */
const isWatched = (seconds: string): boolean =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 })
    .split("\n")
    .some((line) => line.includes(`/sma-moment-${job} ${seconds} `));

/** A write to the filesystem in a process of its own, which waits while it is frozen. */
function write(text: string): { readonly done: () => boolean } {
  const child = spawn("sh", ["-c", 'echo "$1" > "$2/file"', "sh", text, mountPoint], { stdio: "ignore" });
  return { done: () => child.exitCode !== null };
}

describe.skipIf(loopObstacle() !== null)("a consistent moment (needs root and loop devices)", () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sma-moment-"));
    // A space in it, as /proc/self/mountinfo escapes it.
    mountPoint = join(folder, "a mount");
    execFileSync("sh", [
      "-c",
      'mkdir "$1" && truncate -s 16M "$2" && mkfs.ext4 -q "$2"',
      "sh",
      mountPoint,
      join(folder, "image"),
    ]);
    device = attachLoop(join(folder, "image"));
    execFileSync("mount", [device, mountPoint]);
  });
  afterEach(() => {
    sh(endMoment, job, "all");
    execFileSync("umount", ["--lazy", mountPoint]);
    detachLoop(device);
    rmSync(folder, { recursive: true, force: true });
  });

  it("freezes what is mounted from the disk, and ends as if nothing had been", async () => {
    expect(sh(beginMoment, job, "100", "50", "")).toBe("on\n");
    expect(freeze()).toBe(`frozen ${mountPoint.replace(" ", "\\040")}\n`);
    const writing = write("late");
    // Reading goes on.
    expect(readdirSync(mountPoint)).toContain("lost+found");
    expect(writing.done()).toBe(false);
    expect(sh(endMoment, job, "frozen")).toBe("over\n");
    await until(() => writing.done());
    expect(readFileSync(join(mountPoint, "file"), "utf8")).toBe("late\n");
    expect(sh(endMoment, job, "all")).toBe("over\n");
    expect(left()).toEqual([]);
    // Repeating is harmless.
    expect(sh(endMoment, job, "all")).toBe("over\n");
  });

  it("is ended by the watchdog on the source when nobody else does: thawed, hooks run, and that is told", async () => {
    const trace = join(folder, "trace");
    expect(sh(beginMoment, job, "100", "2", `echo followed > '${trace}'`)).toBe("on\n");
    expect(freeze()).toContain("frozen");
    const writing = write("after the watchdog");
    await until(() => writing.done() && existsSync(trace));
    expect(sh(endMoment, job, "all")).toBe("fired\nover\n");
    expect(left()).toEqual([]);
    writeFileSync(join(mountPoint, "more"), "writable");
  });

  it("is not ended by the watchdog of a moment that it follows at once", async () => {
    sh(beginMoment, job, "3", "3", "");
    sh(endMoment, job, "all");
    sh(beginMoment, job, "100", "50", "");
    expect(freeze()).toContain("frozen");
    await until(() => !isWatched("3"));
    expect(sh(endMoment, job, "all")).toBe("over\n");
  });

  it("believes nothing that stands in somebody else's folder", () => {
    const state = sh(`${sharedByScripts}echo "$state"`, job).trim();
    const removed = join(folder, "agent.parts");
    writeFileSync(removed, "not the agent's");
    execFileSync("mkdir", [state]);
    writeFileSync(join(state, "agent"), `${folder}\n`);
    execFileSync("chown", ["-R", "65534", state]);
    try {
      expect(sh(endMoment, job, "all")).toBe("over\n");
      expect(existsSync(removed)).toBe(true);
      expect(existsSync(join(state, "agent"))).toBe(true);
    } finally {
      rmSync(state, { recursive: true });
    }
  });

  it("leaves out the filesystem that the agent runs from, and says so", () => {
    sh(beginMoment, job, "100", "50", "");
    const said = sh(freezeFilesystems, job, mountPoint, device);
    expect(said).toMatch(/^skipped \S+ the agent runs from it$/m);
    expect(said).not.toContain("frozen");
    writeFileSync(join(mountPoint, "file"), "not frozen");
  });

  it("touches nothing that is not on the disks, and nothing at all once it is over", () => {
    sh(beginMoment, job, "100", "50", "");
    expect(sh(freezeFilesystems, job, "/", "/dev/null")).toBe("");
    sh(endMoment, job, "all");
    expect(freeze()).toMatch(/^failed - the moment is over/);
  });
});
