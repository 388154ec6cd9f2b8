/**
 * Real servers from beginning to end: a lab machine is migrated over SSH while it runs, the image boots, and what is
 * inside holds against the manifest that was made with the machine.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobView } from "../../common/api/procedures.ts";
import type { BootVerdict } from "../../common/api/intermediate.ts";
import { unwrap } from "../../common/result.ts";
import { bootDisk, bootLabSource, prepareLabImage, verifyPayload, type LayoutName } from "../lab/lab.ts";
import { runSma } from "../support/run-sma.ts";
import { freePort } from "../support/sshd/sshd.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "sma-lab-e2e-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const context = {
  report: (text: string) => process.stderr.write(`${text}\n`),
  signal: new AbortController().signal,
};

interface Case {
  readonly layout: LayoutName;
  /** As whom the assistant logs in: root, or a user with passwordless sudo. */
  readonly user: "root" | "deploy";
  readonly bootCheck: boolean;
}

const cases: readonly Case[] = [
  { layout: "gpt-lvm", user: "root", bootCheck: true },
  { layout: "mbr-plain", user: "deploy", bootCheck: false },
];

describe.each(cases)("a server with $layout, reached as $user", ({ layout, user, bootCheck }) => {
  it("becomes an image that boots and holds every file as it was", async () => {
    const image = unwrap(await prepareLabImage(layout, context));
    const source = unwrap(await bootLabSource(image, context));
    let job: JobView;
    try {
      const stateDirectory = join(directory, "state");
      const ran = await runSma(
        [
          "migrate",
          `${user}@127.0.0.1:${source.port}`,
          ...["--identity", source.keyPath, "--accept-host-key", source.hostKey],
          ...["--advertise", source.hostAddress, "--directory", join(directory, "target")],
          ...["--control-port", String(await freePort()), "--data-port", String(await freePort())],
          ...(bootCheck ? ["--boot-memory", "768"] : ["--no-boot-check"]),
          "--json",
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

    const boot = job.outputs["boot-check"] as { verdict: BootVerdict | null };
    if (bootCheck) {
      expect(boot.verdict?.booted, boot.verdict?.evidence).toBe(true);
      expect(statSync(boot.verdict?.screenshotPath ?? "").size).toBeGreaterThan(0);
      expect(readFileSync(boot.verdict?.consoleLogPath ?? "", "utf8")).toContain("login:");
    }

    const { files } = job.outputs["image"] as { files: { path: string; sha256: string }[] };
    const [file] = files;
    expect(execFileSync("sha256sum", [file?.path ?? ""]).toString()).toContain(file?.sha256);
    const migrated = unwrap(await bootDisk({ path: file?.path ?? "", format: "qcow2" }, image, context));
    try {
      const verdict = unwrap(await verifyPayload(migrated, image));
      expect(verdict.differences).toEqual([]);
      expect(verdict.lines).toBeGreaterThan(50);
      const swap = unwrap(await migrated.run("swapon --show --noheadings --bytes"));
      expect(swap.stdout.trim(), "swap is in use").not.toBe("");
    } finally {
      await migrated.kill();
    }
  });
});
