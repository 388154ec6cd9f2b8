/**
 * Brings the npm packages of the lockfile, once for however many commands want them at the same time: `npm ci` empties
 * node_modules first, and two of them at once leave neither whole. Plain JavaScript, because it runs before anything
 * is installed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const lookEveryMs = 300;

/** Installs what `package-lock.json` of `project` says, unless it is there; ends the process where that fails. */
export function installPackages(project) {
  const wanted = createHash("sha256")
    .update(readFileSync(join(project, "package-lock.json")))
    .digest("hex");
  const stamp = join(project, "node_modules", ".installed-lockfile");
  const isThere = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  // Beside node_modules, for in it npm would remove it.
  const lock = join(project, ".installing-packages");
  if (isThere()) return;
  takeLock(lock);
  try {
    if (!isThere()) {
      runNpm(project);
      writeFileSync(stamp, wanted);
    }
  } finally {
    rmSync(lock, { force: true });
  }
}

function runNpm(project) {
  process.stderr.write("installing npm packages …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: project,
    // Standard output belongs to the program that was asked for.
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (done.status === 0) return;
  process.stderr.write("npm ci failed (see above). Is the npm registry reachable?\n");
  rmSync(join(project, ".installing-packages"), { force: true });
  process.exit(1);
}

/** Waits while another living process holds the lock; one whose process is gone counts for nothing. */
function takeLock(lock) {
  let hasTold = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = holderOf(lock);
    if (holder !== null && !isAlive(holder)) {
      breakLock(lock, holder);
      continue;
    }
    if (!hasTold)
      process.stderr.write(
        `another command of this project (process ${holder ?? "unknown"}) is installing the npm packages; waiting for it …\n` +
          `(if there is no such command, remove ${lock})\n`,
      );
    hasTold = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookEveryMs);
  }
}

/** The process that a lock names; null where it is gone meanwhile, or only just being written. */
function holderOf(lock) {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Removes the lock of a process that is gone, and never one that somebody has taken since. */
function breakLock(lock, holder) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (holderOf(aside) !== holder) linkSync(aside, lock);
  } catch {
    // Another was quicker, and what is there now is judged anew.
  }
  rmSync(aside, { force: true });
}
