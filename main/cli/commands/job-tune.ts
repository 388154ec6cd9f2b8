import type { ProcedureInput } from "../../../common/api/procedures.ts";
import { unwrap } from "../../../common/result.ts";
import { flag, number, rate, UsageError, type Command, type CommandOption } from "../command.ts";
import { checksumFrom, checksumOption } from "../checksum-option.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { printable } from "../format.ts";
import { describeState } from "../job-display.ts";
import { jobOperand } from "../job-operand.ts";
import { runOptions, transferWindow } from "../run-options.ts";

const tuneOptions = {
  limit: {
    type: "string",
    value: "RATE",
    description: "bandwidth limit, e.g. 20M (bytes) or 100mbit (bits) a second; 0 for none",
  },
  load: {
    type: "string",
    value: "PERCENT",
    description:
      "how much of a busy source's processors and disk the agent takes, 1 to 100 (no ceiling); it reads at least 4 MiB a second all the same",
  },
  level: { type: "string", value: "N", description: "zstd level, -7 to 19" },
  compression: { type: "boolean", description: "compress with zstd" },
  "no-compression": { type: "boolean", description: "send chunks as they are" },
  checksum: checksumOption,
  window: { ...runOptions.window, description: `${runOptions.window.description}; \`any\` lifts it` },
  every: runOptions.every,
  "no-schedule": { type: "boolean", description: "no more runs by themselves" },
  keep: runOptions.keep,
  "expire-after": runOptions["expire-after"],
} as const satisfies Record<string, CommandOption>;

export const tuneCommand: Command = {
  name: "job tune",
  operands: "JOB",
  summary:
    "change a job's bandwidth, compression, checksum policy, transfer window or schedule, also while it runs",
  options: tuneOptions,
  async run(context) {
    const { options, terminal } = context;
    const limit = rate(options, "limit");
    const level = number(options, "level", -7, 19);
    const load = number(options, "load", 1, 100);
    const codecs = [flag(options, "compression"), flag(options, "no-compression")];
    if (codecs[0] === true && codecs[1] === true)
      throw new UsageError("--compression and --no-compression contradict each other");
    const window = transferWindow(options);
    const intervalHours = number(options, "every", 1, 168);
    const keep = number(options, "keep", 1, 99);
    const expireAfterDays = number(options, "expire-after", 1, 365);
    const noSchedule = flag(options, "no-schedule");
    if (noSchedule && (intervalHours !== undefined || keep !== undefined))
      throw new UsageError("--no-schedule goes without --every and --keep");

    const assistant = await context.assistant();
    const job = unwrap(await assistant.call("job.show", { job: jobOperand(context) }));
    const current = job.plan.runs.incremental;
    if (keep !== undefined && intervalHours === undefined && current === null)
      throw new UsageError("--keep wants --every: the job has no schedule");
    const wanted: ProcedureInput<"job.tune"> = {
      job: job.id,
      tuning: {
        ...(limit === undefined ? {} : { rateBytesPerSecond: limit }),
        ...(level === undefined ? {} : { level }),
        ...(load === undefined ? {} : { loadPercent: load }),
        ...checksumFrom(options),
        ...(codecs[0] === true ? { codec: "adaptive" as const } : {}),
        // A level that is named is meant.
        ...(level === undefined ? {} : { codec: "zstd" as const }),
        ...(codecs[1] === true ? { codec: "raw" as const } : {}),
      },
      runs: {
        ...(window === undefined ? {} : { transferWindow: window }),
        ...(expireAfterDays === undefined ? {} : { expireAfterDays }),
        ...(noSchedule ? { incremental: null } : {}),
        ...(intervalHours === undefined && keep === undefined
          ? {}
          : {
              incremental: {
                intervalHours: intervalHours ?? current?.intervalHours ?? 24,
                keep: keep ?? current?.keep ?? 2,
              },
            }),
      },
    };
    if (Object.keys(wanted.tuning ?? {}).length + Object.keys(wanted.runs ?? {}).length === 0)
      throw new UsageError("nothing to change was given");
    const tuned = unwrap(await assistant.call("job.tune", wanted));
    terminal.print(
      `job ${tuned.id}: ${tuned.isHeld ? "tuned while it runs" : "tuned"}; ${describeState(tuned.state)}`,
    );
    terminal.printJson(tuned);
    return exitCodes.done;
  },
};

export const runDueCommand: Command = {
  name: "job run-due",
  operands: "",
  summary: "run what is due now and wait for it, e.g. from cron where no `sma serve` keeps the schedule",
  options: {},
  async run({ assistant: open, terminal, signal }) {
    const assistant = await open();
    const started = unwrap(await assistant.call("job.run-due", {}));
    for (const job of started)
      terminal.note(`job ${job.id} of ${printable(job.sourceName)}: run ${job.run.number}`);
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([assistant.backgroundDone(), stopped]);
    if (signal.aborted) return exitCodes.interrupted;
    const ended = [];
    for (const { id } of started) {
      const job = await assistant.call("job.show", { job: id });
      if (job.ok) ended.push(job.value);
    }
    for (const job of ended)
      terminal.print(`job ${job.id} of ${printable(job.sourceName)}: ${describeState(job.state)}`);
    if (started.length === 0) terminal.print("nothing is due");
    terminal.printJson(ended);
    const failed = ended.map(({ state }) => state).find((state) => state.name === "in-error");
    return failed?.name === "in-error" ? exitCodeOf(failed.failure) : exitCodes.done;
  },
};
