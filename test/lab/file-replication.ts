/**
 * `npm run lab -- file-replication`: whole jobs that bring the LVM guest's files into standard partitions on a smaller
 * disk. Stopped and resumed, proved by boot check and receipt, the image booted and compared file by file; another run
 * that follows deletions; a job that is cancelled in the middle.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { bootVerdictSchema } from "../../common/domain/boot-verdict.ts";
import { imageFileSchema } from "../../common/domain/image.ts";
import type { JobView } from "../../common/api/procedures.ts";
import { listSavingsSchema } from "../../common/domain/exclude-savings.ts";
import { layoutOutcomeSchema } from "../../common/domain/layout-outcome.ts";
import { mebibyte } from "../../common/domain/target-layout.ts";
import { unwrap } from "../../common/result.ts";
import { prepareFirmware } from "../../intermediate/boot-check/machine.ts";
import { runHelper } from "../../intermediate/layout/helper-machine.ts";
import { bootCopy, type LabSource } from "./boot-source.ts";
import { need, runCases, shell, withGuestBench, type GuestBench, type GuestCase } from "./guest-bench.ts";
import type { LabContext } from "./prepare-image.ts";
import { verifyPayload } from "./verify-payload.ts";

/** The guest's disk has 2,304 MiB; XFS becomes ext4, and everything is smaller than it was. */
const layout = [
  ...["--replication", "file", "--partition", "/=1300M"],
  ...["--partition", "/data=220M,ext4", "--partition", "swap=64M"],
];
const newBytes = (1 + 1 + 1300 + 220 + 64 + 1) * mebibyte;
const machine = ["--boot-memory", "768", "--boot-timeout", "1800"];
/** Written to the guest before the first run, and changed before the second. */
const before =
  "mkdir -p /var/tmp/lab /data/lab /var/lib/docker/overlay2/x; echo one > /var/tmp/lab/stays; echo gone > /var/tmp/lab/goes; ln /var/tmp/lab/goes /var/tmp/lab/goes-too; mkdir /data/lab/folder; echo gone > /data/lab/folder/goes; head -c 3000000 /dev/urandom > /var/lib/docker/overlay2/x/layer; sync";
const later =
  "rm -r /var/tmp/lab/goes /var/tmp/lab/goes-too /data/lab/folder; echo two >> /var/tmp/lab/stays; echo new > /data/lab/new; sync";
/** What of that is below a root: files with their lines, and how many entries there are in the folder left out. */
const trace = (root: string): string =>
  `cd ${root}; find var/tmp/lab data/lab -type f | sort | xargs grep -H . | tr '\\n' ' '; ls var/lib/docker 2>/dev/null | wc -l`;
const copied =
  "data/lab/folder/goes:gone var/tmp/lab/goes:gone var/tmp/lab/goes-too:gone var/tmp/lab/stays:one 0";
const followed = "data/lab/new:new var/tmp/lab/stays:one var/tmp/lab/stays:two 0";

const outputs = z.object({
  convert: z.object({ layout: layoutOutcomeSchema }),
  "boot-check": z.object({ verdict: bootVerdictSchema }),
  image: z.object({ files: z.array(imageFileSchema).min(1) }),
  receipt: z.object({ path: z.string() }),
});

const onlyJob = async ({ sma }: GuestBench, name: string): Promise<JobView | undefined> =>
  (JSON.parse((await sma(name, ["job", "list", "--json"])).stdout) as JobView[])[0];

/** Waits until files are being brought over; an Error where the job ends before. */
async function untilFilesMove(bench: GuestBench, name: string, hasEnded: () => boolean): Promise<JobView> {
  for (;;) {
    const job = await onlyJob(bench, name);
    if (/^bringing the files/.test(job?.progress?.note ?? "") && job !== undefined) return job;
    need(!hasEnded(), "the job ended before its files moved", job?.state);
    await sleep(500);
  }
}

/** Boots the image and has it say what it is made of, and what is different in its payload. */
async function look(
  { image, directory }: GuestBench,
  path: string,
  virtualBytes: number,
  context: LabContext,
  act: (running: LabSource) => Promise<void>,
): Promise<void> {
  const firmware = unwrap(await prepareFirmware("bios", async () => join(directory, "unused")));
  const options = { ...context, firmware, timeoutSeconds: 900, memoryMiB: 768 };
  const running = unwrap(await bootCopy({ path, format: "qcow2" }, virtualBytes, image, options));
  try {
    // Another filesystem lists its directories in another order: the lines count, not their places.
    const { differences } = unwrap(await verifyPayload(running, image));
    // XFS alone shows access control lists a second time, in its own form.
    const other = differences.filter((line) => !line.startsWith("-trusted.SGI_ACL_"));
    need(other.length === 0, "the payload differs", other.slice(0, 10));
    await act(running);
  } finally {
    await running.kill();
  }
}

const savings = z
  .object({ excludes: z.array(listSavingsSchema) })
  .transform(({ excludes }) => ({ lists: excludes }));

const layoutOf = (job: JobView) =>
  z.object({ layout: layoutOutcomeSchema }).safeParse(job.outputs["convert"]).data?.layout;

/** What {@link trace} says of a raw image, which a kernel that is a program looks into. */
async function filesIn({ directory }: GuestBench, job: JobView): Promise<string> {
  const [file] = outputs.shape.image.parse(job.outputs["image"]).files;
  const folder = join(directory, "look");
  await mkdir(folder, { recursive: true });
  const scriptPath = join(folder, "init");
  // In the order of the layout: BIOS boot, swap, /data, /.
  const script = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
mount -t proc proc /proc; mount -t tmpfs tmp /tmp; mount -t devtmpfs dev /dev 2>/dev/null
mkdir /tmp/r; mount -t ext4 -o ro /dev/ubda4 /tmp/r; mount -t ext4 -o ro /dev/ubda3 /tmp/r/data
echo "@$(${trace("/tmp/r")})"
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
`;
  await writeFile(scriptPath, script, { mode: 0o700 });
  const lines: string[] = [];
  unwrap(
    await runHelper({
      scriptPath,
      runDirectory: join(folder, "run"),
      signal: new AbortController().signal,
      disks: [{ path: file?.path ?? "", isReadOnly: true }],
      onLine: (line) => lines.push(line),
    }),
  );
  return lines.find((line) => line.startsWith("@"))?.slice(1) ?? lines.join("\n");
}

/** All that a run must have ended in. */
async function judge(bench: GuestBench, job: JobView, context: LabContext): Promise<void> {
  const parsed = outputs.safeParse(job.outputs);
  need(parsed.success, "the run has not done all of its steps", parsed.error?.issues);
  const { convert, "boot-check": checked, image, receipt } = parsed.data;
  const { volumes, differing, isNew, seconds } = convert.layout;
  for (const { mountPoint, entries, bytes, excluded } of volumes) {
    const left = excluded.map((each) => `${each.pattern}: ${each.bytes}`).join(", ");
    context.report(
      `${mountPoint}: ${entries} entries, ${bytes} bytes; left out ${left} (${seconds} s in all)`,
    );
  }
  need(differing.length === 0, "files differ", differing);
  need(isNew, "the layout was not made anew");
  need(checked.verdict.booted && checked.verdict.cause === null, "it does not boot whole", checked.verdict);
  const [file] = image.files;
  need(file?.virtualBytes === newBytes, "the new disk has another size", file);
  const verified = await bench.sma("whole", ["receipt", "verify", receipt.path, "--image", file.path]);
  need(verified.exitCode === 0, "the receipt does not hold for the image", verified.stdout + verified.stderr);
  context.report(verified.stdout.trim().split("\n").at(-1) ?? "");
  await look(bench, file.path, file.virtualBytes, context, async (running) => {
    const mounts = await shell(
      running,
      "findmnt -rn -o SOURCE,TARGET,FSTYPE / ; findmnt -rn -o SOURCE,TARGET,FSTYPE /data; swapon --show=NAME --noheadings",
    );
    const plain = /^\/dev\/[sv]da\d \/ ext4\n\/dev\/[sv]da\d \/data ext4\n\/dev\/[sv]da\d$/;
    need(plain.test(mounts), "other filesystems are mounted", mounts);
    const said = await shell(running, trace("/"));
    need(said === copied, "other files are there", said);
    context.report(`${mounts.replaceAll("\n", "; ")}: payload equal`);
  });
}

const cases = (context: LabContext): GuestCase[] => [
  {
    name: "whole: stopped while files move, resumed, booted, with a receipt",
    async run(bench) {
      const { source, start, sma } = bench;
      await shell(source, before);
      const running = await start("whole", [...layout, ...machine]);
      let hasEnded = false;
      const first = running.result.then((result) => {
        hasEnded = true;
        return result;
      });
      const { id } = await untilFilesMove(bench, "whole", () => hasEnded).catch(async (error: unknown) => {
        running.child.kill("SIGINT");
        throw new Error(`${String(error)}: ${(await first).stderr.slice(-1500)}`);
      });
      running.child.kill("SIGINT");
      await first;
      const stopped = await onlyJob(bench, "whole");
      need(stopped?.state.name === "stopped", "it did not stop", stopped?.state);
      context.report("stopped while files moved; resuming");
      const resumed = await sma("whole", ["job", "resume", id, "--json"]);
      need(resumed.exitCode === 0, "resuming failed", `${resumed.stdout}${resumed.stderr}`);
      await judge(bench, JSON.parse(resumed.stdout) as JobView, context);
      await nothingIsLeft(source);
    },
  },
  {
    name: "later: what is left out is told before, and another run follows deletions",
    async run(bench) {
      const { source, migrate, sma } = bench;
      await shell(source, `rm -rf /var/tmp/lab /data/lab; ${before}`);
      const more = ["--no-conversion", "--no-boot-check", "--format", "raw", "--every", "24", "--keep", "1"];
      const { ran, job } = await migrate("later", [...layout, ...more]);
      need(job !== null, "the migration failed", `${ran.stdout}${ran.stderr}`);
      need(job.state.name === "waiting", "it does not wait for its next run", job.state);
      const said = await filesIn(bench, job);
      need(said === copied, "other files are in the image", said);
      const planned = await sma("later", ["layout", job.sourceName, ...layout.slice(2), "--json"]);
      need(planned.exitCode === 0, "the layout is not shown", planned);
      const { lists } = savings.parse(JSON.parse(planned.stdout));
      const docker = lists[0]?.rules.find(({ pattern }) => pattern === "/var/lib/docker/*");
      need(docker?.bytes === 3_000_000 && docker.counted === "whole", "the savings are others", lists);

      await shell(source, later);
      const again = await sma("later", ["job", "sync", job.id, "--final", "--json"]);
      need(again.exitCode === 0, "the other run failed", `${again.stdout}${again.stderr}`);
      const last = JSON.parse(again.stdout) as JobView;
      need(last.state.name === "finished", "it is not finished", last.state);
      need(layoutOf(last)?.isNew === false, "the layout was made anew", layoutOf(last));
      const now = await filesIn(bench, last);
      need(now === followed, "deletions were not followed", now);
      await nothingIsLeft(source);
    },
  },
  {
    name: "cancelled while files move: nothing is left, on the source and here",
    async run(bench) {
      const { source, start, sma, directory } = bench;
      const more = ["--no-conversion", "--no-boot-check"];
      const running = await start("cancelled", [...layout, ...more]);
      let hasEnded = false;
      void running.result.then(() => (hasEnded = true));
      const { id } = await untilFilesMove(bench, "cancelled", () => hasEnded);
      const cancelled = await sma("cancelled", ["job", "cancel", id, "--yes"]);
      need(cancelled.exitCode === 0, "it was not cancelled", cancelled.stdout + cancelled.stderr);
      await running.result;
      need((await onlyJob(bench, "cancelled")) === undefined, "the job is still on record");
      const folder = join(directory, "cancelled", "target", "jobs");
      need(!existsSync(folder) || readdirSync(folder).length === 0, "its folder is still there");
      await sleep(5_000);
      const machines = helperMachines(join(directory, "cancelled"));
      need(machines.length === 0, "the helper machine still runs", machines);
      await nothingIsLeft(source);
    },
  },
];

/** Processes whose command line names a path. */
function helperMachines(path: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`${path}/target`);
    } catch {
      return false;
    }
  });
}

async function nothingIsLeft(source: LabSource): Promise<void> {
  const left = await shell(
    source,
    "ls -d /run/sma-* /dev/shm/sma-* /var/tmp/sma-* /tmp/sma-* 2>/dev/null; pgrep -c sma-agent",
  );
  need(left === "0", "the source is not as it was", left);
}

/** True where all went as it should. */
export async function runFileReplication(parts: readonly string[], context: LabContext): Promise<boolean> {
  return withGuestBench("gpt-lvm", [], context, (bench) => runCases(cases(context), parts, bench, context));
}
