/** What an admin would use to copy a disk: each copies `disk` to a file of its own, over loopback. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/sshd/sshd.ts";
import type { Participant } from "./measure.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Contender {
  readonly name: string;
  /** The processes whose cost counts. */
  readonly processes: readonly Participant[];
  /** Why it cannot run here; null where it can. */
  missing(): string | null;
  copy(surroundings: Surroundings, disk: string, destination: string): Promise<void>;
}

const searchPath = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
const named = (...names: readonly string[]): Participant[] => names.map((name) => ({ label: name, name }));

function missingOf(...programs: readonly string[]): string | null {
  const isInstalled = (program: string) =>
    searchPath.split(":").some((folder) => existsSync(join(folder, program)));
  const lacking = programs.filter((program) => !isInstalled(program));
  return lacking.length === 0 ? null : `not installed: ${lacking.join(", ")}`;
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, PATH: searchPath },
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}

/** A shell pipe: `$in`, `$out` and the ssh command come as positional parameters, never as part of the script. */
function pipe(
  name: string,
  script: string,
  processes: readonly string[],
  programs: readonly string[],
): Contender {
  return {
    name,
    processes: named(...processes, "bash"),
    missing: () => missingOf(...programs),
    copy: ({ ssh }, disk, destination) =>
      run("bash", [
        "-c",
        `set -o pipefail; in=$1 out=$2; shift 2; ${script}`,
        "bash",
        disk,
        destination,
        ...ssh,
      ]),
  };
}

const writeSparse = "dd of=$out bs=1M iflag=fullblock conv=sparse,fsync status=none";

const ddSsh = pipe(
  "dd | ssh",
  `dd if="$in" bs=1M status=none | "$@" "${writeSparse}"`,
  ["dd", "ssh", "sshd", "sshd-session"],
  ["ssh"],
);
const ddZstdSsh = pipe(
  "dd | zstd -1 | ssh",
  `dd if="$in" bs=1M status=none | zstd -1 -q | "$@" "zstd -dq | ${writeSparse}"`,
  ["dd", "zstd", "ssh", "sshd", "sshd-session"],
  ["zstd", "ssh"],
);
const partclone = pipe(
  "partclone | zstd -1 | ssh",
  `partclone.ext4 -c -s "$in" -o - -L /dev/null 2>/dev/null | zstd -1 -q | "$@" "zstd -dq | partclone.restore -W -s - -o $out -L /dev/null 2>/dev/null && sync $out"`,
  ["partclone.ext4", "partclone.resto", "zstd", "ssh", "sshd", "sshd-session"],
  ["partclone.ext4", "partclone.restore", "zstd", "ssh"],
);
const nbdcopy: Contender = {
  name: "nbdcopy (not encrypted)",
  processes: named("nbdcopy", "nbdkit"),
  missing: () => missingOf("nbdcopy", "nbdkit"),
  copy: async (_surroundings, disk, destination) =>
    run("nbdkit", [
      ...[
        "--exit-with-parent",
        "-p",
        String(await freePort()),
        "-i",
        "127.0.0.1",
        "--readonly",
        "file",
        `file=${disk}`,
      ],
      // nbdcopy wants its destination to be there and long enough; both stand in nbdkit's own variables.
      ...[
        "--run",
        `truncate -r ${quoted(disk)} ${quoted(destination)}; nbdcopy --flush "$uri" ${quoted(destination)}`,
      ],
    ]),
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Also fit for bringing an earlier copy up to date. */
export const rsync: Contender = {
  name: "rsync -S --inplace",
  processes: named("rsync", "ssh", "sshd", "sshd-session"),
  missing: () => missingOf("rsync", "ssh"),
  copy({ ssh }, disk, destination) {
    const host = ssh.at(-1) ?? "";
    const shell = ssh.slice(0, -1).join(" ");
    // -I and --no-whole-file: it must look for itself, as we do, and not believe size and time.
    const how = ["-S", "--inplace", "--no-whole-file", "-I", "--fsync"];
    return run("rsync", [...how, "-e", shell, disk, `${host}:${destination}`]);
  },
};

export const contenders: readonly Contender[] = [ddSsh, ddZstdSsh, rsync, partclone, nbdcopy];
