import { languages } from "../../../common/domain/report-text/catalogue.ts";
import { unwrap } from "../../../common/result.ts";
import { targetLimits } from "../../compatibility/target-limits.ts";
import { flag, text, UsageError, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { sourceOptions } from "../source-options.ts";

const targets = Object.keys(targetLimits);

const options = {
  ...sourceOptions,
  csv: {
    type: "string",
    value: "FLEET.csv",
    description: "also assess the rows of this file: columns name, bundle, host, user, port, bandwidth_mbit",
  },
  html: { type: "string", value: "FILE", description: "write a report that opens in any browser, offline" },
  pdf: { type: "string", value: "FILE", description: "write the same as PDF (needs a Chromium)" },
  "csv-out": { type: "string", value: "FILE", description: "write a table, one line a server" },
  lang: {
    type: "string",
    value: "LANG",
    choices: languages,
    description: "language of the reports (default: en)",
  },
  compare: {
    type: "string",
    value: "EARLIER.json",
    description: "tell in the report what changed since this earlier --json output",
  },
  target: {
    type: "string",
    value: "TARGET",
    choices: targets,
    description: "whose limits count (default: alibaba-cloud)",
  },
  intermediate: {
    type: "string",
    value: "ADDRESS",
    description: "have live sources try ports 8080 and 8703 of this address",
  },
  parallel: {
    type: "string",
    value: "N",
    description: "jobs at a time, for the fleet's estimate (default: 5)",
  },
  "public-key": {
    type: "boolean",
    description: "print the key that bundles can be sealed to, and do nothing else",
  },
} as const;

export const assessCommand: Command = {
  name: "assess",
  operands: "[SOURCE|[USER@]HOST|BUNDLE|DIR]…",
  summary: "say what will and will not migrate, before anything moves",
  details:
    "Assesses live sources, bundles that a collector wrote (resources/collectors), folders of bundles and saved tool output. --json prints one JSON array (schema: resources/report/report.schema.json). Nothing is changed anywhere.",
  options,
  async run(context) {
    if (flag(context.options, "public-key")) {
      context.terminal.write(unwrap(await (await context.assistant()).call("bundle.public-key", {})));
      return exitCodes.done;
    }
    if (context.operands.length === 0 && text(context.options, "csv") === undefined)
      throw new UsageError("name sources, bundles or folders, or --csv FLEET.csv");
    // Rules and reports are much code, which no other command needs.
    const { runAssessment } = await import("../run-assessment.ts");
    return runAssessment(context);
  },
};
