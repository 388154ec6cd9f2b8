import { failure, type Failure } from "./result.ts";
import { told } from "./domain/report-text/told.ts";

/** SQLite's primary result codes. */
const sqliteIoError = 10;
const sqliteFull = 13;
const fullCodes = new Set(["ENOSPC", "EDQUOT"]);

/** True where the filesystem under the state folder took no more: full, or over quota. */
export function isOutOfRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && fullCodes.has(String(error.code))) return true;
  if (!("errcode" in error)) return false;
  // A journal that cannot grow is reported as an error of input and output; the extended code is in the upper bits.
  const primary = Number(error.errcode) & 0xff;
  return primary === sqliteFull || (primary === sqliteIoError && /full|no space/i.test(error.message));
}

/** Does what can as well be done later: where there is no room for it now, it is left undone. */
export function ifThereIsRoom(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isOutOfRoom(error)) throw error;
  }
}

/** What an admin is told then. */
export function outOfRoom(directory: string): Failure {
  return failure(
    "no-space",
    told({ kind: "own-disk-full", path: directory }),
    { directory },
    told({ kind: "free-own-disk" }),
  );
}
