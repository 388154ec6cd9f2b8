import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Does `act` while no other process does one with the same file. The kernel's lock is held by a helper that ends with
 * this process, however that ends; `waiting` is called where another one holds it. Rejects where `signal` aborts the
 * waiting, or where util-linux's flock is missing.
 */
export async function inTurn<T>(
  file: string,
  signal: AbortSignal,
  waiting: () => void,
  act: () => Promise<T>,
): Promise<T> {
  // cat ends when its standard input does: with this process at the latest.
  const holder = spawn("flock", [file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
    signal,
  });
  const slow = setTimeout(waiting, 500);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("exit", (code) => reject(new Error(`flock ${file} ended with ${code}`)));
    });
    clearTimeout(slow);
    return await act();
  } finally {
    clearTimeout(slow);
    holder.stdin.end();
    const runs = holder.pid !== undefined && holder.exitCode === null && holder.signalCode === null;
    if (runs) await once(holder, "exit").catch(() => undefined);
  }
}
