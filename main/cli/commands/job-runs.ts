import { z } from "zod";
import { unwrap } from "../../../common/result.ts";
import { flag, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatBytes, formatTable, formatTime } from "../format.ts";
import { jobOperand } from "../job-operand.ts";
import { runJob } from "./migrate.ts";

export const syncCommand: Command = {
  name: "job sync",
  operands: "JOB",
  summary: "run a job again over its replica: only what changed travels",
  details:
    "Also after a run that failed or was stopped once its copy was complete: what is on the replica is not copied again.\n--final is the last run of a job that syncs on a schedule: it is finished afterwards.",
  options: { final: { type: "boolean", description: "the last run of this job" } },
  async run(context) {
    const assistant = await context.assistant();
    const kind = flag(context.options, "final") ? "final" : "incremental";
    const job = unwrap(await assistant.call("job.sync", { job: jobOperand(context), kind, start: false }));
    context.terminal.note(`job ${job.id}: run ${job.run.number}, ${kind}`);
    return runJob(context, assistant, job.id);
  },
};

const syncedSchema = z.object({ rawBytes: z.number(), wireBytes: z.number() });

export const runsCommand: Command = {
  name: "job runs",
  operands: "JOB",
  summary: "list a job's runs: when, how much travelled, which images are kept",
  options: {},
  async run(context) {
    const { terminal } = context;
    const runs = unwrap(await (await context.assistant()).call("job.runs", { job: jobOperand(context) }));
    const rows = runs.map(({ number, kind, trigger, beganAt, endedAt, outcome, outputs, images }) => {
      const synced = syncedSchema.safeParse(outputs["sync"]);
      return [
        String(number),
        kind,
        trigger,
        beganAt === null ? "-" : formatTime(beganAt),
        endedAt === null ? "-" : formatTime(endedAt),
        outcome ?? "not ended",
        synced.success
          ? `${formatBytes(synced.data.rawBytes)} as ${formatBytes(synced.data.wireBytes)}`
          : "-",
        String(images.length),
      ];
    });
    const head = ["RUN", "KIND", "WANTED BY", "BEGAN", "ENDED", "OUTCOME", "COPIED", "IMAGES"];
    for (const line of formatTable([head, ...rows])) terminal.print(line);
    terminal.printJson(runs);
    return exitCodes.done;
  },
};
