/**
 * A user-mode Linux: a kernel as an ordinary program of this user, which neither needs root nor KVM and runs programs
 * at nearly full speed (docs/adr). The host's kernel never sees the filesystems.
 */
import { mkdir, rm, statfs, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fail, ok, type Failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { findTool, spawnTool } from "../qemu/run-tool.ts";

export interface HelperDisk {
  readonly path: string;
  /** The machine itself opens it so: nothing in it can write. */
  readonly isReadOnly: boolean;
}

export interface HelperRun {
  /** A shell script, readable by this user. */
  readonly scriptPath: string;
  /** At most 16, in the order of /dev/ubda, ubdb, … */
  readonly disks: readonly HelperDisk[];
  /** A folder for what the machine needs while it runs: made anew, and removed at the end. */
  readonly runDirectory: string;
  readonly signal: AbortSignal;
  /** A line of the console, or what a carriage return ends. */
  onLine(line: string): void;
}

export const helperDevice = (index: number): string => `/dev/ubd${String.fromCharCode(97 + index)}`;

/** How the machine reaches {@link HelperRun.runDirectory} of this machine's filesystem. */
export const runDirectoryInside = "/proc/self/cwd";

const memoryMiB = 384;
const tools = [
  "linux.uml",
  "rsync",
  "getfattr",
  "sfdisk",
  "dmsetup",
  "lvm",
  "chattr",
  "perl",
  "mke2fs",
  "mkfs.xfs",
  "modprobe",
  "blkid",
] as const;
const packages = "user-mode-linux rsync attr fdisk dmsetup lvm2 e2fsprogs perl-base xfsprogs dosfstools kmod";

/** Why no new layout can be made here; null where it can. */
export async function helperUnavailable(): Promise<Failure | null> {
  for (const tool of tools) {
    const found = await findTool(tool);
    if (found.ok) continue;
    const failed = fail(
      "tool-missing",
      told({ kind: "helper-lacks", program: tool }),
      { tool },
      told({ kind: "install-packages", command: `apt-get install --no-install-recommends ${packages}` }),
    );
    return failed.failure;
  }
  return null;
}

/**
 * The machine is several processes in a group that it makes itself, and some of them would outlive the first and work
 * on. When standard input ends, because whoever holds its other end closed it or has ended in whatever way, all go.
 */
const together = `exec 3<&0 </dev/null
"$@" 3<&- &
machine=$!
{ cat <&3; kill -KILL "-$machine"; kill -KILL "$machine"; } >/dev/null 2>&1 &
exec 3<&-
wait "$machine"
kill -KILL "-$machine" 2>/dev/null
kill -KILL 0
`;

/** Runs the machine to its end. What became of the work is in the lines. */
export async function runHelper(options: HelperRun): Promise<Result<void>> {
  const { scriptPath, disks, signal } = options;
  const runDirectory = resolve(options.runDirectory);
  await rm(runDirectory, { recursive: true, force: true });
  await mkdir(runDirectory, { mode: 0o700 });
  // Commas, colons and blanks mean something on a kernel's command line: it is told names in its own folder alone.
  await symlink(resolve(scriptPath), join(runDirectory, "init"));
  for (const [index, { path }] of disks.entries())
    await symlink(resolve(path), join(runDirectory, `disk-${index}`));
  const drives = disks.map(({ isReadOnly }, index) => `ubd${index}${isReadOnly ? "r" : ""}=disk-${index}`);
  const argv = [
    `mem=${memoryMiB}M`,
    ...["root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", `init=${runDirectoryInside}/init`],
    ...["con=null", "con0=null,fd:1", "ssl=null", "quiet", "panic=1", "uml_dir=uml/", "umid=helper"],
    ...drives,
  ];
  const program = await findTool("linux.uml");
  if (!program.ok) return program;
  const command = ["-c", together, "helper", program.value, ...argv];
  const environment = { TMPDIR: await memoryFolder(runDirectory), HOME: runDirectory };
  const started = await spawnTool("sh", command, ["pipe", "pipe", "pipe"], environment, runDirectory);
  if (!started.ok) return started;
  const child = started.value;
  const stop = (): void => void child.stdin?.destroy();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop() ?? "";
    for (const line of lines) options.onLine(line);
  });
  child.stderr?.resume();
  child.stdin?.on("error", () => undefined);
  await new Promise<void>((settle) => child.once("close", () => settle()));
  signal.removeEventListener("abort", stop);
  stop();
  await rm(runDirectory, { recursive: true, force: true });
  return signal.aborted ? fail("cancelled", told({ kind: "new-layout-stopped" })) : ok();
}

/** The machine's memory is a file: best on a filesystem in memory, where that has room enough. */
async function memoryFolder(otherwise: string): Promise<string> {
  const shared = "/dev/shm";
  const free = await statfs(shared).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free > memoryMiB * 1_048_576 * 1.5 ? shared : otherwise;
}
