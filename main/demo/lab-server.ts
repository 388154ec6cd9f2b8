/** The throw-away server of the demo: the lab's machine in a process of its own, which ends with ours. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { fingerprintSchema, portSchema, type Source } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { keptRemarkSchema, type Told } from "../../common/domain/remark-base.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { provideDemoAgent } from "./demo-agent.ts";

/** What the lab prints, one JSON line each. */
const labLineSchema = z.discriminatedUnion("type", [
  /** `said`: the text as data, where screens have words for it. */
  z.object({ type: z.literal("progress"), text: z.string(), said: keptRemarkSchema.optional() }),
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
export type LabReady = Extract<z.infer<typeof labLineSchema>, { type: "ready" }>;

const labProgram = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "test", "lab", "cli.ts");

export interface LabServer {
  readonly ready: LabReady;
  /** Settles when the machine is gone, for whatever reason. */
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

/** False in an installation: it has no lab. */
export function hasLab(): boolean {
  return existsSync(labProgram);
}

/** Builds the machine where it is not there yet, and boots it. */
export async function startLabServer(
  layout: string,
  options: {
    readonly signal: AbortSignal;
    onProgress(note: Told): void;
    /** Run instead of the lab, in tests. */
    readonly command?: readonly [string, ...string[]];
  },
): Promise<Result<LabServer>> {
  const { signal } = options;
  if (options.command === undefined && !hasLab()) {
    return fail(
      "tool-missing",
      told({ kind: "demo-not-installed" }),
      {},
      told({ kind: "run-demo-in-checkout" }),
    );
  }
  if (options.command === undefined) {
    const agent = await provideDemoAgent(options);
    if (!agent.ok) return agent;
  }
  const [program, ...leading] = options.command ?? [process.execPath, labProgram];
  const child = spawn(program, [...leading, "boot", layout, "--json"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const end = async () => {
    child.stdin.end();
    child.kill("SIGTERM");
    await ended;
  };
  child.stdin.on("error", () => undefined);
  signal.addEventListener("abort", () => void end(), { once: true });

  for await (const line of createInterface({ input: child.stdout })) {
    const said = labLineSchema.parse(JSON.parse(line));
    if (said.type === "progress") options.onProgress({ what: said.text, said: said.said });
    if (said.type === "ready") return ok({ ready: said, ended, end });
    if (said.type === "failed") {
      await end();
      return fail(
        "tool-missing",
        told({ kind: "demo-server-said", text: said.message }),
        {},
        told({ kind: "tool-said", text: said.remedy }),
      );
    }
  }
  await ended;
  return signal.aborted
    ? fail("cancelled", told({ kind: "demo-interrupted" }))
    : fail("internal", told({ kind: "demo-ended-early" }));
}

/** The demo server as a source. */
export function demoSource(
  { host, port, user, keyPath, hostKey }: LabReady,
  name: string,
): Omit<Source, "id" | "addedAt"> {
  return {
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
  };
}
