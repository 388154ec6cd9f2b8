/** Emulated machines that end with their owner. */
import { spawn, type ChildProcess } from "node:child_process";
import {
  findAccelerator,
  acceleratorArguments as argumentsFor,
} from "../../intermediate/boot-check/accelerator.ts";

/** Kills the machine when the owner's pipe closes, however the owner ended. */
const guard = `exec 3<&0
"$@" </dev/null &
machine=$!
( cat >/dev/null; kill -9 $machine 2>/dev/null ) <&3 >/dev/null 2>&1 &
watcher=$!
wait $machine
code=$?
kill $watcher 2>/dev/null
exit $code`;

export interface GuardedMachine {
  readonly child: ChildProcess;
  /** Resolves when the machine has ended. */
  readonly ended: Promise<void>;
  /** Pulls the plug. */
  end(): void;
}

export function guarded(command: readonly string[]): GuardedMachine {
  const child = spawn("/bin/sh", ["-c", guard, "sh", ...command], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  return { child, ended, end: () => child.stdin.destroy() };
}

let accelerator: ReturnType<typeof findAccelerator> | null = null;

export async function acceleratorArguments(): Promise<string[]> {
  accelerator ??= findAccelerator();
  return argumentsFor(await accelerator);
}
