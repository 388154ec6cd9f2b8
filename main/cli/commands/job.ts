import { setTimeout as sleep } from "node:timers/promises";
import { imageFormats, imageFormatSchema } from "../../../common/domain/image.ts";
import type { JobView, ProcedureName } from "../../../common/api/procedures.ts";
import { unwrap } from "../../../common/result.ts";
import { flag, number, texts, UsageError, type Command, type CommandOption } from "../command.ts";
import { conversionFrom, conversionOptions } from "../conversion-options.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { formatTable, formatTime, printable } from "../format.ts";
import { describeProgress, describeState, JobDisplay, printOutcome } from "../job-display.ts";
import { jobOperand } from "../job-operand.ts";
import { runsCommand, syncCommand } from "./job-runs.ts";
import { runDueCommand, tuneCommand } from "./job-tune.ts";
import { runJob } from "./migrate.ts";

/** A command that passes one wish on and says what came of it. */
function simple(
  name: string,
  summary: string,
  procedure: Extract<ProcedureName, "job.pause" | "job.stop">,
  said: string,
): Command {
  return {
    name,
    operands: "JOB",
    summary,
    options: {},
    async run(context) {
      const job = unwrap(await (await context.assistant()).call(procedure, { job: jobOperand(context) }));
      context.terminal.print(`job ${job.id}: ${said}`);
      context.terminal.printJson(job);
      return exitCodes.done;
    },
  };
}

function shortOutcome(job: JobView): string {
  return job.state.name === "running" && job.progress !== null && job.isHeld
    ? describeProgress(job.progress)
    : describeState(job.state) +
        (job.state.name === "running" && !job.isHeld ? " (its process is gone; resume it)" : "");
}

const list: Command = {
  name: "job list",
  operands: "",
  summary: "list jobs and where they stand",
  options: {},
  async run({ assistant, terminal }) {
    const jobs = unwrap(await (await assistant()).call("job.list", {}));
    if (jobs.length === 0) terminal.print("no jobs yet; `sma migrate` starts one");
    else {
      const rows = jobs.map((job) => [
        job.id,
        printable(job.sourceName),
        formatTime(job.createdAt),
        shortOutcome(job),
      ]);
      for (const line of formatTable([["JOB", "SOURCE", "CREATED", "STATE"], ...rows])) terminal.print(line);
    }
    terminal.printJson(jobs);
    return exitCodes.done;
  },
};

const show: Command = {
  name: "job show",
  operands: "JOB",
  summary: "show a job: state, proofs, images",
  options: {},
  async run(context) {
    const job = unwrap(await (await context.assistant()).call("job.show", { job: jobOperand(context) }));
    printOutcome(context.terminal, job);
    if (job.progress !== null && job.isHeld)
      context.terminal.print(`  now       ${describeProgress(job.progress)}`);
    context.terminal.printJson(job);
    return exitCodes.done;
  },
};

const watch: Command = {
  name: "job watch",
  operands: "JOB",
  summary: "follow a job that another process runs until it ends",
  details: "Ctrl-C ends the watching, not the job.",
  options: {},
  async run(context) {
    const { terminal, signal } = context;
    const assistant = await context.assistant();
    const display = new JobDisplay(terminal, Date.now);
    const reference = jobOperand(context);
    let afterSeq = 0;
    for (;;) {
      for (const entry of unwrap(await assistant.call("job.logs", { job: reference, afterSeq }))) {
        display.log(entry);
        afterSeq = entry.seq;
      }
      const job = unwrap(await assistant.call("job.show", { job: reference }));
      if (!job.isHeld || signal.aborted) {
        terminal.clearStatus();
        printOutcome(terminal, job);
        terminal.printJson(job);
        if (signal.aborted) return exitCodes.interrupted;
        return job.state.name === "in-error" ? exitCodeOf(job.state.failure) : exitCodes.done;
      }
      if (job.progress !== null) display.progress(job.progress);
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  },
};

const resumeOptions = {
  ...conversionOptions,
  format: {
    type: "string",
    multiple: true,
    value: "FORMAT",
    choices: imageFormats,
    description: "make these image formats instead",
  },
  "no-boot-check": { type: "boolean", description: "do not boot the result" },
  "continue-on-read-error": {
    type: "boolean",
    description: "replace unreadable sectors by zeros and list them",
  },
  "accept-finding": {
    type: "string",
    multiple: true,
    value: "CODE",
    description: "go on in spite of this blocker",
  },
  "control-port": {
    type: "string",
    value: "PORT",
    description: "another control port for the intermediate, and for jobs that share it",
  },
  "data-port": { type: "string", value: "PORT", description: "another disk data port, likewise" },
  "accept-host-key": {
    type: "string",
    multiple: true,
    value: "SHA256:…",
    description: "accept the host key with this fingerprint",
  },
} as const satisfies Record<string, CommandOption>;

const resume: Command = {
  name: "job resume",
  operands: "JOB",
  summary: "go on with a stopped, failed, paused or orphaned job",
  options: resumeOptions,
  async run(context) {
    const { options, terminal } = context;
    const assistant = await context.assistant();
    const job = unwrap(await assistant.call("job.show", { job: jobOperand(context) }));
    if (job.isHeld && job.state.name === "running" && job.state.paused) {
      terminal.printJson(unwrap(await assistant.call("job.unpause", { job: job.id })));
      terminal.print(`job ${job.id}: goes on`);
      return exitCodes.done;
    }
    const formats = texts(options, "format").map((given) => {
      const format = imageFormatSchema.safeParse(given);
      if (!format.success)
        throw new UsageError(`--format is one of ${imageFormats.join(", ")}, not "${given}"`);
      return format.data;
    });
    const findings = texts(options, "accept-finding");
    const conversion = conversionFrom(context);
    const controlPort = number(options, "control-port", 1, 65535);
    const dataPort = number(options, "data-port", 1, 65535);
    if (
      Object.keys(conversion).length > 0 ||
      formats.length > 0 ||
      findings.length > 0 ||
      controlPort !== undefined ||
      dataPort !== undefined ||
      flag(options, "no-boot-check") ||
      flag(options, "continue-on-read-error")
    ) {
      unwrap(
        await assistant.call("job.replan", {
          job: job.id,
          ...(formats.length > 0 ? { imageFormats: formats } : {}),
          ...(findings.length > 0 ? { acceptedFindings: [...job.plan.acceptedFindings, ...findings] } : {}),
          ...(flag(options, "no-boot-check") ? { bootCheck: false } : {}),
          controlPort,
          dataPort,
          ...(Object.keys(conversion).length > 0 ? { conversion } : {}),
          ...(flag(options, "continue-on-read-error") ? { continueOnReadError: true } : {}),
        }),
      );
    }
    return runJob(context, assistant, job.id);
  },
};

const cancel: Command = {
  name: "job cancel",
  operands: "JOB",
  summary: "stop a job and remove what it made: agent, replica, images",
  options: { yes: { type: "boolean", short: "y", description: "do not ask" } },
  async run(context) {
    const { terminal, options, signal } = context;
    const assistant = await context.assistant();
    const job = unwrap(await assistant.call("job.show", { job: jobOperand(context) }));
    if (!flag(options, "yes")) {
      if (!terminal.canAsk) throw new UsageError("removing a job's replica and images wants --yes");
      const answer = await terminal.ask(
        `Remove job ${job.id} of ${printable(job.sourceName)} with its replica and images? Type yes: `,
      );
      if (answer.trim().toLowerCase() !== "yes") return exitCodes.interrupted;
    }
    unwrap(await assistant.call("job.cancel", { job: job.id }, signal));
    terminal.print(`job ${job.id} and what it made are removed`);
    terminal.printJson({ cancelled: job.id });
    return exitCodes.done;
  },
};

const logs: Command = {
  name: "job logs",
  operands: "JOB",
  summary: "print a job's log",
  options: {},
  async run(context) {
    const { terminal } = context;
    const entries = unwrap(
      await (await context.assistant()).call("job.logs", { job: jobOperand(context), afterSeq: 0 }),
    );
    for (const { at, level, message, context: more } of entries) {
      const extra = Object.keys(more).length === 0 ? "" : ` ${JSON.stringify(more)}`;
      terminal.print(`${at} ${level.padEnd(7)} ${printable(message + extra)}`);
    }
    terminal.printJson(entries);
    return exitCodes.done;
  },
};

export const jobCommands: readonly Command[] = [
  list,
  show,
  watch,
  syncCommand,
  runsCommand,
  tuneCommand,
  runDueCommand,
  simple("job pause", "pause a job's sync", "job.pause", "will pause"),
  resume,
  simple("job stop", "stop a job in another process; it stays resumable", "job.stop", "will stop"),
  cancel,
  logs,
];
