import { spawn } from "node:child_process";

export type Accelerator = "kvm" | "tcg";

/**
 * KVM where a machine really starts on it, emulation otherwise. The device node alone says nothing: it may be there
 * and refuse (nested virtualisation switched off).
 */
export async function findAccelerator(): Promise<Accelerator> {
  if (process.platform !== "linux") return "tcg";
  // With the processor that a guest will get: a plainer one may start where that one fails.
  const machine = [
    "-machine",
    "pc",
    "-display",
    "none",
    "-nodefaults",
    "-no-user-config",
    "-monitor",
    "stdio",
  ];
  const child = spawn("qemu-system-x86_64", [...acceleratorArguments("kvm"), ...machine], {
    stdio: ["pipe", "ignore", "ignore"],
    timeout: 10_000,
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end("quit\n");
  return new Promise((resolve) => {
    child.once("error", () => resolve("tcg"));
    child.once("exit", (code) => resolve(code === 0 ? "kvm" : "tcg"));
  });
}

/**
 * QEMU's arguments for an accelerator. The processor features left out under emulation make today's kernels slower to
 * emulate (SMAP, SMEP: checks at every entry; ERMS, FSRM: string moves that the emulator takes byte by byte), or do
 * not work there (five-level paging, nested SVM).
 */
export function acceleratorArguments(accelerator: Accelerator): string[] {
  return accelerator === "kvm"
    ? ["-accel", "kvm", "-cpu", "host"]
    : ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,-la57,-erms,-fsrm,-smap,-smep,-svm,-cx16"];
}
