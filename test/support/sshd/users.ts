/** Throw-away accounts for tests as root. Their names begin with `smat`, so that leftovers are told at a glance. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";

export interface TestUser {
  readonly name: string;
  readonly password: string;
  readonly home: string;
  readonly uid: number;
  /** Lets a key in. */
  authorize(publicKeyFile: string): void;
  /** Writes a file below the home directory, owned by the user. */
  write(path: string, content: string, mode?: number): void;
  /** What this account may do with sudo, e.g. `ALL=(ALL) NOPASSWD: ALL`; replaced at every call. */
  allowSudo(rule: string, defaults?: string): void;
  remove(): void;
}

/** The comment of an account names the process that made it, so that those of killed runs can be told. */
const commentStart = "sma test account of process ";
let areLeftoversRemoved = false;

export function addUser(options: { readonly shell?: string } = {}): TestUser {
  if (!areLeftoversRemoved) removeLeftovers();
  areLeftoversRemoved = true;
  const name = `smat${randomBytes(5).toString("hex")}`;
  const password = randomBytes(9).toString("base64url");
  const comment = `${commentStart}${process.pid}`;
  execFileSync("useradd", ["-m", "-c", comment, "-s", options.shell ?? "/bin/bash", name], {
    stdio: "ignore",
  });
  execFileSync("chpasswd", { input: `${name}:${password}\n` });
  const [, , uid = "", gid = "", , home = ""] = passwdEntry(name);
  const sudoersFile = sudoersFileOf(name);
  const write = (path: string, content: string, mode = 0o644) => {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    chownSync(dirname(file), Number(uid), Number(gid));
    writeFileSync(file, content, { mode });
    chmodSync(file, mode);
    chownSync(file, Number(uid), Number(gid));
  };
  return {
    name,
    password,
    home,
    uid: Number(uid),
    write,
    authorize: (publicKeyFile) => write(".ssh/authorized_keys", readFileSync(publicKeyFile, "utf8"), 0o600),
    allowSudo(rule, defaults = "") {
      writeFileSync(
        sudoersFile,
        `${defaults === "" ? "" : `Defaults:${name} ${defaults}\n`}${name} ${rule}\n`,
        { mode: 0o440 },
      );
    },
    remove: () => removeUser(name, uid),
  };
}

function sudoersFileOf(name: string): string {
  return `/etc/sudoers.d/${name}`;
}

function removeUser(name: string, uid: string): void {
  rmSync(sudoersFileOf(name), { force: true });
  // Processes of the account that outlive their connection would keep it from being removed.
  spawnSync("pkill", ["-KILL", "-u", uid]);
  spawnSync("userdel", ["-r", "-f", name]);
}

/** Removes accounts of test processes that were killed before they could clean up. */
function removeLeftovers(): void {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [name = "", , uid = "0", , comment = ""] = line.split(":");
    const owner = comment.startsWith(commentStart) ? comment.slice(commentStart.length) : null;
    const isOurs = owner !== null && /^smat[0-9a-f]{10}$/.test(name) && Number(uid) >= 1000;
    if (isOurs && !existsSync(`/proc/${owner}`)) removeUser(name, uid);
  }
}

function passwdEntry(name: string): string[] {
  return execFileSync("getent", ["passwd", name], { encoding: "utf8" }).trim().split(":");
}
