import type { ProcedureInput } from "../../../common/api/procedures.ts";
import { imageFormats, imageFormatSchema } from "../../../common/domain/image.ts";
import { describeLogin } from "../../../common/domain/source.ts";
import { unwrap } from "../../../common/result.ts";
import type { Assistant } from "../../assistant.ts";
import {
  flag,
  number,
  onlyOperand,
  rate,
  text,
  texts,
  UsageError,
  type Command,
  type CommandContext,
  type CommandOption,
} from "../command.ts";
import { cloudTargetFrom, costNotes, targetOptions } from "../cloud-options.ts";
import { conversionFrom, conversionOptions } from "../conversion-options.ts";
import { checksumFrom, checksumOption } from "../checksum-option.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { fileOptions, filesFrom } from "../file-options.ts";
import { JobDisplay, printOutcome } from "../job-display.ts";
import { runOptions, runPlanFrom } from "../run-options.ts";
import { addSource, nameOfSource, sourceOptions } from "../source-options.ts";

export const planOptions = {
  disk: {
    type: "string",
    multiple: true,
    value: "PATH",
    description: "disk to migrate; may be given several times (default: every fixed disk)",
  },
  directory: {
    type: "string",
    short: "d",
    value: "DIR",
    description: "folder for replicas and images (default: in the assistant's state folder)",
  },
  "target-host": {
    type: "string",
    value: "SOURCE",
    description: "keep replicas and images on this Linux machine, one of the sources, instead of here",
  },
  "target-program": {
    type: "string",
    value: "PROGRAM",
    description: "program on the target host that runs the intermediate (default: sma-intermediate)",
  },
  format: {
    type: "string",
    multiple: true,
    value: "FORMAT",
    choices: imageFormats,
    description: "image format; may be given several times (default: qcow2)",
  },
  listen: {
    type: "string",
    value: "ADDRESS",
    description: "address on which the intermediate listens (default: 0.0.0.0)",
  },
  advertise: {
    type: "string",
    multiple: true,
    value: "ADDRESS",
    description: "address under which the source reaches this machine (default: found out)",
  },
  "control-port": {
    type: "string",
    value: "PORT",
    description: "control port of the intermediate (default: 8080)",
  },
  "data-port": {
    type: "string",
    value: "PORT",
    description: "disk data port of the intermediate (default: 8703)",
  },
  connections: { type: "string", value: "N", description: "data connections, 1 to 8 (default: 2)" },
  level: { type: "string", value: "N", description: "zstd level, -7 to 19 (default: what carries most)" },
  "no-compression": { type: "boolean", description: "send chunks as they are" },
  limit: {
    type: "string",
    value: "RATE",
    description: "bandwidth limit, e.g. 20M (bytes) or 100mbit (bits) a second",
  },
  checksum: { ...checksumOption, description: `${checksumOption.description} (default: automatic)` },
  passes: {
    type: "string",
    value: "N",
    description: "passes over a source that is being written, at most (default: 4)",
  },
  "continue-on-read-error": {
    type: "boolean",
    description: "replace unreadable sectors by zeros and list them",
  },
  "all-blocks": {
    type: "boolean",
    description: "copy also what the source's filesystems do not use",
  },
  "no-boot-check": { type: "boolean", description: "do not boot the result" },
  "boot-memory": {
    type: "string",
    value: "MIB",
    description: "memory of the boot check's machine (default: 1024)",
  },
  "boot-timeout": {
    type: "string",
    value: "SECONDS",
    description: "how long the boot check waits (default: 600)",
  },
  "accept-finding": {
    type: "string",
    multiple: true,
    value: "CODE",
    description: "go on in spite of this blocker",
  },
} as const satisfies Record<string, CommandOption>;

function choicesFrom(context: CommandContext): ProcedureInput<"job.create">["choices"] {
  const { options } = context;
  const formats = texts(options, "format").map((given) => {
    const format = imageFormatSchema.safeParse(given);
    if (!format.success)
      throw new UsageError(`--format is one of ${imageFormats.join(", ")}, not "${given}"`);
    return format.data;
  });
  const level = number(options, "level", -7, 19);
  const defined = <T>(key: string, value: T | undefined) => (value === undefined ? {} : { [key]: value });
  return {
    diskPaths: texts(options, "disk"),
    advertisedAddresses: texts(options, "advertise"),
    acceptedFindings: texts(options, "accept-finding"),
    continueOnReadError: flag(options, "continue-on-read-error"),
    usedBlocksOnly: !flag(options, "all-blocks"),
    bootCheck: !flag(options, "no-boot-check"),
    conversion: conversionFrom(context),
    ...filesFrom(options),
    tuning: {
      codec: flag(options, "no-compression") ? "raw" : level === undefined ? "adaptive" : "zstd",
      level: level ?? 1,
      rateBytesPerSecond: rate(options, "limit") ?? 0,
      ...checksumFrom(options),
    },
    runs: runPlanFrom(options),
    ...(formats.length > 0 ? { imageFormats: formats } : {}),
    ...targetHostFrom(options),
    ...cloudTargetFrom(options),
    ...defined("directory", text(options, "directory")),
    ...defined("listenAddress", text(options, "listen")),
    ...defined("controlPort", number(options, "control-port", 1, 65535)),
    ...defined("dataPort", number(options, "data-port", 1, 65535)),
    ...defined("dataConnections", number(options, "connections", 1, 8)),
    ...defined("passLimit", number(options, "passes", 1, 100)),
    ...defined("bootMemoryMiB", number(options, "boot-memory", 128, 65536)),
    ...defined("bootTimeoutSeconds", number(options, "boot-timeout", 10, 7200)),
  };
}

function targetHostFrom(
  options: CommandContext["options"],
): Pick<ProcedureInput<"job.create">["choices"], "targetHost"> {
  const source = text(options, "target-host");
  const program = text(options, "target-program");
  if (source === undefined) {
    if (program !== undefined) throw new UsageError("--target-program goes with --target-host");
    return {};
  }
  return { targetHost: { source, ...(program === undefined ? {} : { program }) } };
}

/** Runs a job to its end with progress on the terminal, and gives the exit code. */
export async function runJob(context: CommandContext, assistant: Assistant, job: string): Promise<number> {
  const { terminal, signal } = context;
  const display = new JobDisplay(terminal, Date.now);
  const unsubscribe = assistant.subscribe((event) => display.handle(event));
  const ran = await assistant.call("job.run", { job }, signal);
  unsubscribe();
  terminal.clearStatus();
  const view = unwrap(ran);
  printOutcome(terminal, view);
  terminal.printJson(view);
  switch (view.state.name) {
    case "finished":
    case "waiting":
      return signal.aborted ? exitCodes.interrupted : exitCodes.done;
    case "in-error":
      return exitCodeOf(view.state.failure);
    default:
      return exitCodes.interrupted;
  }
}

/** A registered source's name, or the new source that the destination and options describe. */
export async function findOrAddSource(
  context: CommandContext,
  assistant: Assistant,
  operand: string,
): Promise<string> {
  const known = unwrap(await assistant.call("source.list", {}));
  const name = text(context.options, "name") ?? operand;
  if (known.some((source) => source.name === name || source.id === name)) return name;
  const newName = nameOfSource(context.options, operand);
  if (known.some((source) => source.name === newName)) return newName;
  const added = unwrap(await addSource(context, assistant, operand));
  // Said before anything is tried: it stays, whether or not the host answers.
  context.terminal.note(
    `${added.name} is a source from now on (${describeLogin(added)}); \`sma source remove\` takes it off the list`,
  );
  return added.name;
}

export const migrateCommand: Command = {
  name: "migrate",
  operands: "SOURCE|[USER@]HOST[:PORT]",
  summary: "copy a source, prove the copy equal, make an image and prove that it boots",
  details:
    "SOURCE is a registered source or any SSH destination, which is then registered. Ctrl-C leaves a job that `sma job resume` goes on with. Nothing on the source is changed; the agent leaves it when the job ends.",
  options: {
    ...sourceOptions,
    ...planOptions,
    ...targetOptions,
    ...fileOptions,
    ...conversionOptions,
    ...runOptions,
  },
  async run(context) {
    const operand = onlyOperand(context, "source");
    const choices = choicesFrom(context);
    if (choices?.cloud != null) for (const line of costNotes(choices.cloud)) context.terminal.note(line);
    const assistant = await context.assistant();
    const source = await findOrAddSource(context, assistant, operand);
    const job = unwrap(await assistant.call("job.create", { source, choices }));
    context.terminal.note(`job ${job.id}: ${source}`);
    return runJob(context, assistant, job.id);
  },
};
