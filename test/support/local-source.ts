/**
 * A source for tests without a machine of its own: a real sshd on loopback, whose "disk" is a file. Everything else,
 * agent, intermediate, assistant, is the real thing in processes of its own.
 */
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcedureInput, ProcedureName, ProcedureOutput } from "../../common/api/procedures.ts";
import { findingCodes } from "../../common/domain/finding-parameters.ts";
import { unwrap } from "../../common/result.ts";
import { createAssistant } from "../../main/assistant.ts";
import {
  projectDirectory,
  runSma,
  startSma,
  type RunningSma,
  type SmaOptions,
  type SmaResult,
} from "./run-sma.ts";
import { currentUser, freePort, makeKey, startSshd, type SshdOptions, type SshdServer } from "./sshd/sshd.ts";

export interface LocalSource {
  readonly directory: string;
  readonly sshd: SshdServer;
  readonly keyFile: string;
  readonly hostKey: string;
  /** Free ports, for who brings an assistant of its own. */
  readonly controlPort: number;
  readonly dataPort: number;
  /** An assistant that knows the source `box`, with a state folder and ports of its own. */
  newAssistant(): Promise<TestAssistant>;
  stop(): Promise<void>;
}

export interface TestAssistant {
  readonly stateDirectory: string;
  /** Replicas and images. */
  readonly targetDirectory: string;
  readonly controlPort: number;
  readonly dataPort: number;
  run(args: readonly string[], more?: Partial<SmaOptions>): Promise<SmaResult>;
  start(args: readonly string[], more?: Partial<SmaOptions>): RunningSma;
  /**
   * Asks an assistant in the test's own process over the same state. What a test polls is asked here: a command takes
   * half a second of a core before it says anything.
   */
  ask<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>>;
  /** `migrate box` with this assistant's folders and ports, for the disk file `disk`. */
  migrateArguments(disk: string, more?: readonly string[]): string[];
}

/** `privateMounts`: see {@link startSshd}; what the source's logins see instead of this machine's own. */
export async function startLocalSource(
  options: Pick<SshdOptions, "privateMounts"> = {},
): Promise<LocalSource> {
  const directory = mkdtempSync(join(tmpdir(), "sma-e2e-"));
  const keyFile = join(directory, "id_ed25519");
  makeKey(keyFile, { type: "ed25519", passphrase: "" });
  const authorized = join(directory, "authorized_keys");
  copyFileSync(`${keyFile}.pub`, authorized);
  const sshd = await startSshd({
    config: [
      `AuthorizedKeysFile ${authorized} .ssh/authorized_keys`,
      "PermitRootLogin yes",
      "StrictModes no",
      // Bash then leaves out ~/.bashrc: what this machine starts at a login may cost more than what is tested.
      "SetEnv SHLVL=2",
    ],
    ...options,
  });
  const hostKey = sshd.fingerprint("ed25519");

  const assistantIn = async (stateDirectory: string): Promise<TestAssistant> => {
    const controlPort = await freePort();
    const dataPort = await freePort();
    const targetDirectory = join(stateDirectory, "target");
    return {
      stateDirectory,
      targetDirectory,
      controlPort,
      dataPort,
      run: (args, more) => runSma(args, { stateDirectory, ...more }),
      start: (args, more) => startSma(args, { stateDirectory, ...more }),
      async ask(name, input) {
        const asked = unwrap(
          await createAssistant({
            stateDirectory,
            resourcesDirectory: join(projectDirectory, "resources"),
            intermediateCommand: [process.execPath, join(projectDirectory, "intermediate", "index.ts")],
            decideHostKey: () => Promise.resolve(false),
            vault: null,
            vaultPassphrase: null,
            clock: Date.now,
          }),
        );
        try {
          return unwrap(await asked.call(name, input));
        } finally {
          await asked.close();
        }
      },
      migrateArguments: (disk, more = []) => [
        "migrate",
        "box",
        "--disk",
        disk,
        "--directory",
        targetDirectory,
        "--listen",
        "127.0.0.1",
        "--control-port",
        String(controlPort),
        "--data-port",
        String(dataPort),
        "--no-boot-check",
        "--no-conversion",
        // What the machine that runs the tests is has nothing to do with them: a container, a client, an odd system.
        ...findingCodes.flatMap((code) => ["--accept-finding", code]),
        ...more,
      ],
    };
  };

  // Every assistant begins as a copy of this one: adding and testing the source each time would take two commands.
  const first = await assistantIn(mkdtempSync(join(directory, "state-")));
  const added = await first.run([
    "source",
    "add",
    `${currentUser()}@127.0.0.1:${sshd.port}`,
    "--name",
    "box",
    "--identity",
    keyFile,
    "--elevate",
    "none",
  ]);
  const tested = await first.run(["source", "test", "box", "--accept-host-key", hostKey]);
  if (added.exitCode !== 0 || ![0, 5].includes(tested.exitCode ?? 1)) {
    throw new Error(`the test source cannot be used: ${added.stderr}${tested.stdout}${tested.stderr}`);
  }

  const newAssistant = async (): Promise<TestAssistant> => {
    const stateDirectory = mkdtempSync(join(directory, "state-"));
    cpSync(first.stateDirectory, stateDirectory, { recursive: true });
    return assistantIn(stateDirectory);
  };

  return {
    directory,
    sshd,
    keyFile,
    hostKey,
    controlPort: await freePort(),
    dataPort: await freePort(),
    newAssistant,
    async stop() {
      endIntermediates(directory);
      await sshd.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Jobs that a test left unfinished still have their intermediates. */
function endIntermediates(directory: string): void {
  for (const state of readdirSync(directory).filter((name) => name.startsWith("state-"))) {
    const file = join(directory, state, "target", "intermediate.pid");
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (pid > 0 && existsSync(`/proc/${pid}`) && isIntermediate(pid)) process.kill(pid, "SIGTERM");
  }
}

function isIntermediate(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join("intermediate", "index.ts"));
}

/** Waits until `condition` holds; it is asked every 100 ms. A test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(100);
}
