import { UsageError, type CommandContext } from "./command.ts";

/** The one job that the command is about. */
export function jobOperand({ operands }: Pick<CommandContext, "operands">): string {
  const [job, ...more] = operands;
  if (job === undefined || more.length > 0)
    throw new UsageError("exactly one job is wanted; `sma job list` lists them");
  return job;
}
