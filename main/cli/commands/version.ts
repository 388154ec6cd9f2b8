import { join } from "node:path";
import { productVersion } from "../../../common/version.ts";
import { builtAgents } from "../../built-agents.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

const agentsDirectory = join(import.meta.dirname, "..", "..", "..", "resources", "agents");

export const versionCommand: Command = {
  name: "version",
  operands: "",
  summary: "print the version, and for which sources there is an agent",
  options: {},
  async run({ terminal }) {
    const agents = await builtAgents(agentsDirectory);
    const about = { version: productVersion, node: process.versions.node, agents };
    terminal.printJson(about);
    terminal.print(`Server Migration Assistant ${about.version} on Node ${about.node}`);
    terminal.print(
      agents.length === 0
        ? "no agent is built: run `npm run build:agent`"
        : `agents for ${agents.join(", ")}`,
    );
    return exitCodes.done;
  },
};
