/** A virtual machine never outlives the process that started it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { startGuest } from "../../../intermediate/qemu/guest.ts";
import { runTool } from "../../../intermediate/qemu/run-tool.ts";

const guestModule = pathToFileURL(join(import.meta.dirname, "../../../intermediate/qemu/guest.ts")).href;
let directory: string;
let disk: string;
beforeEach(() => {
  // A name that QEMU's key=value options would misread.
  directory = mkdtempSync(join(tmpdir(), "sma-guest,file=x:"));
  disk = join(directory, "disk, with:colon.raw");
  execFileSync("truncate", ["-s", "16M", disk]);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function options(path: string) {
  return {
    disks: [{ path, format: "raw" as const }],
    firmware: { kind: "bios" as const },
    memoryMiB: 32,
    accelerator: "tcg" as const,
    network: {
      kind: "user" as const,
      forwards: [
        { hostPort: 0, guestPort: 22 },
        { hostPort: 0, guestPort: 80 },
      ],
    },
    onSerial: () => undefined,
  };
}

/** Gone, or dead and not yet collected by its new parent. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const state = / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\)/, ""))?.[1];
  return state !== "Z" && state !== "X";
}

describe("a guest", () => {
  it("starts on a disk of any name and says which free ports it was given", async () => {
    const guest = unwrap(await startGuest(options(disk)));
    try {
      expect(isRunning(guest.pid)).toBe(true);
      expect(guest.hostPorts).toHaveLength(2);
      expect(new Set(guest.hostPorts).size).toBe(2);
      const memory = await guest.openMemory();
      expect((await memory?.stat())?.size).toBe(32 * 1_048_576);
      await memory?.close();
    } finally {
      await guest.kill();
    }
    expect(isRunning(guest.pid)).toBe(false);
    expect(await guest.qmp.execute("query-status")).toMatchObject({ ok: false });
  });

  it("that QEMU refuses to start is a failure with QEMU's own words", async () => {
    expect(await startGuest(options(join(directory, "no-such-disk")))).toMatchObject({
      ok: false,
      failure: {
        code: "image-failed",
        context: { output: expect.stringContaining("No such file") as string },
      },
    });
  });

  it("ends when its owner is killed", async () => {
    const program = `
      const { startGuest } = await import(${JSON.stringify(guestModule)});
      const started = await startGuest({ ...${JSON.stringify(options(disk))}, onSerial() {} });
      console.log(started.ok ? started.value.pid : JSON.stringify(started));
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface({ input: owner.stdout }), "line")) as [string];
    const pid = Number(line);
    expect(isRunning(pid), line).toBe(true);
    owner.kill("SIGKILL");
    await once(owner, "exit");
    // The signal is sent while the owner dies; the machine takes a moment to fall.
    for (let tries = 0; tries < 100 && isRunning(pid); tries += 1) await sleep(100);
    expect(isRunning(pid)).toBe(false);
  });
});

describe("a tool", () => {
  it("that is not installed is named", async () => {
    expect(await runTool("sma-no-such-tool", [], { signal: new AbortController().signal })).toMatchObject({
      failure: { code: "tool-missing", context: { tool: "sma-no-such-tool" } },
    });
  });

  it("is killed when it is cancelled", async () => {
    const stop = new AbortController();
    const running = runTool("sleep", ["600"], { signal: stop.signal });
    stop.abort();
    expect(await running).toMatchObject({ failure: { code: "cancelled" } });
  });

  it("that fails gives its exit status and words as a value", async () => {
    const ran = await runTool("sh", ["-c", "echo out; echo err >&2; exit 7"], {
      signal: new AbortController().signal,
    });
    expect(unwrap(ran)).toEqual({ exitCode: 7, stdout: "out\n", stderr: "err\n" });
  });
});
