import type { Diagnosis } from "../../../common/api/procedures.ts";
import { defaultControlPort, defaultDataPort } from "../../../common/domain/plan.ts";
import { unwrap } from "../../../common/result.ts";
import { flag, onlyOperand, text, type Command, type CommandContext } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printable } from "../format.ts";
import { sourceOptions } from "../source-options.ts";
import type { Terminal } from "../terminal.ts";
import { findOrAddSource } from "./migrate.ts";

const marks = { ok: "ok      ", limited: "limited ", missing: "missing " } as const;

export const doctorCommand: Command = {
  name: "doctor",
  operands: "",
  summary: "say what this machine can and cannot do",
  options: {
    orphans: { type: "boolean", description: "say what migrations left behind, and what removes it" },
  },
  async run(context) {
    if (flag(context.options, "orphans")) return listOrphans(context);
    const { assistant, terminal, signal } = context;
    const diagnoses = unwrap(await (await assistant()).call("doctor", {}, signal));
    return printDiagnoses(terminal, diagnoses);
  },
};

function printDiagnoses(terminal: Terminal, diagnoses: readonly Diagnosis[]): number {
  for (const { title, verdict, detail, remedy } of diagnoses) {
    terminal.print(`${marks[verdict]} ${title}: ${printable(detail)}`);
    if (remedy !== null) terminal.print(`         ${printable(remedy)}`);
  }
  terminal.printJson(diagnoses);
  return diagnoses.some(({ verdict }) => verdict === "missing") ? exitCodes.blocked : exitCodes.done;
}

export const windowsDoctorCommand: Command = {
  name: "doctor windows",
  operands: "SOURCE|USER@HOST[:PORT]",
  summary: "do on a Windows source what a migration does, step by step, and leave nothing there",
  details:
    "SOURCE is a registered source; with --winrm it may be a destination as for `sma source add`. Uploads the agent into a folder of its own, starts it without copying anything, looks whether it outlives the connection, and removes it.",
  options: {
    ...sourceOptions,
    intermediate: {
      type: "string",
      value: "ADDRESS",
      description: "have the source try ports 8080 and 8703 of this address",
    },
  },
  async run(context) {
    const operand = onlyOperand(context, "source");
    const assistant = await context.assistant();
    const source = await findOrAddSource(context, assistant, operand);
    const host = text(context.options, "intermediate");
    const intermediate = host === undefined ? null : { host, ports: [defaultControlPort, defaultDataPort] };
    const diagnoses = unwrap(
      await assistant.call("doctor.windows", { source, intermediate }, context.signal),
    );
    return printDiagnoses(context.terminal, diagnoses);
  },
};

/** Lists only: each removal is a command of its own, and what no ledger has is left to the admin. */
async function listOrphans({ assistant, terminal, signal }: CommandContext): Promise<number> {
  const report = unwrap(await (await assistant()).call("doctor.orphans", {}, signal));
  if (report.orphans.length === 0) terminal.print("nothing is left over");
  for (const { kind, place, locator, isLedgered, why, removedBy } of report.orphans) {
    terminal.print(`${kind} on ${printable(place)}: ${printable(locator)}`);
    terminal.print(`         ${isLedgered ? "" : "not on the ledger: "}${why}`);
    terminal.print(`         ${removedBy === null ? "no command removes it" : `remove it: ${removedBy}`}`);
  }
  for (const { place, reason } of report.notLooked)
    terminal.print(`not looked at: ${printable(place)}: ${printable(reason)}`);
  terminal.printJson(report);
  return exitCodes.done;
}
