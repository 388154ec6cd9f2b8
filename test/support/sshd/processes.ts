import { existsSync, readFileSync } from "node:fs";

/** True while a process runs; one that has ended and that nobody has waited for counts as gone. */
export function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
