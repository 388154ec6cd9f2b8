/** Instances as QEMU processes of ours: they live on when the assistant ends, and are found again by their UUID. */
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assertNever, fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import {
  acceleratorArguments,
  detectAccelerator,
  type Accelerator,
} from "../../intermediate/qemu/accelerator.ts";
import { QmpClient } from "../../intermediate/qemu/qmp.ts";
import { findTool } from "../../intermediate/qemu/run-tool.ts";
import type { InstanceDocument } from "../store/cutover-store.ts";
import { findUefiFirmware } from "../../intermediate/qemu/uefi-firmware.ts";
import { instanceFiles, userNetwork, type PowerDriver, type PowerState } from "./power.ts";
import { connectUnix } from "./unix-socket.ts";

const program = "qemu-system-x86_64";
const pollMs = 100;
/** How long QEMU may take to go once it was told to quit. */
const quitSeconds = 20;

export function createQemuPower(): PowerDriver {
  const acceleratorFor = (wanted: InstanceDocument["spec"]["accelerator"]): Promise<Accelerator> =>
    wanted === "auto" ? detectAccelerator() : Promise.resolve(wanted);

  const driver: PowerDriver = {
    state: async (instance) => ok(await stateOf(instance)),

    async start(instance, signal) {
      if ((await stateOf(instance)).power === "running") return ok(instance.accelerator ?? "tcg");
      const tool = await findTool(program);
      if (!tool.ok) return tool;
      const accelerator = await acceleratorFor(instance.spec.accelerator);
      const argv = qemuArguments(instance, accelerator);
      if (!argv.ok) return argv;
      for (const name of [instanceFiles.serialSocket, instanceFiles.monitorSocket, instanceFiles.pid])
        await rm(join(instance.folder, name), { force: true });
      const ran = await daemonise(tool.value, argv.value, instance.folder, signal);
      return ran.ok ? ok(accelerator) : ran;
    },

    async stop(instance, graceSeconds, signal) {
      const state = await stateOf(instance);
      if (state.pid === null) return ok();
      const off = async (seconds: number): Promise<boolean> => {
        for (let waited = 0; waited < seconds * 1000 && !signal.aborted; waited += pollMs) {
          if ((await stateOf(instance)).power === "stopped") return true;
          await sleep(pollMs, undefined, { signal }).catch(() => undefined);
        }
        return (await stateOf(instance)).power === "stopped";
      };
      if (graceSeconds > 0) {
        await monitor(instance, (qmp) => qmp.execute("system_powerdown"));
        if (await off(graceSeconds)) return ok();
        if (signal.aborted)
          return fail("cancelled", told({ kind: "stopping-stopped", name: instance.spec.name }));
      }
      await monitor(instance, (qmp) => qmp.execute("quit"));
      if (await off(quitSeconds)) return ok();
      // Its monitor does not answer: the process is ours, its UUID was just read again.
      const { pid } = await stateOf(instance);
      if (pid !== null) process.kill(pid, "SIGKILL");
      return (await off(quitSeconds))
        ? ok()
        : fail("instance-failed", told({ kind: "process-does-not-end", name: instance.spec.name }), {
            pid: pid ?? 0,
          });
    },

    async dumpScreen(instance, path) {
      const answer = await monitor(instance, (qmp) => qmp.execute("screendump", { filename: path }));
      return answer?.ok === true;
    },

    forget: () => Promise.resolve(ok()),
  };
  return driver;
}

/** Running where the process of the pid file is QEMU with the instance's UUID: pids are used again, UUIDs are not. */
async function stateOf(instance: InstanceDocument): Promise<PowerState> {
  const stopped: PowerState = { power: "stopped", pid: null };
  const text = await readFile(join(instance.folder, instanceFiles.pid), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid) || pid <= 1) return stopped;
  const words = (await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")).split("\0");
  return words.includes(instance.uuid) ? { power: "running", pid } : stopped;
}

async function monitor<T>(
  instance: InstanceDocument,
  act: (qmp: QmpClient) => Promise<T>,
): Promise<T | null> {
  const socket = await connectUnix(join(instance.folder, instanceFiles.monitorSocket));
  if (socket === null) return null;
  try {
    const qmp = new QmpClient(socket, socket, () => undefined);
    const ready = await qmp.execute("qmp_capabilities");
    return ready.ok ? await act(qmp) : null;
  } finally {
    socket.destroy();
  }
}

/** Runs QEMU until it has put itself into the background, which it does once everything is set up. */
function daemonise(
  tool: string,
  argv: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<Result<void>> {
  return new Promise((settle) => {
    // Own session: neither a Ctrl-C nor the assistant's end reaches it. Sockets and pid file are named in its folder.
    const child = spawn(tool, argv, {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
      env: { ...process.env, LC_ALL: "C" },
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-4_000);
    });
    const stop = (): void => void child.kill("SIGKILL");
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (error) =>
      settle(
        fail("tool-missing", told({ kind: "program-not-started-here", name: program, text: error.message }), {
          tool: program,
        }),
      ),
    );
    child.once("exit", (code) => {
      signal.removeEventListener("abort", stop);
      child.stderr.destroy();
      if (code === 0) return settle(ok());
      if (signal.aborted) return settle(fail("cancelled", told({ kind: "starting-stopped" })));
      const output = complaint.trim();
      settle(
        fail(
          "instance-failed",
          told({ kind: "qemu-not-started-why", text: output.split("\n").at(-1) ?? "" }),
          {
            tool: program,
            output,
          },
        ),
      );
    });
  });
}

/** Paths in key=value options: QEMU wants commas doubled. */
const escaped = (path: string): string => path.replaceAll(",", ",,");

function qemuArguments(instance: InstanceDocument, accelerator: Accelerator): Result<string[]> {
  const { spec, folder, uuid } = instance;
  const firmware = firmwareArguments(instance);
  if (!firmware.ok) return firmware;
  return ok([
    ...["-nodefaults", "-no-user-config", "-display", "none", "-vga", "std", "-daemonize"],
    ...["-name", `sma-${spec.name}`, "-uuid", uuid, "-pidfile", instanceFiles.pid],
    ...["-machine", `${spec.firmware === "uefi" ? "q35" : "pc"},memory-backend=memory`],
    ...["-object", `memory-backend-memfd,id=memory,size=${spec.memoryMiB}M`, "-m", `${spec.memoryMiB}M`],
    ...acceleratorArguments(accelerator, { cpus: spec.cpus }),
    ...["-rtc", "base=utc"],
    ...["-qmp", `unix:${instanceFiles.monitorSocket},server=on,wait=off`],
    ...[
      "-chardev",
      `socket,id=serial,path=${instanceFiles.serialSocket},server=on,wait=off,logfile=${escaped(join(folder, instanceFiles.console))},logappend=on`,
      ...["-serial", "chardev:serial"],
    ],
    ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng,addr=0x1e"],
    ...firmware.value,
    ...networkArguments(spec),
    ...instance.disks.flatMap((disk, index) => diskArguments(join(folder, disk.file), index)),
  ]);
}

function firmwareArguments({ spec, folder }: InstanceDocument): Result<string[]> {
  if (spec.firmware === "bios") return ok([]);
  const firmware = findUefiFirmware();
  if (!firmware.ok) return firmware;
  const drive = (path: string, readOnly: "on" | "off"): string[] => [
    "-drive",
    `if=pflash,format=raw,readonly=${readOnly},file.driver=file,file.filename=${escaped(path)}`,
  ];
  return ok([
    ...drive(firmware.value.codePath, "on"),
    ...drive(join(folder, instanceFiles.firmwareVariables), "off"),
  ]);
}

function networkArguments(spec: InstanceDocument["spec"]): string[] {
  switch (spec.network) {
    case "none":
      return ["-nic", "none"];
    case "user":
      // A fixed slot: predictable interface names are made of it.
      return [
        ...["-netdev", userNetwork(spec)],
        ...["-device", "virtio-net-pci,netdev=net,addr=0x3,romfile="],
      ];
    default:
      return assertNever(spec.network);
  }
}

/** JSON instead of key=value: no file name can be read as a protocol or an option. */
function diskArguments(path: string, index: number): string[] {
  const node = {
    "node-name": `disk${index}`,
    driver: "qcow2",
    discard: "unmap",
    file: { driver: "file", filename: path },
  };
  const address = `addr=0x${(index + 4).toString(16)}`;
  return [
    ...["-blockdev", JSON.stringify(node)],
    ...["-device", `virtio-blk-pci,drive=disk${index},bootindex=${index + 1},${address}`],
  ];
}
