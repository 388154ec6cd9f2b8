import { unwrap } from "../../../common/result.ts";
import { describeLogin } from "../../../common/domain/source.ts";
import { onlyOperand, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable, printable } from "../format.ts";
import { addSource, sourceOptions } from "../source-options.ts";

const known = "source; `sma source list` lists them";

export const sourceCommands: readonly Command[] = [
  {
    name: "source add",
    operands: "[USER@]HOST[:PORT]",
    summary: "register a source server",
    details:
      "HOST may be an alias of ~/.ssh/config. Passwords go into the vault, never into arguments.\nWith --winrm a Windows source: USER is DOMAIN\\user, .\\user for a local account, or user@domain.",
    options: sourceOptions,
    async run(context) {
      const destination = onlyOperand(context, "[USER@]HOST[:PORT]");
      const source = unwrap(await addSource(context, await context.assistant(), destination));
      context.terminal.print(`added ${printable(source.name)} (${describeLogin(source)})`);
      context.terminal.print(`next: sma source test ${printable(source.name)}`);
      context.terminal.printJson(source);
      return exitCodes.done;
    },
  },
  {
    name: "source list",
    operands: "",
    summary: "list the registered sources",
    options: {},
    async run({ assistant, terminal }) {
      const sources = unwrap(await (await assistant()).call("source.list", {}));
      const rows = sources.map((source) => [
        printable(source.name),
        describeLogin(source),
        source.tags.join(", "),
      ]);
      if (sources.length === 0) terminal.print("no sources yet; `sma source add [USER@]HOST` registers one");
      else for (const line of formatTable([["NAME", "ADDRESS", "TAGS"], ...rows])) terminal.print(line);
      terminal.printJson(sources);
      return exitCodes.done;
    },
  },
  {
    name: "source remove",
    operands: "NAME",
    summary: "forget a source and its secrets",
    options: {
      "host-key": {
        type: "boolean",
        description: "forget only the pinned host keys and certificates, after a change that you made",
      },
    },
    async run({ assistant, terminal, operands, options }) {
      const source = onlyOperand({ operands }, known);
      const engine = await assistant();
      if (options["host-key"] === true) {
        terminal.printJson(unwrap(await engine.call("source.forget-host-key", { source })));
        terminal.print(`forgot the host keys and certificates of ${source}`);
        return exitCodes.done;
      }
      unwrap(await engine.call("source.remove", { source }));
      terminal.print(`removed ${source}`);
      terminal.printJson({ removed: source });
      return exitCodes.done;
    },
  },
  {
    name: "source test",
    operands: "NAME",
    summary: "connect, log in, become root or check for an administrator, and say what is there",
    options: {
      "accept-host-key": sourceOptions["accept-host-key"],
      "accept-certificate": sourceOptions["accept-certificate"],
    },
    async run({ assistant, terminal, operands, signal }) {
      const source = onlyOperand({ operands }, known);
      const result = unwrap(await (await assistant()).call("source.test", { source }, signal));
      terminal.print(
        `${result.description}: reached as ${printable(result.user)}${result.isRoot ? "" : ", which is neither root nor an administrator"}`,
      );
      terminal.print(`${printable(result.kernel)}, ${printable(result.architecture)}`);
      if (result.isRoot) terminal.print(`next: sma assess ${printable(source)}`);
      terminal.printJson(result);
      return result.isRoot ? exitCodes.done : exitCodes.unreachable;
    },
  },
];
