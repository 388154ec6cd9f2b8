import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Remark } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { assertNever } from "../../common/result.ts";
import { conversionUnavailable } from "../../intermediate/conversion/availability.ts";
import { builtAgents } from "../built-agents.ts";
import type { DoctorCheck } from "./doctor.ts";

const execute = promisify(execFile);
const wantedBytes = 10 * 1024 ** 3;

type Found = Awaited<ReturnType<DoctorCheck["check"]>>;

function found(verdict: Found["verdict"], detail: Remark, remedy?: Remark): Found {
  return {
    verdict,
    detail: told(detail).what,
    remedy: remedy === undefined ? null : told(remedy).what,
    said: { message: detail, remedy },
  };
}

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
  without: Remark,
  severity: "missing" | "limited" = "missing",
): DoctorCheck {
  return {
    id,
    title: () => title,
    async check() {
      const version = await firstLine(program, ["--version"]);
      return version === null
        ? found(severity, without, {
            kind: "tool-said",
            text: `apt-get install --no-install-recommends ${debianPackage}`,
          })
        : found("ok", { kind: "tool-said", text: version });
    },
  };
}

const node: DoctorCheck = {
  id: "node",
  title: () => "Node.js",
  check: () =>
    Promise.resolve(
      Number(process.versions.node.split(".")[0]) >= 24
        ? found("ok", { kind: "tool-said", text: process.version })
        : found("missing", { kind: "node-too-old", version: process.version }, { kind: "start-by-npm" }),
    ),
};

/** Packages bring the agents; in a checkout somebody has to have built them. */
const agents: DoctorCheck = {
  id: "agents",
  title: () => "Agents",
  async check({ agentsDirectory }) {
    const platforms = await builtAgents(agentsDirectory);
    return platforms.length === 0
      ? found("missing", { kind: "no-agent-built" }, { kind: "build-agent" })
      : found("ok", { kind: "agents-for", platforms });
  },
};

/** A present device is not a working one: only opening a machine tells. */
const kvm: DoctorCheck = {
  id: "kvm",
  title: () => "Hardware virtualisation (KVM)",
  async check() {
    if (process.platform !== "linux") {
      return found("limited", { kind: "kvm-not-on", platform: process.platform });
    }
    try {
      await access("/dev/kvm", constants.R_OK | constants.W_OK);
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      return missing
        ? found("limited", { kind: "kvm-absent" }, { kind: "enable-virtualisation" })
        : found("limited", { kind: "kvm-forbidden" }, { kind: "join-kvm-group" });
    }
    try {
      // The processor that a boot check uses: a plainer one may start where that one fails.
      const machine = ["-accel", "kvm", "-cpu", "host", "-machine", "pc", "-display", "none", "-nodefaults"];
      const child = execute("qemu-system-x86_64", [...machine, "-monitor", "stdio"], { timeout: 10_000 });
      child.child.stdin?.end("quit\n");
      await child;
      return found("ok", { kind: "works" });
    } catch {
      return found("limited", { kind: "kvm-broken" });
    }
  },
};

const libguestfs: DoctorCheck = {
  id: "libguestfs",
  title: () => "libguestfs (conversion)",
  async check() {
    const unavailable = await conversionUnavailable();
    if (unavailable === null)
      return found("ok", { kind: "tool-said", text: (await firstLine("guestfish", ["--version"])) ?? "" });
    const { message, remedy, said } = unavailable;
    const because = { what: message, said: said?.message };
    const limited = found("limited", { kind: "conversion-impossible", because });
    return { ...limited, remedy, said: { ...limited.said, remedy: said?.remedy } };
  },
};

function portCheck(use: "control" | "data"): DoctorCheck {
  return {
    id: `${use}-port`,
    title: ({ ports }) => `Port ${ports[use]} (${use})`,
    async check({ lookAtPorts }) {
      const { port, state, proposal } = (await lookAtPorts())[use];
      const remedy: Remark | undefined =
        proposal === null ? undefined : { kind: "choose-other-port", option: `--${use}-port`, proposal };
      switch (state) {
        case "free":
          return found("ok", { kind: "port-free" });
        case "ours":
          return found("ok", { kind: "port-ours" });
        case "taken":
          return found("limited", { kind: "port-held", port }, remedy);
        case "not-allowed":
          return found("limited", { kind: "port-forbidden", port }, remedy);
        case "no-such-address":
          return found("limited", { kind: "address-not-here", address: "0.0.0.0" });
        default:
          return assertNever(state);
      }
    },
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
        const freeBytes = bavail * bsize;
        const free: Remark = { kind: "free-space", freeBytes, path: targetDirectory };
        return freeBytes >= wantedBytes
          ? found("ok", free)
          : found("limited", free, { kind: "choose-larger-filesystem" });
      } catch {
        const parent = dirname(directory);
        if (parent === directory)
          return found(
            "missing",
            { kind: "folder-impossible", path: targetDirectory },
            { kind: "choose-other-folder" },
          );
        directory = parent;
      }
    }
  },
};

export const checks: readonly DoctorCheck[] = [
  node,
  agents,
  programCheck("qemu-img", "qemu-img (images)", "qemu-img", "qemu-utils", { kind: "no-images-here" }),
  programCheck("qemu", "QEMU (boot check)", "qemu-system-x86_64", "qemu-system-x86", {
    kind: "no-boot-checks-here",
  }),
  kvm,
  libguestfs,
  portCheck("control"),
  portCheck("data"),
  space,
];
