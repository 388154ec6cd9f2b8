/**
 * Preloaded into an assistant (`node --import`): its clock goes as a test says. `SMA_TEST_CLOCK_FILE` holds
 * `{"clockMs": …, "bootMs": …}`, by how much the time of day and the time since the machine started are ahead of this
 * machine's; it is read again at SIGUSR2. A night asleep moves both, a clock that somebody sets moves the first alone.
 */
import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

const file = process.env["SMA_TEST_CLOCK_FILE"] ?? "";
let ahead = { clockMs: 0, bootMs: 0 };
const RealDate = Date;
const realUptime = os.uptime;
const now = () => RealDate.now() + ahead.clockMs;

globalThis.Date = class extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(now());
    else super(...(given as [number]));
  }
  static override now(): number {
    return now();
  }
} as DateConstructor;
os.uptime = () => realUptime() + ahead.bootMs / 1000;
syncBuiltinESMExports();

process.on("SIGUSR2", () => {
  ahead = JSON.parse(readFileSync(file, "utf8")) as typeof ahead;
});
