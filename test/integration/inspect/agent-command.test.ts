/** `sma-agent inspect` as it is pushed to a source: arguments, exit codes, memory, and the same report. */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { inspect, reportSchema } from "./support/inspect-report.ts";
import { makeSparse, numberIn, runTool, temporaryFolder, tool } from "./support/tools.ts";

const mebibyte = 1024 * 1024;
const agent = join(import.meta.dirname, "../../../resources/agents/linux-x86_64/sma-agent");

beforeAll(async () => {
  await buildInspectProgram("program");
  await tool(process.execPath, [join(import.meta.dirname, "../../../scripts/agent/build.ts"), "--quiet"]);
}, 1_200_000);

async function partitionedDisk(folder: string): Promise<string> {
  const image = join(folder, "disk.img");
  await makeSparse(image, 96 * mebibyte);
  await tool("sfdisk", ["-q", image], "label: gpt\nstart=2048,size=64M,type=L\nsize=20M,type=S\n");
  await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "wurzel", "-E", `offset=${mebibyte}`, image, "64M"]);
  return image;
}

describe("sma-agent inspect", () => {
  it("prints what the sanitized build prints", async () => {
    await using folder = await temporaryFolder();
    const image = await partitionedDisk(folder.path);
    const report = reportSchema.parse(JSON.parse(await tool(agent, ["inspect", image, "--json"])));
    expect(report).toEqual(await inspect(image));
    expect(report.devices[0]?.partitions[0]?.content).toMatchObject({ type: "ext4", label: "wurzel" });
  });

  it("names a device that cannot be opened, reports on the others and exits 1", async () => {
    await using folder = await temporaryFolder();
    const image = await partitionedDisk(folder.path);
    const missing = join(folder.path, "missing");
    const { stdout, stderr, exitCode } = await runTool(agent, ["inspect", missing, image]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(missing);
    expect(JSON.parse(stdout)).toMatchObject({
      devices: [
        { path: missing, error: expect.any(String) },
        { path: image, sizeBytes: 96 * mebibyte },
      ],
    });
  });

  it.each([[[]], [["--sector-size", "1000", "x"]], [["--what", "x"]]])(
    "exits 2 with a reason on %j",
    async (args) => {
      const { stdout, stderr, exitCode } = await runTool(agent, ["inspect", ...args]);
      expect(exitCode).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^(error|usage): /);
    },
  );

  it("reads a GPT that counts in sectors of 4096 bytes from an image that does not say so", async (context) => {
    await using folder = await temporaryFolder();
    const wide = join(folder.path, "wide.img");
    await makeSparse(wide, 96 * mebibyte);
    const loop = await runTool("losetup", ["--find", "--show", "--sector-size", "4096", wide]);
    if (loop.exitCode !== 0) {
      console.warn(`SKIPPED: no loop device with large sectors can be had here: ${loop.stderr.trim()}`);
      return context.skip();
    }
    const device = loop.stdout.trim();
    try {
      await tool("sfdisk", ["-q", device], "label: gpt\nsize=20M\n");
      const asked = reportSchema.parse(JSON.parse(await tool(agent, ["inspect", device])));
      expect(asked.devices[0]).toMatchObject({ sectorSize: 4096, partitionTable: { primaryGpt: "valid" } });
    } finally {
      await tool("losetup", ["--detach", device]);
    }
    const report = reportSchema.parse(JSON.parse(await tool(agent, ["inspect", wide])));
    expect(report.devices[0]?.partitionTable).toMatchObject({
      type: "gpt",
      sectorSize: 4096,
      backupGpt: "valid",
    });
    expect(report.devices[0]?.partitions[0]?.sizeBytes).toBe(20 * mebibyte);
  });

  it("stays under 64 MiB of memory on a huge filesystem", async () => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "huge.img");
    await makeSparse(image, 2 ** 42);
    await tool("mkntfs", ["-q", "-Q", "-F", "-c", "4096", image]);
    const { stdout, stderr, exitCode } = await runTool("/usr/bin/time", ["-v", agent, "inspect", image]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('"type":"ntfs"');
    expect(stdout).toContain('"countedFrom":"maps"');
    expect(numberIn(stderr, /Maximum resident set size \(kbytes\): (\d+)/)).toBeLessThan(64 * 1024);
  });
});
