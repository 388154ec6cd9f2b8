import { told } from "../../../common/domain/report-text/told.ts";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { InstanceView } from "../../../common/domain/instance.ts";
import { FailureError, fail, unwrap } from "../../../common/result.ts";
import { connectUnix } from "../../instances/unix-socket.ts";
import {
  choice,
  flag,
  number,
  onlyOperand,
  text,
  texts,
  UsageError,
  type Command,
  type CommandContext,
} from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatBytes, formatTable } from "../format.ts";

const instanceOperand = (context: CommandContext): string =>
  onlyOperand(context, "instance; `sma instance list` lists them");

/** `[ADDRESS:]HOST_PORT:GUEST_PORT` */
function forwardOf(given: string): { listenAddress: string; hostPort: number; guestPort: number } {
  const match = /^(?:(.+):)?(\d{1,5}):(\d{1,5})$/.exec(given);
  if (match === null) throw new UsageError(`--forward wants [ADDRESS:]HOST_PORT:GUEST_PORT, not "${given}"`);
  return {
    listenAddress: match[1] ?? "127.0.0.1",
    hostPort: Number(match[2]),
    guestPort: Number(match[3]),
  };
}

const create: Command = {
  name: "instance create",
  operands: "NAME",
  summary: "make a virtual machine on this machine for a cutover",
  details:
    "Without --disk it has no disks until a cutover gives it some. Its disks are copies: the files named are only read.",
  options: {
    disk: {
      type: "string",
      multiple: true,
      value: "IMAGE",
      description: "copy this image as a disk; the first boots",
    },
    memory: { type: "string", value: "MIB", description: "memory in MiB (1024)" },
    cpus: { type: "string", value: "N", description: "processors (1)" },
    firmware: {
      type: "string",
      choices: ["bios", "uefi"],
      value: "KIND",
      description: "bios or uefi (bios)",
    },
    accelerator: {
      type: "string",
      choices: ["auto", "kvm", "tcg"],
      value: "KIND",
      description: "auto, kvm or tcg (auto: kvm where it works)",
    },
    driver: {
      type: "string",
      choices: ["qemu", "libvirt"],
      value: "KIND",
      description: "a QEMU process, or a libvirt domain (qemu)",
    },
    "no-network": { type: "boolean", description: "no network card" },
    forward: {
      type: "string",
      multiple: true,
      value: "[ADDR:]HOST:GUEST",
      description: "lead a TCP port of this machine to one of the instance",
    },
  },
  async run(context) {
    const { options, terminal, signal } = context;
    const made = unwrap(
      await (
        await context.assistant()
      ).call(
        "instance.create",
        {
          name: instanceOperand(context),
          driver: choice(options, "driver", ["qemu", "libvirt"]),
          memoryMiB: number(options, "memory", 16, 1_048_576),
          cpus: number(options, "cpus", 1, 256),
          firmware: choice(options, "firmware", ["bios", "uefi"]),
          accelerator: choice(options, "accelerator", ["auto", "kvm", "tcg"]),
          network: flag(options, "no-network") ? "none" : "user",
          forwards: texts(options, "forward").map(forwardOf),
          diskPaths: texts(options, "disk"),
        },
        signal,
      ),
    );
    terminal.print(`instance ${made.spec.name} is made in ${made.folder}; \`sma instance start\` starts it`);
    terminal.printJson(made);
    return exitCodes.done;
  },
};

const list: Command = {
  name: "instance list",
  operands: "",
  summary: "list instances, whether they run and which disks they have",
  options: {},
  async run({ assistant, terminal }) {
    const instances = unwrap(await (await assistant()).call("instance.list", {}));
    if (instances.length === 0) terminal.print("no instances; `sma instance create` makes one");
    else for (const line of formatTable([header, ...instances.map(row)])) terminal.print(line);
    terminal.printJson(instances);
    return exitCodes.done;
  },
};

const header = ["INSTANCE", "STATE", "MEMORY", "FIRMWARE", "DISKS", "KEPT"];

function row({ spec, power, accelerator, disks, keptDisks }: InstanceView): string[] {
  return [
    spec.name,
    power === "running" ? `running (${accelerator ?? spec.driver})` : "stopped",
    `${spec.memoryMiB} MiB`,
    spec.firmware,
    disks.length === 0
      ? "none"
      : disks.map(({ file, sizeBytes }) => `${file} ${formatBytes(sizeBytes)}`).join(", "),
    keptDisks === null ? "" : `${keptDisks.length} old disk(s), until finalised`,
  ];
}

/** Starts or stops. */
function powerCommand(verb: "start" | "stop"): Command {
  return {
    name: `instance ${verb}`,
    operands: "NAME",
    summary: verb === "start" ? "start an instance" : "shut an instance down",
    options:
      verb === "start"
        ? {}
        : {
            grace: {
              type: "string",
              value: "SECONDS",
              description: "pull the plug after this long (60); 0 at once",
            },
          },
    async run(context) {
      const { options, terminal, signal } = context;
      const instance = instanceOperand(context);
      const assistant = await context.assistant();
      const graceSeconds = number(options, "grace", 0, 3_600);
      const view = unwrap(
        verb === "start"
          ? await assistant.call("instance.start", { instance }, signal)
          : await assistant.call("instance.stop", { instance, graceSeconds }, signal),
      );
      terminal.print(`${instance} is ${view.power}`);
      if (view.power === "running") terminal.print(`  console   sma instance console ${instance}`);
      for (const { listenAddress, hostPort, guestPort } of view.power === "running" ? view.spec.forwards : [])
        terminal.print(`  port      ${listenAddress}:${hostPort} leads to its port ${guestPort}`);
      terminal.printJson(view);
      return exitCodes.done;
    },
  };
}

const console: Command = {
  name: "instance console",
  operands: "NAME",
  summary: "print what an instance wrote to its first serial port",
  options: {
    follow: { type: "boolean", short: "f", description: "go on printing as it comes" },
    attach: { type: "boolean", description: "connect this terminal to the port; Ctrl-] leaves" },
  },
  async run(context) {
    const { options, signal } = context;
    const name = instanceOperand(context);
    const instances = unwrap(await (await context.assistant()).call("instance.list", {}));
    const instance = instances.find(({ spec }) => spec.name === name);
    if (instance === undefined)
      throw new FailureError(
        fail("not-found", told({ kind: "no-instance", name }), { instance: name }).failure,
      );
    if (flag(options, "attach")) return attach(instance, signal);
    let from = await copyLog(instance.consoleLogPath, 0);
    while (flag(options, "follow") && !signal.aborted) {
      await sleep(300, undefined, { signal }).catch(() => undefined);
      from = await copyLog(instance.consoleLogPath, from);
    }
    return exitCodes.done;
  },
};

/** Prints the log from byte `from` on; where it ends. Escape sequences are the system's own and wanted. */
async function copyLog(path: string, from: number): Promise<number> {
  const file = await open(path, "r").catch(() => null);
  if (file === null) return from;
  const { size } = await file.stat();
  await file.close();
  if (size <= from) return from;
  for await (const part of createReadStream(path, { start: from, end: size - 1 }))
    process.stdout.write(part as Buffer);
  return size;
}

const leaveKey = 0x1d;

async function attach(instance: InstanceView, signal: AbortSignal): Promise<number> {
  const socket = await connectUnix(instance.serialSocketPath);
  if (socket === null) {
    const { name } = instance.spec;
    throw new FailureError(
      fail("instance-failed", told({ kind: "not-attached", name }), { instance: name }).failure,
    );
  }
  process.stdin.setRawMode?.(true);
  socket.pipe(process.stdout);
  process.stdin.on("data", (bytes: Buffer) => {
    if (bytes.includes(leaveKey)) socket.end();
    else socket.write(bytes);
  });
  signal.addEventListener("abort", () => socket.end());
  await new Promise((settle) => socket.once("close", settle));
  process.stdin.setRawMode?.(false);
  process.stdin.pause();
  return exitCodes.done;
}

const remove: Command = {
  name: "instance remove",
  operands: "NAME",
  summary: "remove an instance with all its disks",
  options: { confirm: { type: "string", value: "NAME", description: "the instance's name once more" } },
  async run(context) {
    const instance = instanceOperand(context);
    const confirmName = text(context.options, "confirm") ?? null;
    unwrap(await (await context.assistant()).call("instance.remove", { instance, confirmName }));
    context.terminal.print(`${instance} and its disks are removed`);
    context.terminal.printJson({ removed: instance });
    return exitCodes.done;
  },
};

const clean: Command = {
  name: "instance clean",
  operands: "NAME",
  summary: "remove what cutovers left of an instance's and no disk needs",
  options: {},
  async run(context) {
    const instance = instanceOperand(context);
    unwrap(await (await context.assistant()).call("instance.clean", { instance }));
    context.terminal.print(`nothing is left over at ${instance}`);
    context.terminal.printJson({ cleaned: instance });
    return exitCodes.done;
  },
};

export const instanceCommands: readonly Command[] = [
  create,
  list,
  powerCommand("start"),
  powerCommand("stop"),
  console,
  clean,
  remove,
];
