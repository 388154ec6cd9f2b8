import { onlyOperand, type CommandContext } from "./command.ts";

/** The one job that the command is about. */
export function jobOperand(context: Pick<CommandContext, "operands">): string {
  return onlyOperand(context, "job; `sma job list` lists them");
}
