import { UsageError, type Command } from "../command.ts";
import { sourceOptions } from "../source-options.ts";

export const assessCommand: Command = {
  name: "assess",
  operands: "SOURCE|BUNDLE|DIR …",
  summary: "say what will and will not migrate, before anything moves",
  options: { "accept-host-key": sourceOptions["accept-host-key"] },
  run() {
    throw new UsageError("is being built");
  },
};
