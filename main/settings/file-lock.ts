import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fail, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

const retryMs = 20;
const patienceMs = 60_000;
/** SQLite's primary result code for a file that somebody else has locked. */
const sqliteBusy = 5;

/**
 * Runs `act` while no other process, and nobody else in this one, does what goes by the same lock. The file at `path`
 * stays empty: the lock is SQLite's own, which the system takes back from a process however that ends.
 */
export async function whileLocked<T>(path: string, act: () => Promise<Result<T>>): Promise<Result<T>> {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    const lastMs = performance.now() + patienceMs;
    while (!isOurs(file)) {
      if (performance.now() > lastMs)
        return fail(
          "vault-locked",
          told({ kind: "vault-held" }),
          { path },
          told({ kind: "end-hanging-process" }),
        );
      await delay(retryMs);
    }
    return await act();
  } finally {
    file.close();
  }
}

function isOurs(file: DatabaseSync): boolean {
  try {
    file.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && Number(error.errcode) % 256 === sqliteBusy)
      return false;
    throw error;
  }
}
