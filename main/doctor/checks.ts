import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { conversionUnavailable } from "../../intermediate/conversion/availability.ts";
import type { DoctorCheck } from "./doctor.ts";

const execute = promisify(execFile);

/** First line of what a program says of itself; null where it cannot be run. */
async function firstLine(program: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await execute(program, [...args], { timeout: 10_000 });
    return `${stdout}${stderr}`.split("\n")[0]?.trim() ?? "";
  } catch {
    return null;
  }
}

function programCheck(
  id: string,
  title: string,
  program: string,
  debianPackage: string,
  without: string,
  severity: "missing" | "limited" = "missing",
): DoctorCheck {
  return {
    id,
    title: () => title,
    async check() {
      const version = await firstLine(program, ["--version"]);
      return version === null
        ? {
            verdict: severity,
            detail: without,
            remedy: `apt-get install --no-install-recommends ${debianPackage}`,
          }
        : { verdict: "ok", detail: version, remedy: null };
    },
  };
}

const node: DoctorCheck = {
  id: "node",
  title: () => "Node.js",
  check: () =>
    Promise.resolve(
      Number(process.versions.node.split(".")[0]) >= 24
        ? { verdict: "ok", detail: process.version, remedy: null }
        : {
            verdict: "missing",
            detail: `${process.version} is too old`,
            remedy: "Start with `npm run`, which brings Node 24.",
          },
    ),
};

/** A present device is not a working one: only opening a machine tells. */
const kvm: DoctorCheck = {
  id: "kvm",
  title: () => "Hardware virtualisation (KVM)",
  async check() {
    const slow = "boot checks run under emulation: correct, but minutes instead of seconds";
    if (process.platform !== "linux") {
      return { verdict: "limited", detail: `no KVM on ${process.platform}; ${slow}`, remedy: null };
    }
    try {
      await access("/dev/kvm", constants.R_OK | constants.W_OK);
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      return missing
        ? {
            verdict: "limited",
            detail: `/dev/kvm is not there; ${slow}`,
            remedy: "Enable virtualisation in the firmware or the hypervisor.",
          }
        : {
            verdict: "limited",
            detail: `this user may not open /dev/kvm; ${slow}`,
            remedy: "Add the user to the group kvm.",
          };
    }
    try {
      // The processor that a boot check uses: a plainer one may start where that one fails.
      const machine = ["-accel", "kvm", "-cpu", "host", "-machine", "pc", "-display", "none", "-nodefaults"];
      const child = execute("qemu-system-x86_64", [...machine, "-monitor", "stdio"], { timeout: 10_000 });
      child.child.stdin?.end("quit\n");
      await child;
      return { verdict: "ok", detail: "works", remedy: null };
    } catch {
      return {
        verdict: "limited",
        detail: `/dev/kvm is there but no machine starts on it; ${slow}`,
        remedy: null,
      };
    }
  },
};

const libguestfs: DoctorCheck = {
  id: "libguestfs",
  title: () => "libguestfs (conversion)",
  async check() {
    const unavailable = await conversionUnavailable();
    if (unavailable === null)
      return { verdict: "ok", detail: (await firstLine("guestfish", ["--version"])) ?? "", remedy: null };
    const { message, remedy } = unavailable;
    return { verdict: "limited", detail: `${message}; jobs need --no-conversion`, remedy };
  },
};

function portCheck(use: "control" | "data"): DoctorCheck {
  return {
    id: `${use}-port`,
    title: ({ ports }) => `Port ${ports[use]} (${use})`,
    check: ({ ports }) =>
      new Promise((resolve) => {
        const probe = createServer();
        probe.once("error", (error) =>
          resolve({
            verdict: "limited",
            detail: error.message,
            remedy: `Stop what holds the port, or choose another with --${use}-port.`,
          }),
        );
        probe.listen(ports[use], () =>
          probe.close(() => resolve({ verdict: "ok", detail: "free", remedy: null })),
        );
      }),
  };
}

const space: DoctorCheck = {
  id: "space",
  title: () => "Room for replicas and images",
  async check({ directory: targetDirectory }) {
    let directory = targetDirectory;
    for (;;) {
      try {
        const { bavail, bsize } = await statfs(directory);
        const gib = (bavail * bsize) / 1024 ** 3;
        const detail = `${gib.toFixed(1)} GiB free for ${targetDirectory}`;
        return gib >= 10
          ? { verdict: "ok", detail, remedy: null }
          : { verdict: "limited", detail, remedy: "Choose a larger filesystem with --directory." };
      } catch {
        const parent = dirname(directory);
        if (parent === directory)
          return {
            verdict: "missing",
            detail: `${targetDirectory} cannot be made`,
            remedy: "Choose another folder with --directory.",
          };
        directory = parent;
      }
    }
  },
};

export const checks: readonly DoctorCheck[] = [
  node,
  programCheck("qemu-img", "qemu-img (images)", "qemu-img", "qemu-utils", "images cannot be made"),
  programCheck(
    "qemu",
    "QEMU (boot check)",
    "qemu-system-x86_64",
    "qemu-system-x86",
    "boot checks cannot run",
  ),
  kvm,
  libguestfs,
  portCheck("control"),
  portCheck("data"),
  space,
];
