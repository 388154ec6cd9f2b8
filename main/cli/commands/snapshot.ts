import { unwrap } from "../../../common/result.ts";
import { number, UsageError, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatBytes, formatTable } from "../format.ts";
import { jobOperand } from "../job-operand.ts";

const list: Command = {
  name: "snapshot list",
  operands: "JOB",
  summary: "list the states of a job's replica that are kept, one for each earlier run",
  options: {},
  async run(context) {
    const { terminal, signal } = context;
    const job = jobOperand(context);
    const snapshots = unwrap(await (await context.assistant()).call("snapshot.list", { job }, signal));
    const rows = snapshots.map(({ run, at, deltaBytes, disks }) => [
      String(run),
      at,
      formatBytes(deltaBytes),
      disks.every(({ treeHash }) => treeHash !== null) ? "proved" : "not proved",
    ]);
    if (rows.length === 0) terminal.print("none; an incremental job keeps one for each run");
    else for (const line of formatTable([["RUN", "UNTIL", "COSTS", "STATE"], ...rows])) terminal.print(line);
    terminal.printJson(snapshots);
    return exitCodes.done;
  },
};

const restore: Command = {
  name: "snapshot restore",
  operands: "JOB",
  summary: "make the replica as it was after an earlier run into images of their own",
  options: {
    run: { type: "string", value: "N", description: "of this run; `sma snapshot list` lists them" },
  },
  async run(context) {
    const { terminal, signal, options } = context;
    const run = number(options, "run", 1, 1_000_000);
    if (run === undefined) throw new UsageError("--run is wanted; `sma snapshot list` lists them");
    const order = { job: jobOperand(context), run };
    const files = unwrap(await (await context.assistant()).call("snapshot.restore", order, signal));
    for (const { path } of files) terminal.print(path);
    terminal.printJson(files);
    return exitCodes.done;
  },
};

export const snapshotCommands: readonly Command[] = [list, restore];
