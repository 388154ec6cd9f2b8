/**
 * A source for tests without a machine of its own: a real sshd on loopback, whose "disk" is a file. Everything else,
 * agent, intermediate, assistant, is the real thing in processes of its own.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findingCodes } from "../../common/domain/finding-parameters.ts";
import { runSma, startSma, type RunningSma, type SmaOptions, type SmaResult } from "./run-sma.ts";
import { currentUser, freePort, makeKey, startSshd, type SshdServer } from "./sshd/sshd.ts";

export interface LocalSource {
  readonly directory: string;
  readonly sshd: SshdServer;
  readonly keyFile: string;
  readonly hostKey: string;
  readonly controlPort: number;
  readonly dataPort: number;
  /**
   * A state folder of the assistant, made with the source `box` in it. It uses the source's ports; one that runs
   * beside others needs ports of its own.
   */
  newAssistant(options?: { readonly ownPorts: boolean }): Promise<TestAssistant>;
  stop(): Promise<void>;
}

export interface TestAssistant {
  readonly stateDirectory: string;
  /** Replicas and images. */
  readonly targetDirectory: string;
  run(args: readonly string[], more?: Partial<SmaOptions>): Promise<SmaResult>;
  start(args: readonly string[], more?: Partial<SmaOptions>): RunningSma;
  /** Runs a command with --json and gives what it printed. */
  json<T>(args: readonly string[]): Promise<T>;
  /** `migrate box` with this assistant's folders and ports, for the disk file `disk`. */
  migrateArguments(disk: string, more?: readonly string[]): string[];
}

export async function startLocalSource(): Promise<LocalSource> {
  const directory = mkdtempSync(join(tmpdir(), "sma-e2e-"));
  const keyFile = join(directory, "id_ed25519");
  makeKey(keyFile, { type: "ed25519", passphrase: "" });
  const authorized = join(directory, "authorized_keys");
  copyFileSync(`${keyFile}.pub`, authorized);
  const sshd = await startSshd({
    config: [`AuthorizedKeysFile ${authorized}`, "PermitRootLogin yes", "StrictModes no"],
  });
  const sharedPorts = [await freePort(), await freePort()] as const;
  const hostKey = sshd.fingerprint("ed25519");

  const newAssistant: LocalSource["newAssistant"] = async ({ ownPorts } = { ownPorts: false }) => {
    const [controlPort, dataPort] = ownPorts ? [await freePort(), await freePort()] : sharedPorts;
    const stateDirectory = mkdtempSync(join(directory, "state-"));
    const targetDirectory = join(stateDirectory, "target");
    const assistant: TestAssistant = {
      stateDirectory,
      targetDirectory,
      run: (args, more) => runSma(args, { stateDirectory, ...more }),
      start: (args, more) => startSma(args, { stateDirectory, ...more }),
      async json<T>(args: readonly string[]) {
        const { stdout, stderr } = await runSma([...args, "--json"], { stateDirectory });
        try {
          return JSON.parse(stdout) as T;
        } catch {
          throw new Error(`no JSON from ${args.join(" ")}: ${stdout}${stderr}`);
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
    const added = await assistant.run([
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
    const tested = await assistant.run(["source", "test", "box", "--accept-host-key", hostKey]);
    if (added.exitCode !== 0 || ![0, 5].includes(tested.exitCode ?? 1)) {
      throw new Error(`the test source cannot be used: ${added.stderr}${tested.stdout}${tested.stderr}`);
    }
    return assistant;
  };

  return {
    directory,
    sshd,
    keyFile,
    hostKey,
    controlPort: sharedPorts[0],
    dataPort: sharedPorts[1],
    newAssistant,
    async stop() {
      await sshd.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until `condition` holds; it is asked every 100 ms. A test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(100);
}
