/** The ways of copying a disk that are measured side by side. Each copies `disk` to a file of its own. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
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

const named = (...names: readonly string[]): Participant[] => names.map((name) => ({ label: name, name }));

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}

function missingOf(...programs: readonly string[]): string | null {
  const lacking = programs.filter((program) => !isInstalled(program));
  return lacking.length === 0 ? null : `not installed: ${lacking.join(", ")}`;
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}

// Paths and the ssh command reach the shell as positional parameters, never as part of the script.
const ddThroughZstd =
  'set -o pipefail; in=$1 out=$2; shift 2; dd if="$in" bs=1M status=none | zstd -1 -q | "$@" "zstd -dq | dd of=$out bs=1M conv=sparse,fsync status=none"';

export const ddZstdSsh: Contender = {
  name: "dd | zstd -1 | ssh",
  processes: named("dd", "zstd", "ssh", "sshd", "bash"),
  missing: () => missingOf("zstd", "ssh"),
  copy: ({ ssh }, disk, destination) => run("bash", ["-c", ddThroughZstd, "bash", disk, destination, ...ssh]),
};

export const rsyncInplace: Contender = {
  name: "rsync --inplace",
  processes: named("rsync", "ssh", "sshd"),
  missing: () => missingOf("rsync", "ssh"),
  async copy({ ssh }, disk, destination) {
    const host = ssh.at(-1) ?? "";
    const shell = ssh.slice(0, -1).join(" ");
    await run("rsync", ["--inplace", "--fsync", "-e", shell, disk, `${host}:${destination}`]);
    if (!existsSync(dirname(destination))) throw new Error("rsync wrote nothing");
  },
};
