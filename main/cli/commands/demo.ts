import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { FailureError, failure, unwrap } from "../../../common/result.ts";
import { fingerprintSchema, portSchema } from "../../../common/domain/source.ts";
import { text, type Command, type CommandContext } from "../command.ts";
import { formatSeconds } from "../format.ts";
import { migrateCommand } from "./migrate.ts";

/** What the lab prints, one JSON line each. */
const labLineSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), text: z.string() }),
  z.object({
    type: z.literal("ready"),
    host: z.string(),
    port: portSchema,
    user: z.string(),
    keyPath: z.string(),
    hostKey: fingerprintSchema,
    /** Address under which the lab's machine sees this one. */
    hostAddress: z.string(),
  }),
  z.object({ type: z.literal("failed"), message: z.string(), remedy: z.string() }),
]);
type LabReady = Extract<z.infer<typeof labLineSchema>, { type: "ready" }>;

const labProgram = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "test", "lab", "cli.ts");

interface RunningLab {
  readonly source: LabReady;
  /** Ends the machine; its owner's end does so too. */
  end(): Promise<void>;
}

async function startLab(context: CommandContext, layout: string): Promise<RunningLab> {
  const { terminal, signal } = context;
  const child = spawn(process.execPath, [labProgram, "boot", layout, "--json"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = async () => {
    child.stdin.end();
    child.kill("SIGTERM");
    await closed;
  };
  signal.addEventListener("abort", () => void end(), { once: true });

  for await (const line of createInterface({ input: child.stdout })) {
    const said = labLineSchema.parse(JSON.parse(line));
    if (said.type === "progress") terminal.note(said.text);
    if (said.type === "ready") return { source: said, end };
    if (said.type === "failed")
      throw new FailureError(failure("tool-missing", said.message, {}, said.remedy));
  }
  await closed;
  throw new FailureError(
    signal.aborted
      ? failure("cancelled", "the demo was interrupted")
      : failure("internal", "the demo source ended before it was ready"),
  );
}

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
    directory: { type: "string", short: "d", value: "DIR", description: "folder for replica and image" },
    "control-port": { type: "string", value: "PORT", description: "control port (default: 8080)" },
    "data-port": { type: "string", value: "PORT", description: "disk data port (default: 8703)" },
  },
  async run(context) {
    if (!existsSync(labProgram)) {
      throw new FailureError(
        failure(
          "tool-missing",
          "the demo server is not part of this installation",
          {},
          "Run `npm run demo` in a checkout of the project.",
        ),
      );
    }
    const begun = Date.now();
    const lab = await startLab(context, text(context.options, "layout") ?? "gpt-lvm");
    try {
      const assistant = await context.assistant();
      const { host, port, user, keyPath, hostKey, hostAddress } = lab.source;
      const name = `demo-${begun.toString(36)}`;
      unwrap(
        await assistant.call("source.add", {
          name,
          tags: ["demo"],
          address: {
            kind: "ssh",
            jumpHosts: [],
            host: {
              host,
              port,
              hostKey,
              legacyAlgorithms: false,
              authentication: {
                user,
                keyFiles: [keyPath],
                useSshAgent: false,
                passwordEntry: null,
                keyPassphraseEntry: null,
              },
            },
            elevation: user === "root" ? { method: "none" } : { method: "sudo", passwordEntry: null },
          },
        }),
      );
      context.terminal.note(`the demo server runs: ssh -p ${port} -i ${keyPath} ${user}@${host}`);
      const exitCode = await migrateCommand.run({
        ...context,
        operands: [name],
        options: { ...context.options, advertise: [hostAddress] },
      });
      context.terminal.print(`done in ${formatSeconds((Date.now() - begun) / 1000)}`);
      return exitCode;
    } finally {
      await lab.end();
    }
  },
};
