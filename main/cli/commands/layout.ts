import type { ExcludeSavings, LayoutProposal } from "../../../common/api/layout-procedures.ts";
import { unwrap } from "../../../common/result.ts";
import { onlyOperand, texts, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { fileOptions, filePlanFrom } from "../file-options.ts";
import { formatBytes, formatTable, printable } from "../format.ts";
import { sourceOptions } from "../source-options.ts";
import type { Terminal } from "../terminal.ts";
import { findOrAddSource, planOptions } from "./migrate.ts";

const { partition, "exclude-from": excludeFrom, excludes } = fileOptions;

export const layoutCommand: Command = {
  name: "layout",
  operands: "SOURCE|[USER@]HOST[:PORT]",
  summary: "show which partitions `sma migrate --replication file` would make, and what it would leave out",
  details:
    "Changes nothing. Each line of the exclude lists is counted on the source: how many entries it leaves out, and how much that saves. Exit status 2 where no job could begin with this layout.",
  options: { ...sourceOptions, disk: planOptions.disk, partition, "exclude-from": excludeFrom, excludes },
  async run(context) {
    const operand = onlyOperand(context, "source");
    const { terminal, signal, options } = context;
    const files = filePlanFrom(options);
    const assistant = await context.assistant();
    const source = await findOrAddSource(context, assistant, operand);
    const choices = { source, diskPaths: texts(options, "disk"), files };
    terminal.status(`asking ${printable(source)} what it has …`);
    const proposal = unwrap(await assistant.call("layout.propose", choices, signal));
    terminal.status(`counting on ${printable(source)} what is left out …`);
    const savings = unwrap(await assistant.call("layout.savings", choices, signal));
    printLayout(terminal, proposal);
    printSavings(terminal, savings);
    terminal.printJson({ ...proposal, excludes: savings.lists });
    return proposal.problems.length === 0 ? exitCodes.done : exitCodes.usage;
  },
};

function printLayout(terminal: Terminal, { layout, problems }: LayoutProposal): void {
  for (const [index, { table, sizeBytes, partitions }] of layout.disks.entries()) {
    terminal.print(`disk ${index}: ${formatBytes(sizeBytes)}, ${table}`);
    const rows = partitions.map((each, place) => [
      `  ${place + 1}`,
      "mountPoint" in each ? printable(each.mountPoint) : each.role,
      each.role === "data" ? each.filesystem : each.role === "esp" ? "vfat" : "-",
      formatBytes(each.sizeBytes),
    ]);
    for (const line of formatTable(rows)) terminal.print(line);
  }
  for (const { field, message } of problems) terminal.print(`stands in the way: ${field}: ${message}`);
}

function printSavings(terminal: Terminal, { lists }: ExcludeSavings): void {
  for (const { mountPoint, origin, rules, bytes, usedBytes } of lists) {
    terminal.print();
    const whose = origin === "own" ? "your list" : "the product's list";
    const of = usedBytes === null ? "" : ` of ${formatBytes(usedBytes)}`;
    terminal.print(`${printable(mountPoint)}: ${whose} leaves out ${formatBytes(bytes)}${of}`);
    const told = rules
      .filter((rule) => rule.entries > 0 || rule.counted === "no")
      .toSorted((a, b) => b.bytes - a.bytes);
    const rows = told.map(({ pattern, entries, bytes: saved, counted }) => [
      `  ${printable(pattern)}`,
      counted === "no" ? "not counted" : `${counted === "part" ? "more than " : ""}${formatBytes(saved)}`,
      counted === "no" ? "" : `${entries} entries`,
    ]);
    for (const line of formatTable(rows)) terminal.print(line.trimEnd());
    const nothing = rules.length - told.length;
    if (nothing > 0) terminal.print(`  ${nothing} other lines find nothing to leave out`);
  }
}
