/**
 * `npm run lab -- snapshots`: a guest whose root and data are logical volumes that are written without end, copied
 * through LVM snapshots. This machine may have no device-mapper; the guest has.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobView } from "../../common/api/procedures.ts";
import { unwrap } from "../../common/result.ts";
import { runHelper } from "../../intermediate/layout/helper-machine.ts";
import { runSma } from "../support/run-sma.ts";
import type { LabSource } from "./boot-source.ts";
import { need, runCases, shell, withGuestBench, type GuestBench, type GuestCase } from "./guest-bench.ts";
import type { LabContext } from "./prepare-image.ts";

const mebi = 1_048_576;
/** Renames and appends without end, on both filesystems. */
const writer =
  'n=0; while :; do n=$((n + 1)); for d in /var/tmp/w /data/w; do echo "$n" >> $d/log; echo "$n" > $d/new; mv $d/new $d/f$((n % 50)); done; done';
/** Overwrites far more of the root than its snapshot holds. */
const flood =
  "while :; do for n in 1 2 3 4; do dd if=/dev/urandom of=/var/tmp/w/flood$n bs=1M count=60 conv=notrunc,fsync 2>/dev/null; done; done";

/** Starts `script` in the guest, where it leaves the rest some of its one processor; its end is `stop`'s doing. */
async function startWriting(source: LabSource, script: string): Promise<() => Promise<void>> {
  await shell(
    source,
    `mkdir -p /var/tmp/w /data/w; setsid nice -n 19 sh -c '${script}' sma-lab-writer </dev/null >/dev/null 2>&1 & sleep 1`,
  );
  return async () => void (await shell(source, "pkill -f [s]ma-lab-writer; rm -rf /var/tmp/w /data/w"));
}

/** What a moment could leave: snapshots, files, an agent, filesystems that hold whoever writes. */
async function nothingIsLeft(source: LabSource): Promise<void> {
  const written = await shell(
    source,
    "for d in /var/tmp /data; do timeout 60 sh -c 'touch $0/lab-thawed && sync -f $0/lab-thawed && rm $0/lab-thawed' $d || echo $d; done",
  );
  need(written === "", "filesystems are still frozen", written);
  const left = await shell(
    source,
    "lvs --noheadings -o lv_name lab | tr -d ' ' | sort | tr '\\n' ' '; ls -d /run/sma-* /dev/shm/sma-* 2>/dev/null; pgrep -c sma-agent",
  );
  need(left.replace(/\s+/g, " ") === "data root swap 0", "the source is not as it was", left);
}

interface ConsistencyOutput {
  readonly method: string;
  readonly snapshots: string[];
  readonly notes: { readonly said?: { readonly kind: string } }[];
}

function outputOf(job: JobView | null): ConsistencyOutput {
  return (job?.outputs["sync"] as { consistency: ConsistencyOutput }).consistency;
}

/** Both filesystems of the image are whole, and no snapshot is on record in it. */
async function imageIsWhole({ source, directory }: GuestBench, job: JobView | null): Promise<void> {
  const { files } = job?.outputs["image"] as { files: { path: string }[] };
  const path = files[0]?.path ?? "";
  const start = Number(await shell(source, "cat /sys/class/block/vda2/start")) * 512;
  // What an earlier moment wrote may still stand in the ring of old metadata; the newest is what counts.
  const newest = newestMetadata(path, start);
  need(newest.includes("logical_volumes"), "no LVM metadata in the image");
  need(!newest.includes(`sma-${job?.id}`), "the image's LVM knows the snapshots", newest);
  const said = await inspected(path, directory);
  need(said.includes("@root 0") && said.includes("@data 0"), "a filesystem of the image is not whole", said);
}

/**
 * What the checks say of both filesystems, looked at by a kernel that is a program. A frozen ext4 has nothing in its
 * journal; a frozen XFS keeps its log for whoever mounts it, so that is done first. Writes into the image, which nobody needs afterwards: read through a
 * copy-on-write file of that kernel, it would look damaged (ADR 20).
 */
async function inspected(path: string, directory: string): Promise<string> {
  const scriptPath = join(directory, "inspect");
  const config = `--config 'devices{use_devicesfile=0 obtain_device_list_from_udev=0} activation{udev_sync=0 udev_rules=0}'`;
  const script = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C LVM_SYSTEM_DIR=/tmp/lvm
exec 2>&1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /run; mount -t tmpfs tmp /tmp
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /run/lock/lvm /run/lvm /tmp/lvm /tmp/m/lib /tmp/d
ln -s /usr/lib/uml/modules /tmp/m/lib/modules; modprobe -d /tmp/m dm-mod
lvm vgchange -ay ${config} --noudevsync; lvm vgmknodes ${config}
e2fsck -f -n /dev/mapper/lab-root; echo "@root $?"
mount -t xfs -o nouuid /dev/mapper/lab-data /tmp/d && umount /tmp/d && xfs_repair -n /dev/mapper/lab-data; echo "@data $?"
sync
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
`;
  await writeFile(scriptPath, script, { mode: 0o700 });
  const lines: string[] = [];
  unwrap(
    await runHelper({
      scriptPath,
      runDirectory: join(directory, "inspect-run"),
      signal: new AbortController().signal,
      disks: [{ path, isReadOnly: false }],
      onLine: (line) => lines.push(line),
    }),
  );
  return lines.join("\n");
}

function newestMetadata(path: string, start: number): string {
  // The image is larger than what Node reads at once.
  const file = openSync(path, "r");
  const bytes = Buffer.alloc(mebi);
  readSync(file, bytes, 0, mebi, start);
  closeSync(file);
  const area = bytes.toString("latin1");
  const texts = [...area.matchAll(/seqno = (\d+)/g)].map((match) => ({
    number: Number(match[1]),
    at: match.index,
  }));
  const newest = texts.toSorted((a, b) => b.number - a.number)[0];
  return newest === undefined ? "" : area.slice(newest.at, area.indexOf("\0", newest.at));
}

const cases: readonly GuestCase[] = [
  {
    name: "a busy source is copied as one moment through snapshots",
    async run(bench) {
      const { source, migrate } = bench;
      const stop = await startWriting(source, writer);
      const { ran, job } = await migrate("busy", ["--consistency", "auto", "--passes", "1"]);
      need(ran.exitCode === 0, "the migration failed", `${ran.stdout}${ran.stderr}`);
      const said = outputOf(job);
      need(said.method === "snapshots", "not by snapshots", said);
      need([...said.snapshots].toSorted().join(" ") === "lab/data lab/root", "other volumes", said);
      await imageIsWhole(bench, job);
      await stop();
      await nothingIsLeft(source);
    },
  },
  {
    name: "hooks end before the pass, snapshots after it",
    async run({ source, migrate }) {
      const hook = (word: string) => `echo ${word} $(lvs --noheadings lab | grep -c sma-) >> /run/lab-trace`;
      const { ran, job } = await migrate("hooks", [
        ...["--consistency", "lvm-snapshot", "--hook-before", hook("before"), "--hook-after", hook("after")],
      ]);
      need(ran.exitCode === 0, "the migration failed", `${ran.stdout}${ran.stderr}`);
      need(outputOf(job).method === "snapshots", "not by snapshots", outputOf(job));
      const trace = await shell(source, "cat /run/lab-trace; rm /run/lab-trace");
      need(trace === "before 0\nafter 2", "the hooks ran at other times", trace);
      await nothingIsLeft(source);
    },
  },
  {
    name: "a snapshot that overflows is told, and the copy goes on without",
    async run({ source, migrate }) {
      const stop = await startWriting(source, flood);
      const { ran, job } = await migrate("flood", [...["--consistency", "lvm-snapshot", "--passes", "1"]]);
      need(ran.exitCode === 0, "the migration failed", `${ran.stdout}${ran.stderr}`);
      const said = outputOf(job);
      need(said.method !== "snapshots", "the snapshots were called whole", said);
      need(
        said.notes.some((note) => note.said?.kind === "snapshot-overflowed"),
        "nothing is said of it",
        said,
      );
      await stop();
      await nothingIsLeft(source);
    },
  },
  {
    name: "an assistant killed in the middle: the next one lets go and ends the job",
    async run({ source, start, directory }) {
      const stop = await startWriting(source, writer);
      const running = await start("killed", ["--consistency", "lvm-snapshot", "--passes", "1"]);
      await untilSnapshots(source);
      running.child.kill("SIGKILL");
      await running.result;
      const state = join(directory, "killed");
      need((await shell(source, "lvs --noheadings lab | grep -c sma-")) === "2", "no snapshots to leave");
      const jobs = JSON.parse(
        (await runSma(["job", "list", "--json"], { stateDirectory: state })).stdout,
      ) as JobView[];
      const resumed = await runSma(["job", "resume", jobs[0]?.id ?? ""], { stateDirectory: state });
      need(resumed.exitCode === 0, "resuming failed", `${resumed.stdout}${resumed.stderr}`);
      await stop();
      await nothingIsLeft(source);
    },
  },
  {
    name: "an agent killed in the middle: another one reads on from the snapshots",
    async run(bench) {
      const { source, start } = bench;
      const stop = await startWriting(source, writer);
      const running = await start("agent", ["--consistency", "lvm-snapshot", "--passes", "1"]);
      await untilSnapshots(source);
      await shell(source, "pkill -KILL sma-agent");
      const ran = await running.result;
      need(ran.exitCode === 0, "the migration failed", `${ran.stdout}${ran.stderr}`);
      const job = JSON.parse(ran.stdout) as JobView;
      need(outputOf(job).method === "snapshots", "not by snapshots", outputOf(job));
      await imageIsWhole(bench, job);
      await stop();
      await nothingIsLeft(source);
    },
  },
  {
    name: "a volume group without room: asked for, a clear refusal; by choice, frozen",
    async run({ source, migrate, sma }) {
      await shell(source, "lvcreate -An -y -l 100%FREE -n filler lab; true");
      const stop = await startWriting(source, writer);
      try {
        const refused = await migrate("full", ["--consistency", "lvm-snapshot", "--passes", "1"]);
        need(refused.ran.exitCode !== 0, "it was not refused");
        need(
          /volume group lab has only 0\sB free/.test(refused.ran.stderr + refused.ran.stdout),
          "no reason",
          refused.ran,
        );
        // Its agent waits for a resume, and goes with the job.
        const [waiting] = JSON.parse((await sma("full", ["job", "list", "--json"])).stdout) as JobView[];
        const cancelled = await sma("full", ["job", "cancel", waiting?.id ?? "", "--yes"]);
        need(cancelled.exitCode === 0, "it cannot be cancelled", cancelled);
        const chosen = await migrate("chosen", ["--consistency", "auto", "--passes", "1"]);
        need(chosen.ran.exitCode === 0, "the migration failed", `${chosen.ran.stdout}${chosen.ran.stderr}`);
        const said = outputOf(chosen.job);
        need(
          said.notes.some((note) => note.said?.kind === "no-snapshots"),
          "the choice is not said",
          said,
        );
      } finally {
        await stop();
        await shell(source, "lvremove -An -f lab/filler");
      }
      await nothingIsLeft(source);
    },
  },
];

/** True where all went as it should. */
export async function runSnapshotCases(parts: readonly string[], context: LabContext): Promise<boolean> {
  const more = ["--no-boot-check", "--no-conversion", "--format", "raw"];
  return withGuestBench("gpt-lvm", more, context, (bench) => runCases(cases, parts, bench, context));
}

async function untilSnapshots(source: LabSource): Promise<void> {
  while ((await shell(source, "cat /dev/shm/sma-*/agent.parts 2>/dev/null | grep -c end")) !== "1")
    await sleep(1000);
}
