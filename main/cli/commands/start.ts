import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { overview } from "../help.ts";

export const startCommand = (all: () => readonly Command[]): Command => ({
  name: "start",
  operands: "",
  summary: "open the assistant",
  options: {},
  run({ terminal }) {
    terminal.print("The assistant has no screens yet; everything it can do is here on the command line.");
    terminal.print("See it work on a throw-away server: npm run demo");
    terminal.print();
    terminal.print(overview(all()));
    return Promise.resolve(exitCodes.done);
  },
});
