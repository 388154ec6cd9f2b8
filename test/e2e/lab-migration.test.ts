/**
 * Real servers from beginning to end: a lab machine is migrated over SSH while it runs, the image boots, and what is
 * inside holds against the manifest that was made with the machine.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BootVerdict } from "../../common/domain/boot-verdict.ts";
import type { JobView } from "../../common/api/procedures.ts";
import { reportSchema, type ReportEntry } from "../../common/domain/report.ts";
import { unwrap } from "../../common/result.ts";
import { bootLabSource, prepareLabImage, verifyPayloadOffline, type LabSource } from "../lab/lab.ts";
import { projectDirectory, runSma } from "../support/run-sma.ts";
import { freePort } from "../support/sshd/sshd.ts";

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
    `root@127.0.0.1:${source.port}`,
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

// With a conversion, and LVM, it is browser/newcomer.test.ts.
describe("a server that is reached as a user with sudo", () => {
  it("becomes an image that boots and holds every file as it was", async () => {
    const image = unwrap(await prepareLabImage("mbr-plain", context));
    const source = unwrap(await bootLabSource(image, context));
    let job: JobView;
    try {
      const stateDirectory = join(directory, "state");
      const ran = await runSma(
        [
          "migrate",
          `deploy@127.0.0.1:${source.port}`,
          ...["--identity", source.keyPath, "--accept-host-key", source.hostKey],
          ...["--advertise", source.hostAddress, "--directory", join(directory, "target")],
          ...["--control-port", String(await freePort()), "--data-port", String(await freePort())],
          ...["--no-conversion", "--json"],
        ],
        { stateDirectory },
      );
      expect(ran.exitCode, `${ran.stdout}\n${ran.stderr}`).toBe(0);
      job = JSON.parse(ran.stdout) as JobView;
      // The source stays online and keeps nothing of us.
      const left = unwrap(
        await source.run(
          "ls -d /var/tmp/sma-* /tmp/sma-* /run/sma-* /root/sma-* 2>/dev/null; pgrep -c sma-agent",
        ),
      );
      expect(left.stdout.trim()).toBe("0");
    } finally {
      await source.kill();
    }

    const { verdict } = job.outputs["boot-check"] as { verdict: BootVerdict };
    expect(verdict).toMatchObject({
      booted: true,
      evidence: expect.stringContaining("lab-mbr-plain login:") as string,
    });
    const moments = verdict.timeline.map(({ atSeconds }) => atSeconds);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(verdict.timeline.map(({ what }) => what)).toEqual(expect.arrayContaining(["firmware", "login"]));
    const picture = readFileSync(verdict.screenshotPath ?? "");
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    // The overlay that was booted is gone; what tells of it stays.
    expect(readdirSync(dirname(verdict.consoleLogPath)).toSorted()).toEqual([
      ...["console.log", "last-screen.png", "last-screen.txt"],
    ]);

    const { files } = job.outputs["image"] as { files: { path: string; sha256: string }[] };
    const [file] = files;
    expect(execFileSync("sha256sum", [file?.path ?? ""]).toString()).toContain(file?.sha256);
    const payload = unwrap(
      await verifyPayloadOffline({ path: file?.path ?? "", format: "qcow2" }, image, context),
    );
    expect(payload.differences).toEqual([]);
    expect(payload.lines).toBeGreaterThan(50);
  });
});
