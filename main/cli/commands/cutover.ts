import type { CutoverState, CutoverView } from "../../../common/domain/cutover.ts";
import { assertNever, unwrap } from "../../../common/result.ts";
import { flag, number, text, UsageError, type Command, type CommandOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatBytes, printable } from "../format.ts";
import { JobDisplay } from "../job-display.ts";
import { jobOperand } from "../job-operand.ts";
import type { Terminal } from "../terminal.ts";

export function describeCutover(state: CutoverState): string {
  switch (state.name) {
    case "ready":
      return "ready: no drill has passed yet";
    case "testing":
      return state.back
        ? `testing: ${state.instance} is being removed`
        : `testing on ${state.instance}: ${state.step}`;
    case "ready-for-cutover":
      return state.drill === null
        ? "ready for cutover, without a drill"
        : `ready for cutover: a drill passed at ${state.drill.at} (${printable(state.drill.evidence)})`;
    case "cutover-in-progress":
      return state.back
        ? `cutover in progress: ${state.instance} is being rolled back`
        : `cutover in progress to ${state.instance}: ${state.step}`;
    case "cut-over":
      return `cut over to ${state.instance} at ${state.at} (${printable(state.evidence)})`;
    case "finalised":
      return `finalised at ${state.at}: ${state.instance} is the server now`;
    default:
      return assertNever(state);
  }
}

/** Of the history; --json has all. */
const historyShown = 12;

function printCutover(terminal: Terminal, view: CutoverView): void {
  terminal.print(`cutover of job ${view.job} (${printable(view.source)}): ${describeCutover(view.state)}`);
  if (view.undoing !== null) {
    const { by, restores, loses } = view.undoing;
    const cost = loses === null ? "nothing is lost" : `${loses} is lost`;
    terminal.print(
      `  undo      ${by === "rollback" ? `sma cutover rollback ${view.job}: ` : ""}${restores}; ${cost}`,
    );
  }
  if (view.lastFailure !== null) {
    terminal.print(`  failed    ${printable(view.lastFailure.message)}`);
    terminal.print(`            ${view.lastFailure.remedy}`);
  }
  for (const { at, what } of view.history.slice(-historyShown)) terminal.print(`  ${at}  ${printable(what)}`);
  if (view.state.name === "ready-for-cutover")
    terminal.print(`  next      sma cutover start ${view.job} --instance NAME`);
  if (view.state.name === "cut-over")
    terminal.print(`  next      sma cutover finalise ${view.job} --confirm ${printable(view.source)}`);
  terminal.printJson(view);
}

const show: Command = {
  name: "cutover show",
  operands: "JOB",
  summary: "say where a cutover stands and what may be undone",
  options: {},
  async run(context) {
    const view = unwrap(await (await context.assistant()).call("cutover.show", { job: jobOperand(context) }));
    printCutover(context.terminal, view);
    return exitCodes.done;
  },
};

const orderOptions = {
  instance: { type: "string", value: "NAME", description: "the instance that gets the migrated system" },
  timeout: {
    type: "string",
    value: "SECONDS",
    description: "how long its system may take to come up (900)",
  },
  grace: {
    type: "string",
    value: "SECONDS",
    description: "how long its old system may take to shut down (60)",
  },
} as const satisfies Record<string, CommandOption>;

function carryCommand(verb: "drill" | "start"): Command {
  return {
    name: `cutover ${verb}`,
    operands: "JOB",
    summary:
      verb === "drill"
        ? "try the cutover on an instance of its own, which is removed again"
        : "give an instance the migrated system, after an incremental job's final run, or go on with a cutover that was interrupted",
    options:
      verb === "drill"
        ? orderOptions
        : {
            ...orderOptions,
            "without-drill": { type: "boolean", description: "although no drill has passed" },
            "with-last-copy": {
              type: "boolean",
              description:
                "after a run that failed: use the copy before it, without what the source wrote since",
            },
          },
    async run(context) {
      const { options, terminal, signal } = context;
      const assistant = await context.assistant();
      const job = jobOperand(context);
      const known = unwrap(await assistant.call("cutover.show", { job }));
      const under = known.state.name === "cutover-in-progress" ? known.state.instance : undefined;
      const instance = text(options, "instance") ?? under;
      if (instance === undefined)
        throw new UsageError("--instance is wanted; `sma instance list` lists them");
      let last = "";
      // An incremental job has its final run first.
      const finalRun = new JobDisplay(terminal, Date.now);
      const unsubscribe = assistant.subscribe((event) => {
        finalRun.handle(event);
        if (event.type !== "cutover-note") return;
        const amount = event.total > 0 ? [`${formatBytes(event.done)} of ${formatBytes(event.total)}`] : [];
        terminal.status(printable(event.note), ...amount);
        // Where there is no live line, the steps; not every line that a console shows.
        const headline = event.note.split(":")[0] ?? "";
        if (!terminal.isLive && headline !== last) terminal.note(printable(headline));
        last = headline;
      });
      const order = {
        job,
        instance,
        timeoutSeconds: number(options, "timeout", 1, 86_400),
        graceSeconds: number(options, "grace", 0, 3_600),
      };
      try {
        if (verb === "drill") {
          printCutover(terminal, unwrap(await assistant.call("cutover.drill", order, signal)));
          return exitCodes.done;
        }
        const withoutDrill = flag(options, "without-drill");
        const withLastCopy = flag(options, "with-last-copy");
        const started = await assistant.call(
          "cutover.start",
          { ...order, withoutDrill, withLastCopy },
          signal,
        );
        const { state } = unwrap(await assistant.call("job.show", { job }));
        if (!started.ok && state.name === "in-error" && known.copiedAt !== null)
          terminal.note(
            `where the source cannot be copied any more: --with-last-copy takes the copy of ${known.copiedAt}`,
          );
        printCutover(terminal, unwrap(started));
        return exitCodes.done;
      } finally {
        unsubscribe();
      }
    },
  };
}

function confirmedCommand(verb: "rollback" | "finalise", summary: string): Command {
  return {
    name: `cutover ${verb}`,
    operands: "JOB",
    summary,
    options: {
      confirm: { type: "string", value: "NAME", description: "the source's name, where data is given up" },
    },
    async run(context) {
      const order = { job: jobOperand(context), confirmName: text(context.options, "confirm") ?? null };
      const assistant = await context.assistant();
      const view = unwrap(
        verb === "rollback"
          ? await assistant.call("cutover.rollback", order, context.signal)
          : await assistant.call("cutover.finalise", order, context.signal),
      );
      printCutover(context.terminal, view);
      return exitCodes.done;
    },
  };
}

export const cutoverCommands: readonly Command[] = [
  show,
  carryCommand("drill"),
  carryCommand("start"),
  confirmedCommand("rollback", "give the instance its old disks back"),
  confirmedCommand("finalise", "give the instance's old disks up; there is no way back then"),
];
