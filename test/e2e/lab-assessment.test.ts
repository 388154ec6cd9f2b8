/** A real server of the lab is judged while it runs. Its migration is browser/newcomer.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reportSchema, type ReportEntry } from "../../common/domain/report.ts";
import { unwrap } from "../../common/result.ts";
import { bootLabSource, prepareLabImage, type LabSource } from "../lab/lab.ts";
import { projectDirectory, runSma } from "../support/run-sma.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "sma-lab-e2e-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const context = {
  report: (text: string) => process.stderr.write(`${text}\n`),
  signal: new AbortController().signal,
};

/** A live server is assessed as its own bundle is, with rates measured and the ports tried. */
async function expectAssessedAsItsBundle(source: LabSource, stateDirectory: string): Promise<void> {
  const collector = readFileSync(
    join(projectDirectory, "resources", "collectors", "collect-linux.sh"),
    "utf8",
  );
  const collected = unwrap(await source.run("sh", { stdin: collector }));
  const bundlePath = join(directory, "server.json");
  writeFileSync(bundlePath, collected.stdout);

  const assess = async (args: readonly string[]): Promise<ReportEntry> => {
    const { stdout, stderr } = await runSma(["assess", ...args, "--json"], { stateDirectory });
    const [entry] = reportSchema.parse(JSON.parse(stdout));
    if (entry === undefined || entry.failure !== null) throw new Error(`not assessed: ${stdout}${stderr}`);
    return entry;
  };
  const live = await assess([
    `deploy@127.0.0.1:${source.port}`,
    ...["--name", "server", "--identity", source.keyPath, "--accept-host-key", source.hostKey],
    ...["--intermediate", source.hostAddress],
  ]);
  const carried = await assess([bundlePath]);

  expect(live.os).toEqual(carried.os);
  expect(live.platform).toBe(carried.platform);
  expect(live.disks.map(withoutUsage)).toEqual(carried.disks.map(withoutUsage));
  expect(live.disks[0]?.id).toBe("/dev/vda");
  // What depends on the moment or on the line: the clock, the ports, the time that it takes, and which of the collector's
  // commands an emulated machine did not end in time.
  const stable = ({ findings }: ReportEntry) =>
    findings
      .map(({ code, subject }) => `${code} ${subject.name}`)
      .filter((text) => !/^(ports|clock|time|collection)\b/.test(text));
  expect(stable(live)).toEqual(stable(carried));
  expect(live.estimate?.assumptions.bandwidthFrom).toBe("measured");
  expect(carried.estimate?.assumptions.bandwidthFrom).toBe("assumed");
  // Nothing listens there now, and the source was the one to find out.
  expect(live.findings.map(({ code }) => code)).toContain("ports-blocked");
}

/** Logs grow between two looks. */
function withoutUsage(disk: ReportEntry["disks"][number]): unknown {
  return JSON.parse(JSON.stringify(disk, (key, value: unknown) => (key === "usedBytes" ? null : value)));
}

describe("a live server", () => {
  it("is assessed as its own bundle is", async () => {
    const image = unwrap(await prepareLabImage("gpt-lvm", context));
    const source = unwrap(await bootLabSource(image, context));
    try {
      await expectAssessedAsItsBundle(source, join(directory, "assessing"));
    } finally {
      await source.kill();
    }
  });
});
