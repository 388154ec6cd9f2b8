/**
 * A kernel of its own as a process (user-mode Linux), for what this machine's kernel may not have: device-mapper. Its
 * root is this machine's, read-only; commands come and go through a folder that both see.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Why none can run here, or null where it can. */
export function umlObstacle(): string | null {
  if (spawnSync("linux.uml", ["--version"]).status !== 0) return "user-mode-linux is not installed";
  for (const tool of ["lvcreate", "dmsetup", "sfdisk"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `${tool} is not installed`;
  }
  return null;
}

const init = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmpfs /run
mount -t hostfs hostfs /mnt -o "$sma_work"
for module in dm-mod dm-bufio dm-snapshot; do
  insmod "/usr/lib/uml/modules/$(uname -r)/kernel/drivers/md/$module.ko"
done
# Neither udev nor this machine's settings of LVM.
mkdir /run/lvm-settings
export LVM_SYSTEM_DIR=/run/lvm-settings
cat > /run/lvm-settings/lvm.conf <<'SETTINGS'
activation { udev_sync=0 udev_rules=0 monitoring=0 }
devices { use_devicesfile=0 obtain_device_list_from_udev=0 filter=["a|^/dev/ubda|", "r|.*|"] }
backup { backup=0 archive=0 }
SETTINGS
n=0
while :; do
  n=$((n + 1))
  while [ ! -e "/mnt/$n.go" ]; do sleep 0.05; done
  [ -e /mnt/end ] && poweroff -f
  sh "/mnt/$n.sh" > "/mnt/$n.out" 2> "/mnt/$n.err" < /dev/null
  echo $? > "/mnt/$n.rc"
  : > "/mnt/$n.done"
done
`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export interface UmlMachine {
  /** Runs sh with positional parameters; throws where it exits otherwise than with 0. */
  sh(script: string, ...parameters: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** @param folder an empty folder of the caller's; `disk`, a file, is /dev/ubda. Ends by itself after half an hour. */
export function startUmlMachine(folder: string, disk: string): UmlMachine {
  const initPath = join(folder, "init");
  mkdirSync(folder, { recursive: true });
  writeFileSync(initPath, init, { mode: 0o755 });
  const child = spawn(
    "timeout",
    [
      ...[
        "--signal=KILL",
        "1800",
        "linux.uml",
        "mem=192M",
        "root=/dev/root",
        "rootfstype=hostfs",
        "rootflags=/",
      ],
      ...["ro", `ubd0=${disk}`, `init=${initPath}`, `sma_work=${folder}`, `uml_dir=${folder}/uml/`],
      ...["con=null", "con0=null,fd:1"],
    ],
    { stdio: ["ignore", "pipe", "inherit"], detached: true },
  );
  let console_ = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (console_ += part));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let isOver = false;
  void ended.then(() => (isOver = true));
  let count = 0;
  const ask = (script: string): string => {
    count += 1;
    const base = join(folder, String(count));
    writeFileSync(`${base}.sh`, script);
    writeFileSync(`${base}.go`, "");
    return base;
  };
  return {
    async sh(script, ...parameters) {
      const base = ask(`set -- ${parameters.map(quoted).join(" ")}\n${script}`);
      while (!existsSync(`${base}.done`)) {
        if (isOver) throw new Error(`the machine ended: ${console_.slice(-2000)}`);
        await sleep(20);
      }
      const [code, out, err] = ["rc", "out", "err"].map((end) => readFileSync(`${base}.${end}`, "utf8"));
      if (code?.trim() !== "0") throw new Error(`exit ${code?.trim()}: ${out}${err}`);
      return out ?? "";
    },
    async stop() {
      writeFileSync(join(folder, "end"), "");
      ask("");
      const late = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), 60_000);
      await ended;
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
