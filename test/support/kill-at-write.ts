/**
 * Preloaded into an assistant (`node --import`): ends the process with SIGKILL right before or right after its n-th
 * write to the journal, the ledger or a job's state, as `SMA_TEST_KILL_AT=before:n` or `after:n` says, or right after a step's journal entry (`after:sync:done`). Also
 * counts: with `SMA_TEST_COUNT_FILE` the number of such writes is kept in that file. Only tests know of this module.
 */
import { writeFileSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";

const watched =
  /^\s*(INSERT INTO (journal|ledger|run|instance|cutover)|UPDATE job SET state|UPDATE (ledger|run|cutover)|DELETE FROM instance)/;
const wanted = process.env["SMA_TEST_KILL_AT"] ?? "";
const match = /^(before|after):(\d+)$/.exec(wanted);
const when = match?.[1];
const killAt = Number(match?.[2] ?? -1);
const entry = /^after:([a-z-]+):(begin|done)$/.exec(wanted);
const countFile = process.env["SMA_TEST_COUNT_FILE"];
let writes = 0;

function die(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable");
}

const prepare = DatabaseSync.prototype.prepare;
DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string): StatementSync {
  const statement = prepare.call(this, sql);
  if (!watched.test(sql)) return statement;
  const run = statement.run.bind(statement) as (...values: unknown[]) => ReturnType<StatementSync["run"]>;
  statement.run = (...values: unknown[]) => {
    writes += 1;
    if (countFile !== undefined) writeFileSync(countFile, String(writes));
    if (when === "before" && writes === killAt) die();
    const result = run(...values);
    if (when === "after" && writes === killAt) die();
    if (entry !== null && values.includes(entry[1]) && values.includes(entry[2])) die();
    return result;
  };
  return statement;
};
