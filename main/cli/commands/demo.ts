import { unwrap } from "../../../common/result.ts";
import { defaultStateDirectory } from "../../state-directory.ts";
import { text, type Command } from "../command.ts";
import { formatSeconds } from "../format.ts";
import { migrateCommand } from "./migrate.ts";

export const demoCommand: Command = {
  name: "demo",
  operands: "",
  summary: "migrate a throw-away server from beginning to end on this machine",
  details: "Builds a small Debian server (once), boots it, and runs a whole migration against it over SSH.",
  options: {
    layout: {
      type: "string",
      value: "LAYOUT",
      choices: ["gpt-lvm", "mbr-plain"],
      description: "disk layout of the server (default: gpt-lvm)",
    },
    directory: {
      type: "string",
      short: "d",
      value: "DIR",
      description: "folder for replica and image (default: one below the state folder)",
    },
    "control-port": {
      type: "string",
      value: "PORT",
      description: "control port (default: 8080, or a free one)",
    },
    "data-port": {
      type: "string",
      value: "PORT",
      description: "disk data port (default: 8703, or a free one)",
    },
  },
  async run(context) {
    const begun = Date.now();
    const [{ demoPlace }, { demoSource, startLabServer }] = await Promise.all([
      import("../../demo/demo-place.ts"),
      import("../../demo/lab-server.ts"),
    ]);
    const { terminal, signal } = context;
    const lab = unwrap(
      await startLabServer(text(context.options, "layout") ?? "gpt-lvm", {
        signal,
        onProgress: ({ what }) => terminal.note(what),
      }),
    );
    try {
      const assistant = await context.assistant();
      const { host, port, user, keyPath, hostAddress } = lab.ready;
      const name = `demo-${begun.toString(36)}`;
      unwrap(await assistant.call("source.add", demoSource(lab.ready, name)));
      terminal.note(`the demo server runs: ssh -p ${port} -i ${keyPath} ${user}@${host}`);
      const place = await demoPlace(defaultStateDirectory(process.env), name);
      const exitCode = await migrateCommand.run({
        ...context,
        operands: [name],
        options: {
          directory: place.directory,
          "control-port": String(place.controlPort),
          "data-port": String(place.dataPort),
          ...context.options,
          advertise: [hostAddress],
        },
      });
      terminal.print(`done in ${formatSeconds((Date.now() - begun) / 1000)}`);
      return exitCode;
    } finally {
      await lab.end();
    }
  },
};
