import type { FileHandle } from "node:fs/promises";
import type { Duplex } from "node:stream";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { acceleratorArguments, type Accelerator } from "./accelerator.ts";
import { openGuestMemory } from "./guest-memory.ts";
import { QmpClient } from "./qmp.ts";
import { spawnTool } from "./run-tool.ts";

export interface GuestBacking {
  /** Absolute. */
  readonly path: string;
  /** QEMU's name of the format. */
  readonly format: "raw" | "qcow2" | "vpc" | "vmdk";
}

export interface GuestDisk {
  /** Absolute path of the file that the guest may write. */
  readonly path: string;
  readonly format: "raw" | "qcow2";
  /** What a qcow2 overlay rests on; opened read-only. The overlay's header need not name it. */
  readonly backing?: GuestBacking;
}

export type GuestNetwork =
  | { readonly kind: "none" }
  /** QEMU's own NAT: the guest is 10.0.2.15 and reaches this host at 10.0.2.2. */
  | { readonly kind: "user"; readonly forwards: readonly GuestForward[] };

/** A port on this host's loopback that leads to a guest's TCP port; 0 picks a free one. */
export interface GuestForward {
  readonly hostPort: number;
  readonly guestPort: number;
}

export type GuestFirmware =
  | { readonly kind: "bios" }
  /** Paths of OVMF's code and of a copy of its variables that the guest may write. */
  | { readonly kind: "uefi"; readonly codePath: string; readonly variablesPath: string };

export interface GuestOptions {
  readonly disks: readonly GuestDisk[];
  readonly firmware: GuestFirmware;
  readonly memoryMiB: number;
  readonly accelerator: Accelerator;
  /** QEMU's name of the processor where it is emulated; default: one with all that a system may want. */
  readonly emulatedModel?: string;
  readonly network: GuestNetwork;
  /** Goes on from this snapshot of a running machine, which QEMU keeps inside the first disk, instead of booting. */
  readonly resumeFrom?: string;
  /** Boots this kernel instead of the disk's boot loader. */
  readonly kernel?: { readonly path: string; readonly initrdPath: string; readonly arguments: string };
  /** Bytes of the first serial port, as they come. */
  onSerial(bytes: Buffer): void;
  /** Gives the machine a second serial port, and takes its bytes. */
  onSecondSerial?(bytes: Buffer): void;
}

/** A running virtual machine. It dies with this process. */
export interface Guest {
  readonly pid: number;
  readonly qmp: QmpClient;
  /** The host's ports of `forwards`, in their order. */
  readonly hostPorts: readonly number[];
  /** Resolves when QEMU has ended; `reason` is what QEMU wrote to standard error. */
  readonly ended: Promise<{ readonly reason: string }>;
  /** The guest's memory as QEMU holds it, for reading; null where this host cannot give it. */
  openMemory(): Promise<FileHandle | null>;
  /** Types into the serial port. */
  writeSerial(bytes: Buffer): void;
  /** Ends QEMU at once, as pulling the plug; resolves when it is gone. May be called twice. */
  kill(): Promise<void>;
}

/** Boots a virtual machine. `tool-missing` without QEMU; `image-failed` where QEMU refuses to start. */
export async function startGuest(options: GuestOptions): Promise<Result<Guest>> {
  const started = await spawnTool("qemu-system-x86_64", qemuArguments(options), [
    "pipe",
    "pipe",
    "pipe",
    "pipe",
    "pipe",
  ]);
  if (!started.ok) return started;
  const child = started.value;
  const { stdin, stdout, stderr } = child;
  const serial = child.stdio[3] as Duplex | null | undefined;
  if (stdin === null || stdout === null || stderr === null || serial === null || serial === undefined) {
    throw new Error("spawned without the pipes that were asked for");
  }

  let complaints = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-8_192);
  });
  serial.on("data", (bytes: Buffer) => options.onSerial(bytes));
  serial.on("error", () => undefined);
  const second = child.stdio[4] as Duplex | null | undefined;
  second?.on("data", (bytes: Buffer) => options.onSecondSerial?.(bytes)).on("error", () => undefined);
  const ended = new Promise<{ reason: string }>((settle) => {
    child.once("close", () => settle({ reason: complaints.trim() }));
  });
  const qmp = new QmpClient(stdout, stdin, () => undefined);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };

  const ready = await qmp.execute("qmp_capabilities");
  if (!ready.ok) {
    child.kill("SIGKILL");
    const { reason } = await ended;
    return fail("image-failed", told({ kind: "qemu-not-started" }), {
      tool: "qemu-system-x86_64",
      output: reason,
    });
  }
  const hostPorts = await forwardedPorts(qmp, options.network);
  if (hostPorts === null) {
    await kill();
    return fail("image-failed", told({ kind: "qemu-ports-untold" }), { tool: "qemu-system-x86_64" });
  }
  return ok({
    pid: child.pid ?? 0,
    qmp,
    hostPorts,
    ended,
    openMemory: () => openGuestMemory(child.pid),
    writeSerial: (bytes) => void serial.write(bytes),
    kill,
  });
}

function qemuArguments(options: GuestOptions): string[] {
  const { kernel } = options;
  return [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-vga", "std"],
    // The guest's memory is a file that only QEMU and its owner can see: a console in it can be read as text.
    ...["-machine", `${options.firmware.kind === "uefi" ? "q35" : "pc"},memory-backend=memory`],
    ...["-object", `memory-backend-memfd,id=memory,size=${options.memoryMiB}M`],
    ...["-m", `${options.memoryMiB}M`],
    ...acceleratorArguments(options.accelerator, { model: options.emulatedModel }),
    ...["-rtc", "base=utc"],
    ...["-chardev", "stdio,id=qmp,signal=off", "-mon", "chardev=qmp,mode=control"],
    ...["-chardev", "socket,id=serial,fd=3", "-serial", "chardev:serial"],
    ...(options.onSecondSerial === undefined
      ? []
      : ["-chardev", "socket,id=second,fd=4", "-serial", "chardev:second"]),
    ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng,addr=0x1e"],
    ...firmwareArguments(options.firmware),
    ...networkArguments(options.network),
    ...options.disks.flatMap(diskArguments),
    ...(options.resumeFrom === undefined ? [] : ["-loadvm", options.resumeFrom]),
    ...(kernel === undefined
      ? []
      : ["-kernel", kernel.path, "-initrd", kernel.initrdPath, "-append", kernel.arguments]),
  ];
}

function firmwareArguments(firmware: GuestFirmware): string[] {
  if (firmware.kind === "bios") return [];
  const drive = (path: string, readOnly: "on" | "off"): string[] => [
    "-drive",
    `if=pflash,format=raw,readonly=${readOnly},file.driver=file,file.filename=${path.replaceAll(",", ",,")}`,
  ];
  return [...drive(firmware.codePath, "on"), ...drive(firmware.variablesPath, "off")];
}

function networkArguments(network: GuestNetwork): string[] {
  if (network.kind === "none") return ["-nic", "none"];
  const forwards = network.forwards.map(
    ({ hostPort, guestPort }) => `,hostfwd=tcp:127.0.0.1:${hostPort}-:${guestPort}`,
  );
  // A fixed slot: predictable interface names are made of it.
  return [
    "-netdev",
    `user,id=net${forwards.join("")}`,
    "-device",
    "virtio-net-pci,netdev=net,addr=0x3,romfile=",
  ];
}

/** JSON instead of key=value: no file name can be read as a protocol or an option. */
function diskArguments(disk: GuestDisk, index: number): string[] {
  const file = { driver: "file", filename: disk.path };
  const top =
    disk.format === "raw"
      ? { driver: "raw", file }
      : {
          driver: "qcow2",
          file,
          ...(disk.backing === undefined ? {} : { backing: backing(disk.backing) }),
        };
  const node = {
    "node-name": `disk${index}`,
    cache: { direct: false, "no-flush": true },
    discard: "unmap",
    ...top,
  };
  return [
    ...["-blockdev", JSON.stringify(node)],
    ...[
      "-device",
      `virtio-blk-pci,drive=disk${index},bootindex=${index + 1},addr=0x${(index + 4).toString(16)}`,
    ],
  ];
}

function backing({ path, format }: GuestBacking): object {
  return { driver: format, "read-only": true, file: { driver: "file", filename: path, "read-only": true } };
}

/** Lines of `info usernet` name protocol and state, descriptor, source address and port, destination and port. */
async function forwardedPorts(qmp: QmpClient, network: GuestNetwork): Promise<number[] | null> {
  if (network.kind === "none" || network.forwards.length === 0) return [];
  const text = (await qmp.executeHuman("info usernet")) ?? "";
  const rows = [...text.matchAll(/TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+(\d+)/g)];
  const ports: number[] = [];
  for (const { guestPort } of network.forwards) {
    const row = rows.find(
      (candidate) => Number(candidate[2]) === guestPort && !ports.includes(Number(candidate[1])),
    );
    if (row === undefined) return null;
    ports.push(Number(row[1]));
  }
  return ports;
}
