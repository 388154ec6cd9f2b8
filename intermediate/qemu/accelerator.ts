import { spawnTool } from "./run-tool.ts";

export type Accelerator = "kvm" | "tcg";

const probeMs = 5_000;

let known: Promise<Accelerator> | undefined;

/** See {@link probe}; asked once, for what a machine can do stays the same while this process runs. */
export const detectAccelerator = (): Promise<Accelerator> => (known ??= probe());

/**
 * `kvm` where a virtual machine really executes under it, otherwise `tcg`. That /dev/kvm can be opened proves little:
 * on nested and rented machines it may refuse a virtual CPU or never run one. So the probe starts the CPU model that
 * guests get and waits for the firmware's own debug output.
 */
async function probe(): Promise<Accelerator> {
  const argv = [
    "-machine",
    "pc",
    "-accel",
    "kvm",
    "-cpu",
    "host",
    "-m",
    "16",
    "-display",
    "none",
    "-nodefaults",
  ];
  const debugPort = [
    "-chardev",
    "stdio,id=firmware,signal=off",
    "-device",
    "isa-debugcon,iobase=0x402,chardev=firmware",
  ];
  const started = await spawnTool("qemu-system-x86_64", [...argv, ...debugPort], ["pipe", "pipe", "ignore"]);
  if (!started.ok) return "tcg";
  const child = started.value;
  const works = await new Promise<boolean>((settle) => {
    let text = "";
    const timer = setTimeout(() => settle(false), probeMs);
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      // The last thing that SeaBIOS says when it has initialised everything and found nothing to boot.
      if (text.includes("No bootable device")) settle(true);
    });
    child.once("exit", () => settle(false));
    child.once("exit", () => clearTimeout(timer));
  });
  child.kill("SIGKILL");
  return works ? "kvm" : "tcg";
}

// Measured: features that are slow to emulate are left out.
const emulatedModel = "max,-la57,-erms,-fsrm,-smap,-smep,-svm,-cx16";

/**
 * What QEMU needs to use the accelerator, with as many processors as were measured to be best unless told. `model` is
 * the emulated processor, as QEMU names it; a real one is the host's.
 */
export function acceleratorArguments(
  accelerator: Accelerator,
  { cpus, model }: { readonly cpus?: number | undefined; readonly model?: string | undefined } = {},
): string[] {
  switch (accelerator) {
    case "kvm":
      return ["-accel", "kvm", "-cpu", "host", "-smp", String(cpus ?? 2)];
    case "tcg":
      // Measured: one virtual CPU boots faster than two.
      return [
        "-accel",
        "tcg,thread=multi,tb-size=512",
        "-cpu",
        model ?? emulatedModel,
        "-smp",
        String(cpus ?? 1),
      ];
  }
}
